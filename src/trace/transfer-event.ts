/** A transfer on its way, or over, as an observer is told of it. */
export interface TransferEvent {
  /** When it was handed over, or has ended: milliseconds since 1970, with fractions. */
  readonly at: number;
  readonly step: "submitted" | "completed";
  /** The same for both steps of a transfer; counts from 1. */
  readonly id: number;
  readonly pipe: "in" | "out" | "control";
  /** Bytes that were asked for, or are to be sent; once it is over, those that came or went. */
  readonly length: number;
  /** What is sent, or has come. It is the driver's own memory: to be used at once, and not changed. */
  readonly data?: Uint8Array;
  /** The eight bytes that begin a control transfer (USB 2.0, 9.3). */
  readonly setup?: Uint8Array;
  /** How it has ended. */
  readonly outcome?: "ok" | "stall" | "babble" | "failed";
}

/** What is told of every transfer. What it throws is not the driver's concern, and is lost. */
export type TransferObserver = (event: TransferEvent) => void;
