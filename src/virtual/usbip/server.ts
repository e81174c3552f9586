import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

import type { BulkOnlyDevice } from "../bulk-only-device.js";
import { ClientConnection } from "./client-connection.js";
import { UsbIpServerError } from "./errors.js";
import { ExportedDevice } from "./exported-device.js";

/** The port that IANA has registered for USB/IP. */
export const USBIP_PORT = 3240;

const LOOPBACK = "127.0.0.1";

/** Clients that may be connected without a device; one more, and the one that waited longest goes. */
const MAX_WAITING = 64;

export interface UsbIpServerOptions {
  /** A client, `address:port`, has imported the device at a bus id. */
  readonly onImport?: (busId: string, client: string) => void;
  /** It has gone, and the device is free again. */
  readonly onRelease?: (busId: string, client: string) => void;
  /** A client did not keep to the protocol and was cut off; `reason` says how, for people. */
  readonly onRefusal?: (client: string, reason: string) => void;
}

export interface ListenOptions {
  /** Default: 3240; 0 for any that is free. */
  readonly port?: number;
  /**
   * The address to listen at. Default: 127.0.0.1. At any other, whoever can reach this computer can
   * use the devices: USB/IP knows neither passwords nor encryption.
   */
  readonly host?: string;
}

/**
 * Serves virtual devices over USB/IP, protocol 1.1.1 (Linux, Documentation/usb/usbip_protocol.rst),
 * to any number of clients, one a device. The first device is plugged in at bus id 1-1, the second at
 * 1-2.
 *
 *     await using server = new UsbIpServer([new BulkOnlyDevice(new VirtualDrive({ disc }))]);
 *     const { port } = await server.listen();
 */
export class UsbIpServer implements AsyncDisposable {
  readonly #options: UsbIpServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those of clients that have not imported a device, the oldest first. */
  readonly #waiting = new Set<Socket>();
  #devices: readonly ExportedDevice[] = [];
  /** Where each device was plugged in last. */
  readonly #ports = new WeakMap<BulkOnlyDevice, number>();

  constructor(devices: readonly BulkOnlyDevice[], options: UsbIpServerOptions = {}) {
    this.#options = options;
    for (const device of devices) this.plug(device);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /**
   * Starts to serve.
   *
   * @throws UsbIpServerError where the address cannot be had, with the system's error as its cause.
   */
  async listen({ port = USBIP_PORT, host = LOOPBACK }: ListenOptions = {}): Promise<AddressInfo> {
    try {
      this.#server.listen({ port, host });
      await once(this.#server, "listening");
    } catch (error) {
      throw new UsbIpServerError(`Nothing can be served at ${host}:${port}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    return this.#server.address() as AddressInfo;
  }

  /** The bus id of a device: `1-1`. Undefined for one that is not plugged in. */
  busIdOf(device: BulkOnlyDevice): string | undefined {
    return this.#devices.find((exported) => exported.device === device)?.busId;
  }

  /**
   * Plugs a device in, where it was before if it can be, or else at the first port that is free, and
   * returns its bus id. Does nothing if it is plugged in already.
   */
  plug(device: BulkOnlyDevice): string {
    const present = this.busIdOf(device);
    if (present !== undefined) return present;
    const taken = this.#devices.map(({ port }) => port);
    let port = this.#ports.get(device) ?? 0;
    if (taken.includes(port)) port = 0;
    while (taken.includes(port)) port++;
    this.#ports.set(device, port);
    const exported = new ExportedDevice(device, port);
    this.#devices = [...this.#devices, exported];
    const stopListening = device.onUnplug(() => {
      stopListening();
      this.#devices = this.#devices.filter((other) => other !== exported);
      exported.withdraw();
    });
    return exported.busId;
  }

  /** Pulls a device out: its client is disconnected, and nobody can import it. */
  unplug(device: BulkOnlyDevice): void {
    if (this.busIdOf(device) !== undefined) device.unplug();
  }

  /** Disconnects every client and stops listening. Idempotent. */
  async close(): Promise<void> {
    const closings = [...this.#sockets].map((socket) => once(socket, "close"));
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) {
      closings.push(once(this.#server, "close"));
      this.#server.close();
    }
    await Promise.all(closings);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #serve(socket: Socket): void {
    const client = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? "?"}`;
    const { onImport, onRelease, onRefusal } = this.#options;
    const devices = () => this.#devices;
    this.#sockets.add(socket);
    this.#waiting.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#waiting.delete(socket);
    });
    new ClientConnection(socket, {
      get devices() {
        return devices();
      },
      imported: ({ busId }) => {
        this.#waiting.delete(socket);
        onImport?.(busId, client);
      },
      released: ({ busId }) => onRelease?.(busId, client),
      refused: (reason) => onRefusal?.(client, reason),
    });
    const [oldest] = this.#waiting;
    if (this.#waiting.size > MAX_WAITING) oldest?.destroy();
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "another program listens there. Choose another port.";
  if (code === "EACCES") return "the system does not allow it. Choose a port above 1023.";
  if (code === "EADDRNOTAVAIL") return "this computer has no such address.";
  return message;
}
