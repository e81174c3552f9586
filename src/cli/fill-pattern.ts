import { InvalidArgumentError } from "commander";

/** A text, or bytes as `0x` and hexadecimal digits. */
export function parseFillPattern(text: string): Uint8Array {
  if (!text.startsWith("0x")) {
    if (text === "") throw new InvalidArgumentError("It is a text, or bytes as 0xdeadbeef.");
    return new TextEncoder().encode(text);
  }
  if (!/^0x([\da-f]{2})+$/i.test(text)) {
    throw new InvalidArgumentError("0x is followed by two hexadecimal digits for each byte.");
  }
  return Uint8Array.from(Buffer.from(text.slice(2), "hex"));
}
