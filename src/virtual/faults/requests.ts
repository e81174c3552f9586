import { nothing } from "../bytes.js";
import type { PendingTransfer } from "../bulk-transfer.js";
import type { ControlOutcome, SetupPacket } from "../control-endpoint.js";
import { BULK_IN_ENDPOINT, BULK_OUT_ENDPOINT } from "../descriptors.js";
import { holdOf } from "./distort.js";
import type { ControlRequestPhase } from "./fault.js";
import type { FaultSource } from "./script.js";

interface Waiting {
  readonly complete: (outcome: ControlOutcome) => void;
}

/** The requests on the control pipe, of which some meet a fault. */
export class FaultyRequests {
  readonly #answer: (setup: SetupPacket) => ControlOutcome;
  readonly #unplug: () => void;
  readonly #waiting = new Set<Waiting>();

  constructor(answer: (setup: SetupPacket) => ControlOutcome, unplug: () => void) {
    this.#answer = answer;
    this.#unplug = unplug;
  }

  submit(
    setup: SetupPacket,
    source: FaultSource | undefined,
    complete: (outcome: ControlOutcome) => void,
  ): PendingTransfer {
    const phase = source && phaseOf(setup);
    const faults = phase ? source.onRequest(phase) : [];
    const request: Waiting = { complete };
    this.#waiting.add(request);
    const holds = faults.flatMap((fault) => holdOf(fault, this.#unplug) ?? []);
    const stalls = faults.some(({ kind }) => kind === "stall");
    const next = (): void => {
      if (!this.#waiting.has(request)) return;
      const hold = holds.shift();
      if (hold) {
        hold(next);
        return;
      }
      this.#waiting.delete(request);
      complete(stalls ? { status: "stall", data: nothing } : this.#answer(setup));
    };
    next();
    return { cancel: () => this.#cancel(request) };
  }

  cancelAll(): void {
    for (const request of [...this.#waiting]) this.#cancel(request);
  }

  #cancel(request: Waiting): void {
    if (this.#waiting.delete(request)) {
      request.complete({ status: "cancelled", data: nothing });
    }
  }
}

/** The requests that a fault can strike, by bmRequestType, bRequest and wIndex. */
function phaseOf({ requestType, request, index }: SetupPacket): ControlRequestPhase | undefined {
  const code = (requestType << 8) | request;
  if (code === 0x21ff) return "reset";
  if (code === 0xa1fe) return "max-lun";
  if (code !== 0x0201) return undefined;
  if (index === BULK_IN_ENDPOINT) return "clear-in";
  return index === BULK_OUT_ENDPOINT ? "clear-out" : undefined;
}
