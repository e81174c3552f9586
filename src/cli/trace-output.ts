import { closeSync, openSync, writeSync } from "node:fs";
import { outputFailure } from "../imaging/output-failure.js";
import { pcapngObserver, textObserver, trace } from "../trace/index.js";
import type { UsbConnection } from "../usb/connection.js";
import type { Output } from "./output.js";

export interface TraceOptions {
  /** A pcapng file for Wireshark; `-` for a line a command on standard error. */
  readonly trace?: string;
  /** The lines as well, besides a file. */
  readonly verbose?: boolean;
  /** Whether keys are shown. */
  readonly reveal?: boolean;
}

/** Where a trace goes, if there is to be one. */
export interface TraceOutput {
  /** The connection, of which everything is written down. */
  tap(connection: UsbConnection): UsbConnection;
  /** Ends the trace. Throws `ImagingError` where some of it could not be written. */
  close(): void;
}

/** Opens the file of a trace, before anything is sent. Throws `ImagingError` where it cannot be. */
export function openTrace(
  { trace: path, verbose = false, reveal = false }: TraceOptions,
  stderr: Output,
): TraceOutput {
  const file = path === undefined || path === "-" ? noTrace : traceFile(path, reveal);
  if (!verbose && path !== "-") return file;
  const observer = textObserver((line) => stderr.line(line), { reveal });
  return { ...file, tap: (connection) => trace(file.tap(connection), observer) };
}

const noTrace: TraceOutput = { tap: (connection) => connection, close: () => undefined };

function traceFile(path: string, reveal: boolean): TraceOutput {
  let file: number;
  try {
    file = openSync(path, "w");
  } catch (error) {
    throw outputFailure(path, error);
  }
  let failure: Error | undefined;
  // At once and in order: what a program did before it crashed is what the trace is for.
  const write = (bytes: Uint8Array): void => {
    if (failure !== undefined) return;
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(file, bytes, written);
      }
    } catch (error) {
      failure = outputFailure(path, error);
    }
  };
  return {
    tap: (connection) => trace(connection, pcapngObserver(connection, write, { reveal })),
    close() {
      closeSync(file);
      if (failure !== undefined) throw failure;
    },
  };
}
