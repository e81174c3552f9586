import type { UsbDeviceInfo } from "../usb/connection.js";
import type { BridgeQuirks } from "./quirks.js";

/** A command block and the data that it moves: all that a transport needs to know of a command. */
export interface CommandBlock {
  /** How the command is called in messages, for instance `READ (10)`. */
  readonly name: string;
  /** The command descriptor block, 1 to 16 bytes. */
  readonly cdb: Uint8Array;
  readonly direction: "in" | "out" | "none";
  /** How many bytes the data phase may move at most; 0 where the direction is none. */
  readonly transferLength: number;
  /** Memory that the data may be received into, `transferLength` bytes or more, to spare new memory. */
  readonly into?: Uint8Array;
  /** What is sent, `transferLength` bytes; only where the direction is out. */
  readonly data?: Uint8Array;
}

export interface ExecuteOptions {
  /** Milliseconds for the whole command, all its phases together. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What became of a command that the device has answered. */
export interface CommandOutcome {
  /** `failed` means that the device has sense data to tell why. */
  readonly status: "passed" | "failed";
  /** What the device sent, never longer than was asked for; empty unless the direction is in. */
  readonly data: Uint8Array;
  /** How many bytes of `transferLength` the device did not process. */
  readonly residue: number;
}

/**
 * Carries command blocks to a device, one at a time, in the order in which they are given.
 * Rejects with `TransportError` or `UsbError` where no answer can be had.
 */
export interface CommandTransport {
  readonly device: UsbDeviceInfo;
  /** The largest `transferLength` that it carries, in bytes. */
  readonly maxTransferBytes: number;
  /** The highest logical unit number that the device has. */
  readonly maxLun: number;
  /** What is wrong with the bridge on the way, as far as commands have to heed it. */
  readonly quirks?: BridgeQuirks;
  execute(lun: number, block: CommandBlock, options?: ExecuteOptions): Promise<CommandOutcome>;
  close(): Promise<void>;
}
