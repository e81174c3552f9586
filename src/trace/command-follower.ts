import { blanked, carriesKeys } from "./key-bytes.js";
import type { TransferEvent } from "./transfer-event.js";

/** Bulk-Only Transport 5.1 and 5.2. */
const wrapperLength = 31;
const statusLength = 13;
const [commandSignature, statusSignature] = [0x43425355, 0x53425355];

/** A command as it went over the bus. */
export interface FollowedCommand {
  /** When its CBW was handed over, and its end was known: milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly cdb: Uint8Array;
  /** Bytes that were asked for, and those that went over. */
  readonly transferLength: number;
  readonly transferred: number;
  /** The data that came; keys are blanked, unless they are to be seen. */
  readonly data: Uint8Array;
  /** bCSWStatus: 0 passed, 1 failed, 2 phase error; undefined where none came. */
  readonly status: number | undefined;
}

interface OpenCommand {
  readonly startedAt: number;
  readonly cdb: Uint8Array;
  readonly transferLength: number;
  transferred: number;
  data: Uint8Array;
}

export interface FollowerOptions {
  /** Whether keys are shown. */
  readonly reveal?: boolean;
  /** Called with each command, once it is over or given up. */
  readonly onCommand?: (command: FollowedCommand) => void;
}

/** Makes commands of transfers, and knows which data are keys. */
export class CommandFollower {
  readonly #options: FollowerOptions;
  #open: OpenCommand | undefined;

  constructor(options: FollowerOptions = {}) {
    this.#options = options;
  }

  /** The same event, with keys blanked where they are not to be seen. */
  follow(event: TransferEvent): TransferEvent {
    const { step, pipe, data } = event;
    if (step === "submitted" && pipe === "out" && data !== undefined) {
      const cdb = commandIn(data);
      if (cdb !== undefined) {
        this.#end(event.at, undefined);
        this.#open = {
          startedAt: event.at,
          cdb: cdb.slice(),
          transferLength: new DataView(data.buffer, data.byteOffset).getUint32(8, true),
          transferred: 0,
          data: new Uint8Array(0),
        };
        return event;
      }
      if (this.#open) this.#open.transferred = data.length;
      return this.#shown(event);
    }
    if (step !== "completed" || pipe !== "in") return event;
    const status = event.outcome === "ok" ? statusIn(data) : undefined;
    if (status !== undefined) {
      this.#end(event.at, status);
      return event;
    }
    const shown = this.#shown(event);
    if (this.#open && data && data.length > 0) {
      this.#open.transferred = data.length;
      this.#open.data = (shown.data ?? data).slice(0, longestKept);
    }
    return shown;
  }

  #shown(event: TransferEvent): TransferEvent {
    const { data } = event;
    const isSecret = this.#open !== undefined && carriesKeys(this.#open.cdb);
    if (data === undefined || !isSecret || this.#options.reveal === true) return event;
    return { ...event, data: blanked(data) };
  }

  #end(endedAt: number, status: number | undefined): void {
    const open = this.#open;
    this.#open = undefined;
    if (open) this.#options.onCommand?.({ ...open, endedAt, status });
  }
}

/** Sense data and what is told in a line are shorter; bulk data are not kept. */
const longestKept = 256;

function commandIn(data: Uint8Array): Uint8Array | undefined {
  if (data.length !== wrapperLength) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getUint32(0, true) !== commandSignature) return undefined;
  return data.subarray(15, 15 + (view.getUint8(14) & 0x1f));
}

function statusIn(data: Uint8Array | undefined): number | undefined {
  if (data?.length !== statusLength) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return view.getUint32(0, true) === statusSignature ? view.getUint8(12) : undefined;
}
