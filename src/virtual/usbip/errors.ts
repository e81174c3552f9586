/** What a USB/IP server cannot be, or a client cannot have. The message says why. */
export class UsbIpServerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsbIpServerError";
  }
}
