import { be16, byteAt, bytes, readBe16 } from "../bytes.js";
import type { Command, DriveParts } from "../command.js";
import type { MediaEvent } from "../notifications.js";
import { data, refuse } from "../reply.js";
import { invalidFieldInCdb } from "../sense.js";

const mediaEventCode: Record<MediaEvent, number> = {
  ejectRequest: 1,
  newMedia: 2,
  mediaRemoval: 3,
};

/** What a class has to say; `take` makes the drive forget it. */
interface Notification {
  readonly descriptor: readonly [number, number, number, number];
  readonly take?: () => void;
}

/** The classes that are supported, by number, most important first (MMC-6). */
const classes: readonly {
  readonly number: number;
  readonly read: (drive: DriveParts) => Notification;
}[] = [
  { number: 1, read: operationalChange },
  { number: 2, read: () => ({ descriptor: [0, 0x01, 0, 0] }) }, // power: active
  { number: 3, read: externalRequest },
  { number: 4, read: media },
  { number: 6, read: () => ({ descriptor: [0, 0x00, 0, 0] }) }, // device busy: it is not
];

const supportedClasses = classes.reduce((mask, { number }) => mask | (1 << number), 0);

/** GET EVENT STATUS NOTIFICATION (MMC-6), polled: the first event of the classes asked for. */
export const getEventStatusNotification: Command = {
  name: "GET EVENT STATUS NOTIFICATION",
  opcode: 0x4a,
  cdbLength: 10,
  passesUnitAttention: true,
  run(drive, cdb) {
    const polled = (byteAt(cdb, 1) & 0x01) !== 0;
    const requested = byteAt(cdb, 4);
    const allocationLength = readBe16(cdb, 7);
    if (!polled) return refuse(invalidFieldInCdb(1, 0));

    const notifications = classes
      .filter(({ number }) => (requested & (1 << number)) !== 0)
      .map(({ number, read }) => ({ number, ...read(drive) }));
    const chosen = notifications.find(({ take }) => take) ?? notifications[0];
    if (!chosen) {
      const noEventAvailable = 0x80;
      return data(bytes(be16(2), noEventAvailable, supportedClasses), allocationLength);
    }
    // An event counts as told only when there was room to tell it.
    if (allocationLength > 4) chosen.take?.();
    return data(
      bytes(be16(2 + 4), chosen.number, supportedClasses, chosen.descriptor),
      allocationLength,
    );
  },
};

function operationalChange({ notifications, tray }: DriveParts): Notification {
  const persistentlyPrevented = tray.persistentlyLocked ? 0x80 : 0x00;
  if (!notifications.operationalChange) return { descriptor: [0, persistentlyPrevented, 0, 0] };
  const changed = 2;
  const featureChange = 0x01;
  return {
    descriptor: [changed, persistentlyPrevented, 0, featureChange],
    take: () => notifications.takeOperationalChange(),
  };
}

function externalRequest({ tray }: DriveParts): Notification {
  return { descriptor: [0, tray.persistentlyLocked ? 0x80 : 0x00, 0, 0] };
}

function media({ notifications, tray }: DriveParts): Notification {
  const status = (tray.loaded ? 0x02 : 0x00) | (tray.isOpen ? 0x01 : 0x00);
  const event = notifications.nextMedia;
  if (!event) return { descriptor: [0, status, 0, 0] };
  return {
    descriptor: [mediaEventCode[event], status, 0, 0],
    take: () => notifications.takeMedia(event),
  };
}
