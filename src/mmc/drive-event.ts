import { bits, flag, layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";
import { eventClasses } from "./event-class.js";

/* Event descriptors, one layout a class: MMC-6, GET EVENT STATUS NOTIFICATION command. */

const mediaDescriptor = layout(4, {
  event: bits(0, 0x0f),
  mediaPresent: flag(1, 0x02),
  trayOpen: flag(1, 0x01),
  startSlot: bits(2, 0xff),
  endSlot: bits(3, 0xff),
});
const operationalChangeDescriptor = layout(4, {
  event: bits(0, 0x0f),
  persistentPrevented: flag(1, 0x80),
  status: bits(1, 0x0f),
  change: bits(2, 0xffff),
});
const externalRequestDescriptor = layout(4, {
  event: bits(0, 0x0f),
  persistentPrevented: flag(1, 0x80),
  status: bits(1, 0x0f),
  request: bits(2, 0xffff),
});
const powerManagementDescriptor = layout(4, { event: bits(0, 0x0f), status: bits(1, 0xff) });
const deviceBusyDescriptor = layout(4, {
  event: bits(0, 0x0f),
  status: bits(1, 0xff),
  time: bits(2, 0xffff),
});

const mediaEvents = {
  0: "noChange",
  1: "ejectRequest",
  2: "newMedia",
  3: "mediaRemoval",
  4: "mediaChanged",
  5: "backgroundFormatCompleted",
  6: "backgroundFormatRestarted",
} as const;
const operationalChangeEvents = { 0: "noChange", 1: "changeRequested", 2: "changed" } as const;
const operationalStatuses = { 0: "available", 1: "temporarilyBusy", 2: "extendedBusy" } as const;
const operationalChanges = { 0: "none", 1: "featureChange" } as const;
const externalRequestEvents = {
  0: "noChange",
  1: "driveKeyDown",
  2: "driveKeyUp",
  3: "externalRequest",
} as const;
const externalRequestStatuses = { 0: "ready", 1: "otherPrevent" } as const;
const externalRequests = {
  0x0000: "none",
  0x0001: "overrun",
  0x0101: "play",
  0x0102: "rewind",
  0x0103: "fastForward",
  0x0104: "pause",
  0x0106: "stop",
} as const;
const powerEvents = { 0: "noChange", 1: "changeSucceeded", 2: "changeFailed" } as const;
const powerStatuses = { 1: "active", 2: "idle", 3: "standby", 4: "sleep" } as const;
const deviceBusyEvents = { 0: "noChange", 1: "busy", 2: "loadingChange" } as const;
const deviceBusyStatuses = { 0: "noEvent", 1: "power", 2: "immediate", 3: "deferred" } as const;

type NameIn<Table> = Table[keyof Table] & string;

export interface MediaEvent {
  readonly class: "media";
  readonly event: CodedValue<NameIn<typeof mediaEvents>>;
  readonly mediaPresent: boolean;
  readonly trayOpen: boolean;
  /** The slots of a changer that it is about; 0 otherwise. */
  readonly startSlot: number;
  readonly endSlot: number;
}

export interface OperationalChangeEvent {
  readonly class: "operationalChange";
  readonly event: CodedValue<NameIn<typeof operationalChangeEvents>>;
  readonly persistentPrevented: boolean;
  readonly status: CodedValue<NameIn<typeof operationalStatuses>>;
  readonly change: CodedValue<NameIn<typeof operationalChanges>>;
}

export interface ExternalRequestEvent {
  readonly class: "externalRequest";
  readonly event: CodedValue<NameIn<typeof externalRequestEvents>>;
  readonly persistentPrevented: boolean;
  readonly status: CodedValue<NameIn<typeof externalRequestStatuses>>;
  readonly request: CodedValue<NameIn<typeof externalRequests>>;
}

export interface PowerManagementEvent {
  readonly class: "powerManagement";
  readonly event: CodedValue<NameIn<typeof powerEvents>>;
  readonly status: CodedValue<NameIn<typeof powerStatuses>>;
}

export interface DeviceBusyEvent {
  readonly class: "deviceBusy";
  readonly event: CodedValue<NameIn<typeof deviceBusyEvents>>;
  readonly status: CodedValue<NameIn<typeof deviceBusyStatuses>>;
  /** Milliseconds until the drive is expected to be free, in steps of 100. */
  readonly timeMs: number;
}

/** An event of a class that we do not decode. */
export interface OtherEvent {
  readonly class: "other";
  readonly code: number;
  readonly data: Uint8Array;
}

export type DriveEvent =
  | MediaEvent
  | OperationalChangeEvent
  | ExternalRequestEvent
  | PowerManagementEvent
  | DeviceBusyEvent
  | OtherEvent;

/** Reads the event descriptor of a class. */
export function decodeEvent(classCode: number, data: Uint8Array): DriveEvent {
  switch (classCode) {
    case eventClasses.media: {
      const { event, ...state } = mediaDescriptor.unpack(data, "media event");
      return { class: "media", event: codedValue(mediaEvents, event), ...state };
    }
    case eventClasses.operationalChange: {
      const fields = operationalChangeDescriptor.unpack(data, "operational change event");
      return {
        class: "operationalChange",
        event: codedValue(operationalChangeEvents, fields.event),
        persistentPrevented: fields.persistentPrevented,
        status: codedValue(operationalStatuses, fields.status),
        change: codedValue(operationalChanges, fields.change),
      };
    }
    case eventClasses.externalRequest: {
      const fields = externalRequestDescriptor.unpack(data, "external request event");
      return {
        class: "externalRequest",
        event: codedValue(externalRequestEvents, fields.event),
        persistentPrevented: fields.persistentPrevented,
        status: codedValue(externalRequestStatuses, fields.status),
        request: codedValue(externalRequests, fields.request),
      };
    }
    case eventClasses.powerManagement: {
      const { event, status } = powerManagementDescriptor.unpack(data, "power management event");
      return {
        class: "powerManagement",
        event: codedValue(powerEvents, event),
        status: codedValue(powerStatuses, status),
      };
    }
    case eventClasses.deviceBusy: {
      const { event, status, time } = deviceBusyDescriptor.unpack(data, "device busy event");
      return {
        class: "deviceBusy",
        event: codedValue(deviceBusyEvents, event),
        status: codedValue(deviceBusyStatuses, status),
        timeMs: time * 100,
      };
    }
    default:
      return { class: "other", code: classCode, data };
  }
}
