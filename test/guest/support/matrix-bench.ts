import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, it } from "vitest";

import type { UsbConnection } from "../../../src/usb/connection.js";
import { matrix, matrixBlock, matrixBlocks, named } from "../../matrix/cases.js";
import { runCase, type MatrixBench } from "../../matrix/run-case.js";
import { DriveServer } from "./drive-server.js";
import { discDevice, interfaceDriver } from "./sysfs.js";
import { until } from "./until.js";
import { attachUsbIp, type AttachedDevice } from "./vhci.js";

const image = "/tmp/matrix.iso";

export interface GuestAdapter {
  readonly name: string;
  /** Opens the virtual drive, which the kernel has at `location`: `5-1`. */
  open(location: string): Promise<UsbConnection>;
  readonly losesPartialData?: boolean;
}

/** Runs every case of the matrix against a virtual drive on the kernel's own USB stack. */
export function runMatrixInGuest(adapter: GuestAdapter): void {
  describe(`whatever a device does, over ${adapter.name} and a real USB stack`, () => {
    let bench: GuestMatrixBench;
    beforeAll(async () => {
      bench = await GuestMatrixBench.start(adapter);
    });
    afterAll(() => bench.stop());

    it.each(named(matrix))("%s", async (_, testCase) => {
      try {
        await runCase(testCase, bench);
      } catch (error) {
        // What the case has to say comes first.
        await bench.unplug().catch(() => undefined);
        throw error;
      }
      if (testCase.then === "gone") await bench.unplug();
    });

    it("gives the kernel's driver its drive back in the end", async () => {
      const location = await bench.close();
      await until("usb-storage", () => interfaceDriver(location) === "usb-storage" || undefined);
      await discDevice(location);
    });
  });
}

interface Plugged {
  readonly attached: AttachedDevice;
  readonly connection: UsbConnection;
}

/** One drive, opened once for as many cases as it lives through. */
class GuestMatrixBench implements MatrixBench {
  readonly losesPartialData: boolean;
  readonly #adapter: GuestAdapter;
  readonly #server: DriveServer;
  #plugged: Plugged | undefined;

  static async start(adapter: GuestAdapter): Promise<GuestMatrixBench> {
    const blocks = Array.from({ length: matrixBlocks }, (_, lba) => matrixBlock(lba));
    writeFileSync(image, Buffer.concat(blocks));
    return new GuestMatrixBench(adapter, await DriveServer.start());
  }

  private constructor(adapter: GuestAdapter, server: DriveServer) {
    this.#adapter = adapter;
    this.#server = server;
    this.losesPartialData = adapter.losesPartialData ?? false;
  }

  async setFaults(script: string): Promise<void> {
    await this.#server.call("setFaults", script);
  }

  async connect(): Promise<UsbConnection> {
    this.#plugged ??= await this.#plug();
    const { connection } = this.#plugged;
    // A case closes its connection, which here is the next one's, too.
    return new Proxy(connection, {
      get(target, name) {
        if (name === "close") return () => Promise.resolve();
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function"
          ? (value.bind(target) as (...args: unknown[]) => unknown)
          : value;
      },
    });
  }

  /** Closes the connection for good, and tells where the drive is, which stays plugged in. */
  async close(): Promise<string> {
    await this.connect();
    const { connection, attached } = this.#plugged as Plugged;
    await connection.close();
    return attached.location;
  }

  async unplug(): Promise<void> {
    const plugged = this.#plugged;
    this.#plugged = undefined;
    await plugged?.connection.close();
    await plugged?.attached[Symbol.asyncDispose]();
  }

  async stop(): Promise<void> {
    await this.unplug();
    await this.#server[Symbol.asyncDispose]();
  }

  async #plug(): Promise<Plugged> {
    const attached = await attachUsbIp(await this.#server.call("serve", { disc: { path: image } }));
    await discDevice(attached.location);
    return { attached, connection: await this.#adapter.open(attached.location) };
  }
}
