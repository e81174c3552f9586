/** How a bulk transfer ended. What crossed the wire counts, whatever the status. */
export type BulkStatus = "ok" | "stall" | "babble" | "cancelled";

export interface BulkInOutcome {
  readonly status: BulkStatus;
  /** What the device sent; the host's own copy. */
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface BulkOutOutcome {
  readonly status: BulkStatus;
  readonly bytesWritten: number;
}

/** A transfer that the host submitted and that may still be waiting. */
export interface PendingTransfer {
  /** Ends it as `"cancelled"`, with what it has got so far. Does nothing once it has ended. */
  cancel(): void;
}
