import type { UsbConnection } from "../usb/connection.js";
import { CommandFollower } from "./command-follower.js";
import { descriptorEvents } from "./descriptors.js";
import { pcapngHeader, pcapngPacket } from "./pcapng.js";
import type { TransferEvent, TransferObserver } from "./transfer-event.js";
import { unknownPlace, usbmonLinkType, usbmonPacket, type UsbmonPlace } from "./usbmon-packet.js";

export interface PcapngObserverOptions {
  /** Whether keys are written down; they are blanked by default. */
  readonly reveal?: boolean;
  /** How much of a transfer's data to keep, in bytes; 4 KiB by default, which no reply exceeds. */
  readonly longestData?: number;
  /** What the file says it was made by. */
  readonly application?: string;
}

const defaultLongestData = 4096;
const usbmonHeaderBytes = 64;

/**
 * Makes a capture of transfers, as Wireshark opens it: pcapng with LINKTYPE 220, and the descriptors
 * first. `write` gets the file's bytes in order, and is to keep up by itself.
 */
export function pcapngObserver(
  connection: UsbConnection,
  write: (bytes: Uint8Array) => void,
  options: PcapngObserverOptions = {},
): TransferObserver {
  const { reveal = false, longestData = defaultLongestData, application = "usb-dvd" } = options;
  const follower = new CommandFollower({ reveal });
  const place = placeOf(connection);
  const add = (event: TransferEvent): void => {
    const packet = usbmonPacket(event, place, longestData);
    write(pcapngPacket(event.at, packet, usbmonHeaderBytes + (event.data?.length ?? 0)));
  };
  write(pcapngHeader(usbmonLinkType, application, `usb-dvd ${connection.info.location}`));
  const startedAt = performance.timeOrigin + performance.now();
  for (const event of descriptorEvents(connection, startedAt)) add(event);
  return (event) => add(follower.follow(event));
}

/** A location such as `2-1.4` begins with its bus. */
function placeOf({ info, pipes }: UsbConnection): UsbmonPlace {
  const bus = Number(/^(\d{1,3})-/.exec(info.location)?.[1] ?? unknownPlace.bus);
  return { ...unknownPlace, bus, ...(pipes && { bulkIn: pipes.bulkIn, bulkOut: pipes.bulkOut }) };
}
