import { concat } from "../bytes.js";

/** PCAP Next Generation (draft-ietf-opsawg-pcapng), 4.1, 4.2 and 4.3. */
const blockTypes = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 0x0000_0001,
  enhancedPacket: 0x0000_0006,
} as const;
const byteOrderMagic = 0x1a2b3c4d;
const optionEnd = 0;
const options = { application: 4, interfaceName: 2, timeResolution: 9 } as const;
/** Time stamps are in millionths of a second. */
const microseconds = 6;

/** What a file begins with: one section of one interface, whose packets are of the link type. */
export function pcapngHeader(linkType: number, application: string, name: string): Uint8Array {
  const section = new Uint8Array(16);
  const view = new DataView(section.buffer);
  view.setUint32(0, byteOrderMagic, true);
  view.setUint16(4, 1, true);
  view.setBigInt64(8, -1n, true); // how long the section is, is not known yet
  const description = new Uint8Array(8);
  new DataView(description.buffer).setUint16(0, linkType, true);
  return concat([
    block(blockTypes.sectionHeader, [
      section,
      option(options.application, encode(application)),
      end,
    ]),
    block(blockTypes.interfaceDescription, [
      description,
      option(options.interfaceName, encode(name)),
      option(options.timeResolution, Uint8Array.of(microseconds)),
      end,
    ]),
  ]);
}

/** A packet; `at` is in milliseconds since 1970. `wholeLength` counts what was cut off as well. */
export function pcapngPacket(at: number, packet: Uint8Array, wholeLength: number): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  const stamp = BigInt(Math.floor(at * 1000));
  view.setUint32(4, Number(stamp >> 32n), true);
  view.setUint32(8, Number(stamp & 0xffff_ffffn), true);
  view.setUint32(12, packet.length, true);
  view.setUint32(16, wholeLength, true);
  return block(blockTypes.enhancedPacket, [header, padded(packet)]);
}

const end = new Uint8Array([optionEnd, 0, 0, 0]);

function option(code: number, value: Uint8Array): Uint8Array {
  const header = new Uint8Array(4);
  const view = new DataView(header.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  return concat([header, padded(value)]);
}

/** A block says its length at both ends. */
function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const [head, tail] = [new Uint8Array(8), new Uint8Array(4)];
  new DataView(head.buffer).setUint32(0, type, true);
  new DataView(head.buffer).setUint32(4, length, true);
  new DataView(tail.buffer).setUint32(0, length, true);
  return concat([head, ...parts, tail]);
}

function padded(data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(4 * Math.ceil(data.length / 4));
  whole.set(data);
  return whole;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
