import type { Socket } from "node:net";

import { nothing } from "../bytes.js";
import { ByteQueue } from "./byte-queue.js";
import type { ExportedDevice } from "./exported-device.js";
import {
  BUS_ID_BYTES,
  deviceListReply,
  importReply,
  operationReply,
  operations,
  operationStatus,
  OPERATION_HEADER_BYTES,
  PROTOCOL_VERSION,
  readBusId,
  readOperationHeader,
  readUrbRequest,
  submittedHeader,
  unlinkedHeader,
  URB_HEADER_BYTES,
  urbStatus,
  type SubmitRequest,
} from "./protocol.js";
import { UrbTable } from "./urb-table.js";

/** The most that one transfer may carry to the device, or ask of it. Linux asks for 1 MiB at most. */
const MAX_TRANSFER_BYTES = 64 * 1024 * 1024;

/** Answers that may wait for a slow client before its requests have to wait, too. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

/** How long a client may take to say what it wants, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What the server has for its clients, and wants to hear of them. */
export interface ClientHost {
  readonly devices: readonly ExportedDevice[];
  imported(exported: ExportedDevice): void;
  released(exported: ExportedDevice): void;
  /** A client that did not keep to the protocol, and was cut off. */
  refused(reason: string): void;
}

/** One client: it asks for the list and goes, or imports a device and stays. */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #host: ClientHost;
  readonly #received = new ByteQueue();
  /** The operation whose header has come. */
  #operation: number | undefined;
  #exported: ExportedDevice | undefined;
  #urbs: UrbTable | undefined;
  /** A request whose data has not all come. */
  #awaiting: SubmitRequest | undefined;

  constructor(socket: Socket, host: ClientHost) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay();
    socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => this.#timeOut());
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    // `close` follows, and says the same.
    socket.on("error", () => undefined);
    socket.once("close", () => this.#left());
  }

  /** A client that has its answer has no more to say. */
  #receive(chunk: Uint8Array): void {
    if (this.#socket.writableEnded) return;
    this.#received.push(chunk);
    this.#socket.cork();
    while (this.#step());
    this.#socket.uncork();
  }

  /** Takes one message, if it is there. */
  #step(): boolean {
    if (this.#awaiting) return this.#takeData(this.#awaiting);
    return this.#urbs ? this.#takeRequest(this.#urbs) : this.#takeOperation();
  }

  #takeOperation(): boolean {
    if (this.#operation === undefined) {
      const header = this.#received.take(OPERATION_HEADER_BYTES);
      if (!header) return false;
      const { version, code } = readOperationHeader(header);
      if (version !== PROTOCOL_VERSION) {
        return this.#refuse(`it speaks version ${version.toString(16)}h of the protocol`, code);
      }
      this.#operation = code;
    }
    switch (this.#operation) {
      case operations.devlist:
        return this.#list();
      case operations.import:
        return this.#import();
      default:
        return this.#refuse(
          `it asked for operation ${this.#operation.toString(16)}h`,
          this.#operation,
        );
    }
  }

  /** Devices in use are left out, as Linux does. */
  #list(): boolean {
    const free = this.#host.devices.filter(({ imported }) => !imported);
    this.#socket.end(deviceListReply(free.map(({ description }) => description)));
    return false;
  }

  #import(): boolean {
    const name = this.#received.take(BUS_ID_BYTES);
    if (!name) return false;
    const busId = readBusId(name);
    const exported = this.#host.devices.find((device) => device.busId === busId);
    if (!exported || exported.imported) {
      const status = exported ? operationStatus.busy : operationStatus.noDevice;
      this.#socket.end(operationReply(operations.import, status));
      return false;
    }
    exported.importBy(() => this.#socket.destroy());
    this.#exported = exported;
    this.#urbs = new UrbTable(exported.device, (sequence, { status, length, data }) =>
      this.#send(submittedHeader(sequence, status, length), data),
    );
    this.#socket.setTimeout(0);
    this.#socket.setKeepAlive(true);
    this.#send(importReply(exported.description));
    this.#host.imported(exported);
    return true;
  }

  #takeRequest(urbs: UrbTable): boolean {
    const header = this.#received.take(URB_HEADER_BYTES);
    if (!header) return false;
    const request = readUrbRequest(header);
    if (!request) return this.#refuse("it sent a request that the protocol does not have");
    if (request.deviceId !== this.#exported?.deviceId) {
      return this.#refuse("it sent a request for a device that it has not imported");
    }
    if (request.kind === "unlink") {
      const wasPending = urbs.unlink(request.target);
      const status = wasPending ? urbStatus.cancelled : urbStatus.ok;
      this.#send(unlinkedHeader(request.sequence, status));
      return true;
    }
    return this.#takeSubmit(urbs, request);
  }

  #takeSubmit(urbs: UrbTable, request: SubmitRequest): boolean {
    const { sequence, toHost, transferLength, isochronousPackets } = request;
    if (isochronousPackets !== 0 && isochronousPackets !== 0xffff_ffff) {
      return this.#refuse("it sent an isochronous transfer");
    }
    if (urbs.has(sequence)) return this.#refuse("it used a sequence number twice");
    if (transferLength > MAX_TRANSFER_BYTES) {
      // What it would send cannot be skipped, so there is no way on.
      if (!toHost) return this.#refuse(`it announced ${transferLength} bytes of data`);
      this.#send(submittedHeader(sequence, urbStatus.tooLong, 0));
      return true;
    }
    if (toHost) urbs.submit(request, nothing);
    else this.#awaiting = request;
    return true;
  }

  #takeData(request: SubmitRequest): boolean {
    const data = this.#received.take(request.transferLength);
    if (!data) return false;
    this.#awaiting = undefined;
    this.#urbs?.submit(request, data);
    return true;
  }

  #send(header: Uint8Array, data: Uint8Array = nothing): void {
    const { destroyed, writableEnded } = this.#socket;
    if (destroyed || writableEnded) return;
    this.#socket.cork();
    this.#socket.write(header);
    if (data.length > 0) this.#socket.write(data);
    this.#socket.uncork();
    if (this.#socket.writableLength > MAX_UNSENT_BYTES && !this.#socket.isPaused()) {
      this.#socket.pause();
      this.#socket.once("drain", () => this.#socket.resume());
    }
  }

  #timeOut(): void {
    if (this.#socket.writableEnded) this.#socket.destroy();
    else this.#refuse("it did not say what it wants");
  }

  /** Cuts a client off; where an operation was asked for, with the answer that the protocol has. */
  #refuse(reason: string, operation?: number): false {
    this.#host.refused(reason);
    if (operation === undefined) this.#socket.destroy();
    else this.#socket.end(operationReply(operation, operationStatus.error));
    return false;
  }

  #left(): void {
    this.#urbs?.unlinkAll();
    const exported = this.#exported;
    if (!exported) return;
    exported.giveBack();
    this.#host.released(exported);
  }
}
