import type { UsbPipes } from "./connection.js";

/** An endpoint, as its descriptor has it (USB 2.0, 9.6.6). */
export interface EndpointDescription {
  /** bEndpointAddress: the number, and 80h for the IN direction. */
  readonly address: number;
  readonly type: "control" | "isochronous" | "bulk" | "interrupt";
  /** The size of its largest packet, in bytes. */
  readonly maxPacketBytes: number;
}

/** One alternate setting of an interface (USB 2.0, 9.6.5). */
export interface InterfaceDescription {
  readonly interfaceNumber: number;
  readonly alternateSetting: number;
  readonly interfaceClass: number;
  readonly interfaceProtocol: number;
  readonly endpoints: readonly EndpointDescription[];
}

/** Where a device speaks Bulk-Only Transport. */
export interface BulkOnlyInterface {
  readonly interfaceNumber: number;
  readonly alternateSetting: number;
  /** Whether the interface has other settings, so that this one must be selected. */
  readonly hasAlternates: boolean;
  readonly bulkIn: EndpointDescription;
  readonly bulkOut: EndpointDescription;
}

export function pipesOf({ interfaceNumber, bulkIn, bulkOut }: BulkOnlyInterface): UsbPipes {
  return { interfaceNumber, bulkIn: bulkIn.address, bulkOut: bulkOut.address };
}

export const massStorageClass = 0x08;
export const bulkOnlyProtocol = 0x50;

/** bEndpointAddress bit 7: set where data goes from the device to the host. */
export const endpointIn = 0x80;

/**
 * The first of a configuration's interfaces that speaks Bulk-Only Transport (its specification, 4.3)
 * and has a bulk pipe each way. The subclass is not looked at: drives give 02h (MMC), 05h or 06h.
 */
export function findBulkOnlyInterface(
  interfaces: readonly InterfaceDescription[],
): BulkOnlyInterface | undefined {
  for (const candidate of interfaces) {
    if (candidate.interfaceClass !== massStorageClass) continue;
    if (candidate.interfaceProtocol !== bulkOnlyProtocol) continue;
    const bulk = candidate.endpoints.filter((endpoint) => endpoint.type === "bulk");
    const bulkIn = bulk.find((endpoint) => (endpoint.address & endpointIn) !== 0);
    const bulkOut = bulk.find((endpoint) => (endpoint.address & endpointIn) === 0);
    if (bulkIn === undefined || bulkOut === undefined) continue;
    const { interfaceNumber, alternateSetting } = candidate;
    const hasAlternates = interfaces.some(
      (other) =>
        other.interfaceNumber === interfaceNumber && other.alternateSetting !== alternateSetting,
    );
    return { interfaceNumber, alternateSetting, hasAlternates, bulkIn, bulkOut };
  }
  return undefined;
}
