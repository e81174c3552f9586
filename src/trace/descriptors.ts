import type { UsbConnection } from "../usb/connection.js";
import { usualPipes } from "./trace.js";
import type { TransferEvent } from "./transfer-event.js";

const getDescriptor = 6;
const descriptorTypes = { device: 1, configuration: 2 } as const;
/** Class, subclass and protocol of Bulk-Only mass storage with SCSI commands. */
const massStorage = [0x08, 0x06, 0x50] as const;

/**
 * The transfers by which a host would have asked for the descriptors, for programs that need them to
 * know what follows: made of what the connection knows, with zeros for the rest.
 */
export function descriptorEvents(connection: UsbConnection, at: number): TransferEvent[] {
  const { vendorId, productId } = connection.info;
  const { maxPacketBytes } = connection.limits;
  const { interfaceNumber, bulkIn, bulkOut } = connection.pipes ?? usualPipes;
  const [vendor, product, packet] = [vendorId, productId, maxPacketBytes].map(littleEndian) as [
    Word,
    Word,
    Word,
  ];
  // USB 2.0, 9.6.1, 9.6.3, 9.6.5 and 9.6.6.
  const device = [18, 1, 0, 2, 0, 0, 0, 64, ...vendor, ...product, 0, 0, 0, 0, 0, 1];
  const endpoint = (address: number): number[] => [7, 5, address, 2, ...packet, 0];
  const interfaceAndEndpoints = [
    ...[9, 4, interfaceNumber, 0, 2, ...massStorage, 0],
    ...endpoint(bulkIn),
    ...endpoint(bulkOut),
  ];
  const total = littleEndian(9 + interfaceAndEndpoints.length);
  const configuration = [9, 2, ...total, 1, 1, 0, 0x80, 50, ...interfaceAndEndpoints];
  return [
    ...asked(at, 0, descriptorTypes.device, Uint8Array.from(device)),
    ...asked(at, -1, descriptorTypes.configuration, Uint8Array.from(configuration)),
  ];
}

function asked(at: number, id: number, type: number, descriptor: Uint8Array): TransferEvent[] {
  const { length } = descriptor;
  const setup = Uint8Array.of(0x80, getDescriptor, 0, type, 0, 0, length, 0);
  return [
    { at, step: "submitted", id, pipe: "control", length, setup },
    { at, step: "completed", id, pipe: "control", length, data: descriptor, setup, outcome: "ok" },
  ];
}

type Word = [number, number];
const littleEndian = (value: number): Word => [value & 0xff, value >> 8];
