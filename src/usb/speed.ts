import type { UsbSpeed } from "./connection.js";

/**
 * The speed of the bus, as far as a bulk pipe's packet size tells it: 512 bytes are high speed and
 * 1024 are super speed (USB 2.0, 5.8.3; USB 3.2, 9.6.6); lower ones are full speed, where low speed
 * has no bulk pipes.
 */
export function speedOfBulkPipe(maxPacketBytes: number): UsbSpeed {
  if (maxPacketBytes === 1024) return "super";
  if (maxPacketBytes === 512) return "high";
  if (maxPacketBytes <= 64) return "full";
  return "unknown";
}
