import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

import { output } from "./shell.js";
import { interfaceDriver } from "./sysfs.js";
import { until } from "./until.js";

const waitMs = 60_000;

/** A device that is exported. */
export interface SharedDevice extends AsyncDisposable {
  readonly busId: string;
}

/** Debian's `usbipd`, which exports devices of this computer, until it is disposed of. */
export class Usbipd implements AsyncDisposable {
  readonly tcpPort = 3240;
  readonly #stop: () => Promise<void>;

  static async start(): Promise<Usbipd> {
    await output("modprobe usbip-host");
    const child = spawn("usbipd", ["--ipv4"], { stdio: "ignore" });
    const ended = once(child, "exit");
    const daemon = new Usbipd(async () => {
      child.kill();
      await ended;
    });
    await until("usbipd that listens", () => accepts(daemon.tcpPort), waitMs);
    return daemon;
  }

  private constructor(stop: () => Promise<void>) {
    this.#stop = stop;
  }

  /** Exports a device, for instance `3-1`, which is taken from its driver until the result is disposed of. */
  async share(location: string): Promise<SharedDevice> {
    await output(`usbip bind --busid "$1"`, location);
    return {
      busId: location,
      async [Symbol.asyncDispose]() {
        await output(`usbip unbind --busid "$1"`, location);
        const isBack = () => interfaceDriver(location) === "usb-storage" || undefined;
        await until(`usb-storage at ${location}`, isBack, waitMs);
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
