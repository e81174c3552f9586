import { UsageError } from "./errors.js";

/** Bytes as they were typed: two hexadecimal digits each, with spaces, commas, colons or none between. */
export function parseHex(words: readonly string[], what: string): Uint8Array {
  const text = words.join(" ").replace(/\b0x/gi, "");
  const spaced = text.split(/[\s,:/-]+/).filter((word) => word !== "");
  const digits = spaced.map((word) => (word.length % 2 === 1 ? `0${word}` : word)).join("");
  if (digits === "" || !/^[\da-f]+$/i.test(digits)) {
    throw new UsageError(`'${words.join(" ")}' is no ${what}: give bytes as 12 00 00 00 24 00.`);
  }
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

/** Lines of sixteen bytes, with their offset, and as text. */
export function hexDump(data: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < data.length; offset += 16) {
    const row = data.subarray(offset, offset + 16);
    const bytes = Array.from(row, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = String.fromCharCode(...row).replace(/[^\x20-\x7e]/g, ".");
    lines.push(`${offset.toString(16).padStart(8, "0")}  ${bytes.padEnd(47)}  ${text}`);
  }
  return lines.join("\n");
}
