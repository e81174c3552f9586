import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { hex } from "../../bytes.js";

/** A client that knows nothing of the protocol: bytes to a server and bytes from it. */
export class RawClient implements AsyncDisposable {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  send(...parts: readonly (string | Uint8Array)[]): void {
    for (const part of parts) this.#socket.write(typeof part === "string" ? hex(part) : part);
  }

  /** As many bytes, in hexadecimal; fewer only if the server has closed the connection. */
  async read(length: number): Promise<string> {
    while (this.#received.length < length && !this.#ended) await this.#more();
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(taken.length);
    return taken.toString("hex");
  }

  /** All that comes until the server closes the connection, in hexadecimal. */
  async readToEnd(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.read(this.#received.length);
  }

  /** Vanishes without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
    while (!this.#ended) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

const word = (value: number) => (value >>> 0).toString(16).padStart(8, "0");
const noSetup = "00".repeat(8);

/** USBIP_CMD_SUBMIT. `length` is what is asked for, or sent. */
export function submit(
  sequence: number,
  direction: "in" | "out",
  endpoint: number,
  length: number,
  {
    deviceId = 0x10002,
    setup = noSetup,
    packets = 0,
  }: { deviceId?: number; setup?: string; packets?: number } = {},
): string {
  const toHost = direction === "in" ? 1 : 0;
  return (
    ["00000001", word(sequence), word(deviceId), word(toHost), word(endpoint)].join("") +
    ["00000000", word(length), "00000000", word(packets), "00000000"].join("") +
    setup.replace(/ /g, "")
  );
}

/** USBIP_CMD_UNLINK. */
export function unlink(sequence: number, target: number, deviceId = 0x10002): string {
  const head = ["00000002", word(sequence), word(deviceId), "00000000", "00000000", word(target)];
  return head.join("").padEnd(96, "0");
}

/** USBIP_RET_SUBMIT's 48 bytes. */
export function submitted(sequence: number, status: number, length: number): string {
  const head = ["00000003", word(sequence), "0".repeat(24), word(status), word(length)];
  return head.join("").padEnd(96, "0");
}

/** USBIP_RET_UNLINK's 48 bytes. */
export function unlinked(sequence: number, status: number): string {
  return ["00000004", word(sequence), "0".repeat(24), word(status)].join("").padEnd(96, "0");
}

export const devlist = "0111 8005 00000000";

/** OP_REQ_IMPORT. */
export function importOf(busId: string): string {
  const name = Buffer.from(busId).toString("hex").padEnd(64, "0");
  return `0111 8003 00000000 ${name}`;
}

export const setConfiguration = "00 09 01 00 00 00 00 00";
