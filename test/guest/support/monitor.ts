import { closeSync, openSync, readSync, writeSync } from "node:fs";

const port = "/dev/virtio-ports/monitor";

/**
 * Gives QEMU's monitor a command, and returns what it answers (QEMU, docs/interop/qmp-spec). The
 * monitor answers at once, so that this need not be asynchronous.
 */
export function monitor(
  command: string,
  parameters: Readonly<Record<string, unknown>> = {},
): unknown {
  const descriptor = openSync(port, "r+");
  try {
    // Needed once a machine; the second time it is an error that changes nothing.
    exchange(descriptor, "qmp_capabilities", {});
    const answer = exchange(descriptor, command, parameters);
    if (answer.error) throw new Error(`QEMU refused ${command}: ${answer.error.desc}`);
    return answer.return;
  } finally {
    closeSync(descriptor);
  }
}

interface Answer {
  readonly id?: string;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

function exchange(descriptor: number, execute: string, parameters: object): Answer {
  writeSync(descriptor, `${JSON.stringify({ execute, arguments: parameters, id: execute })}\n`);
  for (;;) {
    // Between its answers the monitor greets and reports events, which carry no id.
    const answer = JSON.parse(readLine(descriptor)) as Answer;
    if (answer.id === execute) return answer;
  }
}

function readLine(descriptor: number): string {
  const byte = Buffer.alloc(1);
  const line: number[] = [];
  while (byte[0] !== 0x0a) {
    if (readSync(descriptor, byte) === 0) throw new Error("QEMU's monitor is not connected.");
    line.push(byte[0]!);
  }
  return Buffer.from(line).toString("utf8");
}
