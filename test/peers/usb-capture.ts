import type { UsbConnection } from "../../src/usb/connection.js";
import type { VirtualUsbDevice } from "../../src/virtual/index.js";

/** Linux's usbmon with a header of 64 bytes, Documentation/usb/usbmon.rst; LINKTYPE 220. */
const linkType = 220;
const headerLength = 64;
const transferTypes = { control: 2, bulk: 3 } as const;
const bus = 1;
const device = 5;

interface UsbEvent {
  readonly type: "S" | "C";
  readonly id: number;
  readonly transferType: keyof typeof transferTypes;
  /** With bit 7 for the direction in. */
  readonly endpoint: number;
  readonly length: number;
  readonly data?: Uint8Array;
  readonly setup?: Uint8Array;
}

/**
 * Writes down what goes over a connection, as the kernel's usbmon would, for programs that read
 * such captures.
 */
export class UsbCapture {
  readonly #packets: Uint8Array[] = [];
  #lastId = 0;

  /** The descriptors, without which no program knows what the transfers are. */
  async describe(usbDevice: VirtualUsbDevice): Promise<void> {
    for (const [type, length] of [
      [1, 18],
      [2, 255],
    ] as const) {
      const { data } = await usbDevice.controlTransferIn(
        { requestType: "standard", recipient: "device", request: 6, value: type << 8, index: 0 },
        length,
      );
      const setup = Uint8Array.of(0x80, 6, 0, type, 0, 0, length, 0);
      const bytes = new Uint8Array(data!.buffer, data!.byteOffset, data!.byteLength);
      this.#transfer("control", 0x80, length, { setup, received: bytes });
    }
  }

  /** The same connection, whose bulk transfers are written down. */
  tap(connection: UsbConnection): UsbConnection {
    const bulkIn = 0x81;
    const bulkOut = 0x02;
    return {
      info: connection.info,
      limits: connection.limits,
      transferIn: async (length, options) => {
        const result = await connection.transferIn(length, options);
        this.#transfer("bulk", bulkIn, length, { received: result.data });
        return result;
      },
      transferOut: async (data, options) => {
        const result = await connection.transferOut(data, options);
        this.#transfer("bulk", bulkOut, data.length, { sent: data });
        return result;
      },
      classRequestIn: (...request) => connection.classRequestIn(...request),
      classRequestOut: (...request) => connection.classRequestOut(...request),
      clearHalt: (direction) => connection.clearHalt(direction),
      reset: () => connection.reset(),
      close: () => connection.close(),
    };
  }

  /** All of it as a pcap file. */
  toPcap(): Uint8Array {
    const header = new DataView(new ArrayBuffer(24));
    header.setUint32(0, 0xa1b2_c3d4, true);
    header.setUint16(4, 2, true);
    header.setUint16(6, 4, true);
    header.setUint32(16, 1 << 20, true);
    header.setUint32(20, linkType, true);
    return Buffer.concat([new Uint8Array(header.buffer), ...this.#packets]);
  }

  #transfer(
    transferType: UsbEvent["transferType"],
    endpoint: number,
    length: number,
    { sent, received, setup }: { sent?: Uint8Array; received?: Uint8Array; setup?: Uint8Array },
  ): void {
    const common = { id: ++this.#lastId, transferType, endpoint };
    this.#add({
      ...common,
      type: "S",
      length,
      ...(sent && { data: sent }),
      ...(setup && { setup }),
    });
    this.#add({
      ...common,
      type: "C",
      length: received?.length ?? length,
      ...(received && { data: received }),
    });
  }

  #add({ type, id, transferType, endpoint, length, data, setup }: UsbEvent): void {
    const captured = data?.length ?? 0;
    const packet = new Uint8Array(16 + headerLength + captured);
    const view = new DataView(packet.buffer);
    view.setUint32(0, this.#packets.length, true); // seconds, so that the order is plain
    view.setUint32(8, headerLength + captured, true);
    view.setUint32(12, headerLength + captured, true);
    const event = new DataView(packet.buffer, 16);
    event.setUint32(0, id, true);
    event.setUint8(8, type.charCodeAt(0));
    event.setUint8(9, transferTypes[transferType]);
    event.setUint8(10, endpoint);
    event.setUint8(11, device);
    event.setUint16(12, bus, true);
    event.setUint8(14, setup ? 0 : "-".charCodeAt(0));
    event.setUint8(15, data ? 0 : (endpoint & 0x80 ? "<" : ">").charCodeAt(0));
    event.setUint32(16, this.#packets.length, true);
    event.setInt32(28, type === "S" ? -115 : 0, true); // EINPROGRESS
    event.setUint32(32, length, true);
    event.setUint32(36, captured, true);
    if (setup) packet.set(setup, 16 + 40);
    if (data) packet.set(data, 16 + headerLength);
    this.#packets.push(packet);
  }
}
