import type { EndpointDescription, InterfaceDescription } from "./descriptors.js";
import { bits, layout } from "../layout.js";

const interfaceType = 4;
const endpointType = 5;

/** USB 2.0, table 9-10, up to where interfaces begin. */
export const configurationHeader = layout(
  9,
  { totalLength: bits(2, 0xffff), configurationValue: bits(5, 0xff) },
  "little-endian",
);

/** USB 2.0, table 9-12. */
const interfaceDescriptor = layout(9, {
  interfaceNumber: bits(2, 0xff),
  alternateSetting: bits(3, 0xff),
  interfaceClass: bits(5, 0xff),
  interfaceProtocol: bits(7, 0xff),
});

/** USB 2.0, table 9-13; bits 10:0 of wMaxPacketSize are the size. */
const endpointDescriptor = layout(
  7,
  { address: bits(2, 0xff), transferType: bits(3, 0x03), maxPacketBytes: bits(4, 0x07ff) },
  "little-endian",
);

const transferTypes = ["control", "isochronous", "bulk", "interrupt"] as const;

/**
 * The interfaces of a configuration, from the descriptors that follow its own (USB 2.0, 9.4.3). What
 * is of another kind is passed over; the reading ends where a descriptor is cut off or has no length.
 */
export function parseInterfaces(configuration: Uint8Array): InterfaceDescription[] {
  const interfaces: (InterfaceDescription & { endpoints: EndpointDescription[] })[] = [];
  for (let at = 0; at + 2 <= configuration.length;) {
    const [length = 0, type] = configuration.subarray(at, at + 2);
    if (length < 2 || at + length > configuration.length) break;
    const descriptor = configuration.subarray(at, at + length);
    if (type === interfaceType && length >= interfaceDescriptor.length) {
      const values = interfaceDescriptor.unpack(descriptor, "interface descriptor");
      interfaces.push({ ...values, endpoints: [] });
    } else if (type === endpointType && length >= endpointDescriptor.length) {
      const { transferType, ...values } = endpointDescriptor.unpack(descriptor, "endpoint");
      const endpoint = { ...values, type: transferTypes[transferType] ?? "control" };
      interfaces.at(-1)?.endpoints.push(endpoint);
    }
    at += length;
  }
  return interfaces;
}
