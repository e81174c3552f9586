import { bits, flag, layout } from "../layout.js";
import { commandIn, type Command } from "../scsi/command.js";
import { informationalTimeoutMs } from "../scsi/deadlines.js";
import { decodeEvent, type DriveEvent } from "./drive-event.js";
import { eventClasses, type EventClass } from "./event-class.js";

/** MMC-6, GET EVENT STATUS NOTIFICATION command. */
const getEventStatusNotificationCdb = layout(10, {
  operationCode: bits(0, 0xff),
  polled: flag(1, 0x01),
  requestedClasses: bits(4, 0xff),
  allocationLength: bits(7, 0xffff),
});

const eventHeader = layout(4, {
  dataLength: bits(0, 0xffff),
  noEventAvailable: flag(2, 0x80),
  notificationClass: bits(2, 0x07),
  supportedClasses: bits(3, 0xff),
});

/** Bytes of the descriptor, whatever its class. */
const eventDescriptorLength = 4;

export interface EventStatus {
  /** What the drive has to say; absent where it has none of the classes that were asked for. */
  readonly event?: DriveEvent;
  readonly supportedClasses: readonly EventClass[];
}

/**
 * Asks what has happened since the last time, without waiting for it (polled). Of several classes,
 * the drive answers with the most urgent one; asking takes the event away.
 */
export function getEventStatusNotification(
  classes: readonly EventClass[],
  allocationLength = 8,
): Command<EventStatus> {
  const requestedClasses = classes.reduce((mask, name) => mask | (1 << eventClasses[name]), 0);
  const cdb = getEventStatusNotificationCdb.pack({
    operationCode: 0x4a,
    polled: true,
    requestedClasses,
    allocationLength,
  });
  return commandIn("GET EVENT STATUS NOTIFICATION", cdb, allocationLength, decodeEventStatus, {
    timeoutMs: informationalTimeoutMs,
    whenNotReady: "report",
  });
}

function decodeEventStatus(received: Uint8Array): EventStatus {
  const header = eventHeader.unpack(received, "event status");
  const { noEventAvailable, notificationClass } = header;
  const names = Object.keys(eventClasses) as EventClass[];
  const supportedClasses = names.filter(
    (name) => (header.supportedClasses & (1 << eventClasses[name])) !== 0,
  );
  // The length counts what follows it, but some drives (QEMU's is one) count the descriptor alone.
  const hasDescriptor = header.dataLength >= eventDescriptorLength;
  if (noEventAvailable || notificationClass === 0 || !hasDescriptor) return { supportedClasses };
  const end = eventHeader.length + eventDescriptorLength;
  const descriptor = received.subarray(eventHeader.length, end);
  return { event: decodeEvent(notificationClass, descriptor), supportedClasses };
}
