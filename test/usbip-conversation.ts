import { hex } from "./bytes.js";

/** One message of the USB/IP protocol, and who has sent it. */
export interface Message {
  readonly from: "client" | "server";
  readonly data: Uint8Array;
}

/**
 * A conversation as text: a line a message, `>` for the client's and `<` for the server's, in
 * hexadecimal; `00*24` stands for 24 zeros. Lines that start with `#` are comments.
 */
export function parseConversation(text: string): Message[] {
  return text.split("\n").flatMap((line) => {
    if (!/^[<>] /.test(line)) return [];
    const digits = line
      .slice(2)
      .replace(/\b([\da-f]{2})\*(\d+)/g, (_, byte: string, count) => byte.repeat(Number(count)));
    return { from: line.startsWith(">") ? "client" : "server", data: hex(digits) };
  });
}

export function formatConversation(messages: readonly Message[]): string {
  const line = ({ from, data }: Message): string => {
    const parts = [data.subarray(0, headerLength), data.subarray(headerLength)];
    return `${from === "client" ? ">" : "<"} ${parts.map(formatBytes).join("  ").trim()}\n`;
  };
  return messages.map(line).join("");
}

/** Parts the digits by four bytes, of which three or more equal ones in a row become a run. */
function formatBytes(bytes: Uint8Array): string {
  const words =
    Buffer.from(bytes)
      .toString("hex")
      .match(/.{1,8}/g) ?? [];
  return words.join(" ").replace(/\b((..)\2{3})(?: \1){2,}\b/g, (run, _, byte: string) => {
    return `${byte}*${run.replaceAll(" ", "").length / 2}`;
  });
}

/** Of all messages behind the import of a device. */
const headerLength = 48;
const descriptionLength = 312;

/**
 * Cuts what was read from two sides of a connection into messages (Linux,
 * Documentation/usb/usbip_protocol.rst). A message stands where its last byte came.
 */
export class ConversationSplitter {
  readonly messages: Message[] = [];
  readonly #rest = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  /** Numbers of the transfers to the host, whose data comes with the answer. */
  readonly #incoming = new Set<number>();
  #isImported = false;

  add({ from, data }: Message): void {
    this.#rest[from] = Buffer.concat([this.#rest[from], data]);
    for (;;) {
      const rest = this.#rest[from];
      const length = from === "client" ? this.#clientLength(rest) : this.#serverLength(rest);
      if (length === undefined || rest.length < length) return;
      const message = rest.subarray(0, length);
      this.#rest[from] = rest.subarray(length);
      this.#follow(from, message);
      this.messages.push({ from, data: message });
    }
  }

  #follow(from: Message["from"], message: Buffer): void {
    if (from === "server") {
      const importReply = 0x0003;
      if (!this.#isImported) this.#isImported = message.readUInt16BE(2) === importReply;
      return;
    }
    const isSubmit = this.#isImported && message.readUInt32BE(0) === 1;
    if (isSubmit && message.readUInt32BE(12) === 1) this.#incoming.add(message.readUInt32BE(4));
  }

  #clientLength(rest: Buffer): number | undefined {
    if (!this.#isImported) {
      if (rest.length < 8) return undefined;
      const listRequest = 0x8005;
      return rest.readUInt16BE(2) === listRequest ? 8 : 40;
    }
    if (rest.length < headerLength) return undefined;
    const isSubmitOut = rest.readUInt32BE(0) === 1 && rest.readUInt32BE(12) === 0;
    return headerLength + (isSubmitOut ? rest.readUInt32BE(24) : 0);
  }

  #serverLength(rest: Buffer): number | undefined {
    if (!this.#isImported) {
      if (rest.length < 8) return undefined;
      const listReply = 0x0005;
      if (rest.readUInt16BE(2) === listReply) return listLength(rest);
      return rest.readUInt32BE(4) === 0 ? 8 + descriptionLength : 8;
    }
    if (rest.length < headerLength) return undefined;
    const isSubmitIn = rest.readUInt32BE(0) === 3 && this.#incoming.has(rest.readUInt32BE(4));
    return headerLength + (isSubmitIn ? rest.readUInt32BE(24) : 0);
  }
}

function listLength(rest: Buffer): number | undefined {
  if (rest.length < 12) return undefined;
  let length = 12;
  for (let left = rest.readUInt32BE(8); left > 0; left--) {
    if (rest.length < length + descriptionLength) return undefined;
    length += descriptionLength + 4 * rest.readUInt8(length + descriptionLength - 1);
  }
  return length;
}
