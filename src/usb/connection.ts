/** How fast the bus carries the device, in the words of USB 2.0 and 3.x. */
export type UsbSpeed = "low" | "full" | "high" | "super" | "super-plus" | "unknown";

/** What is known of a USB device before anything is asked of it. */
export interface UsbDeviceInfo {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturerName?: string;
  readonly productName?: string;
  readonly serialNumber?: string;
  /** Where it is plugged in, as the adapter can tell: `2-1.4` is bus 2, port 1, its hub's port 4. */
  readonly location: string;
  readonly speed: UsbSpeed;
}

export interface TransferOptions {
  /** Milliseconds until the transfer is cancelled and `UsbTimeoutError` thrown. */
  readonly timeoutMs?: number;
  /**
   * Cancels the transfer; the promise then rejects with the signal's reason. A transfer that was
   * over before it could be cancelled resolves as if nothing had been asked: its data is not lost.
   */
  readonly signal?: AbortSignal;
}

export interface TransferInOptions extends TransferOptions {
  /**
   * Memory for the data, at least as long as the transfer: spares the adapter new memory. An adapter
   * need not use it; the result's `data` tells where the data is.
   */
  readonly into?: Uint8Array;
}

/** The deadline of a transfer that asks for none, in milliseconds. */
export const defaultTransferTimeoutMs = 5_000;

/** How an IN transfer ended, with all the data that came, however it ended. */
export interface TransferInResult {
  readonly status: "ok" | "stall" | "babble";
  readonly data: Uint8Array;
}

/** How an OUT transfer ended, and how many bytes the device took. */
export interface TransferOutResult {
  readonly status: "ok" | "stall";
  readonly bytesWritten: number;
}

export interface UsbConnectionLimits {
  /** The largest length that one `transferIn` or `transferOut` takes, in bytes. */
  readonly maxTransferBytes: number;
  /** wMaxPacketSize of the bulk-IN endpoint, in bytes (USB 2.0, 9.6.6). */
  readonly maxPacketBytes: number;
  /** Whether several transfers may be pending on one endpoint, to be served in order. */
  readonly queuesTransfers: boolean;
  /**
   * Whether a pending transfer can be cancelled by itself. Where not, all of them end together, and
   * the interface or the device is taken anew for it.
   */
  readonly cancelsTransfers: boolean;
}

/** Where on the device the pipes are, as its descriptors number them (USB 2.0, 9.6). */
export interface UsbPipes {
  readonly interfaceNumber: number;
  /** bEndpointAddress, with bit 7 for the direction in. */
  readonly bulkIn: number;
  readonly bulkOut: number;
}

/**
 * One claimed mass-storage interface of a USB device: two bulk pipes and the control pipe.
 *
 * A stall is an outcome, not an error. A transfer's promise settles only once the transfer is over
 * on the bus, so that nothing left behind can take the next one's data. What it rejects with is
 * `UsbTimeoutError`, `UsbDisconnectedError`, `UsbTransferError`, or the reason of the signal.
 */
export interface UsbConnection {
  readonly info: UsbDeviceInfo;
  readonly limits: UsbConnectionLimits;
  /** For those who write transfers down; nobody else needs them. */
  readonly pipes?: UsbPipes | undefined;
  transferIn(length: number, options?: TransferInOptions): Promise<TransferInResult>;
  transferOut(data: Uint8Array, options?: TransferOptions): Promise<TransferOutResult>;
  /** A class request to the interface, device to host (bmRequestType A1h). */
  classRequestIn(
    request: number,
    value: number,
    length: number,
    options?: TransferOptions,
  ): Promise<TransferInResult>;
  /** A class request to the interface without data (bmRequestType 21h). */
  classRequestOut(
    request: number,
    value: number,
    options?: TransferOptions,
  ): Promise<TransferOutResult>;
  /** CLEAR_FEATURE(ENDPOINT_HALT) on a bulk pipe, on the host's side and the device's. */
  clearHalt(direction: "in" | "out"): Promise<void>;
  /** Resets the device's port and claims the interface again. */
  reset(): Promise<void>;
  /**
   * Cancels what is pending, releases the interface and gives the operating system its driver back.
   * May be called at any time and more than once.
   */
  close(): Promise<void>;
}
