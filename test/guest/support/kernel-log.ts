import { closeSync, constants, openSync, readSync } from "node:fs";

/** A message of the kernel's, as /dev/kmsg has it (Linux, Documentation/ABI/testing/dev-kmsg). */
export interface KernelMessage {
  /** 0 (emergency) to 7 (debug); 4 is a warning. */
  readonly level: number;
  readonly text: string;
}

const warning = 4;
const ofDrives = /\b(usb|usb-storage|vhci_hcd|scsi|s[rg] ?\d)/;
const complaint = /\b(reset|error|fail|abort|offline|tim(ed|e)[- ]?out)/i;

/** What the kernel says from now on. */
export class KernelLog implements Disposable {
  readonly #descriptor = openSync("/dev/kmsg", constants.O_RDONLY | constants.O_NONBLOCK);

  constructor() {
    this.read();
  }

  /** The messages since the last call. */
  read(): KernelMessage[] {
    const messages: KernelMessage[] = [];
    for (;;) {
      const record = readRecord(this.#descriptor);
      if (record === undefined) return messages;
      messages.push(parse(record));
    }
  }

  /**
   * What the kernel has said since the last call that it does not say of USB and disc drives that
   * are well, without the numbers that differ from run to run.
   */
  complaints(): string[] {
    return this.read()
      .filter(({ text }) => ofDrives.test(text))
      .filter(({ level, text }) => level <= warning || complaint.test(text))
      .map(({ text }) => withoutNumbers(text));
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** Each read returns one record, and none once all are read. */
function readRecord(descriptor: number): string | undefined {
  const buffer = Buffer.alloc(8192);
  for (;;) {
    try {
      return buffer.toString("utf8", 0, readSync(descriptor, buffer));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") return undefined;
      // EPIPE: older records were overwritten before they were read.
      if (code !== "EPIPE") throw error;
    }
  }
}

/** For instance `6,471,17496313,-;usb 5-1: new device` and, on further lines, the device's names. */
function parse(record: string): KernelMessage {
  const end = record.indexOf("\n");
  const text = record.slice(record.indexOf(";") + 1, end < 0 ? undefined : end);
  return { level: Number.parseInt(record, 10) & 7, text };
}

/** `sr 1:0:0:0: [sr1] tag#0 FAILED` becomes `sr: FAILED`, and `usb 5-1: reset` becomes `usb: reset`. */
function withoutNumbers(text: string): string {
  return text
    .replace(/^(usb|sr|scsi|usb-storage) [\d:.-]+:/, "$1:")
    .replace(/ \[sr\d+\]/, "")
    .replace(/ tag#\d+/, "")
    .replace(/\bsr\d+\b/g, "sr")
    .replace(/\b(number|sector|block) \d+/g, "$1 N");
}
