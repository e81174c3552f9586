import type { CommandBlock } from "../transport/command-transport.js";

/**
 * A SCSI command as a value: what to send, how much may come back, and how to read it. Builders are
 * pure functions, so that a command can be tested by its bytes, traced by its name and sent by
 * anything.
 */
export interface Command<Reply = void> extends CommandBlock, CommandOptions {
  /** The command's name as its standard prints it. */
  readonly name: string;
  /**
   * Reads what the device sent, which may be shorter than `transferLength`. Throws
   * `MalformedResponseError` where the bytes cannot be the reply.
   */
  readonly decode: (data: Uint8Array) => Reply;
}

/** What a logical unit needs to know of a command beyond its bytes. */
export interface CommandOptions {
  /** Milliseconds that the command may take, where that differs from the default. */
  readonly timeoutMs?: number;
  /** The logical block that the command begins at, for messages. */
  readonly lba?: number;
  /** Set where sending the command a second time could do harm: it is then never repeated. */
  readonly neverRepeat?: true;
  /**
   * Set where a unit that is becoming ready is an answer, and not something to wait for: the sense
   * data is then thrown at once.
   */
  readonly whenNotReady?: "report";
}

/** A command that moves no data. */
export function commandWithoutData(
  name: string,
  cdb: Uint8Array,
  options: CommandOptions = {},
): Command {
  return { name, cdb, direction: "none", transferLength: 0, decode: () => undefined, ...options };
}

/** A command whose data phase goes from the device to the host. */
export function commandIn<Reply>(
  name: string,
  cdb: Uint8Array,
  transferLength: number,
  decode: (data: Uint8Array) => Reply,
  options: CommandOptions = {},
): Command<Reply> {
  return { name, cdb, direction: "in", transferLength, decode, ...options };
}

/** A command whose data phase goes from the host to the device. */
export function commandOut(
  name: string,
  cdb: Uint8Array,
  data: Uint8Array,
  options: CommandOptions = {},
): Command {
  return {
    name,
    cdb,
    direction: "out",
    transferLength: data.length,
    data,
    decode: () => undefined,
    ...options,
  };
}
