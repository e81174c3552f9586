import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const timeout = 30_000;

it.each(["webusb", "usbip"])(
  "Node ends by itself after the last close over %s",
  async (adapter) => {
    const program = join(root, "test/programs/close-drives.ts");
    const { stdout } = await run(process.execPath, ["--import", "tsx", program, adapter], {
      timeout,
    });
    expect(stdout).toBe("read\nUSB_TIMEOUT\nUSB_DISCONNECTED\n");
  },
);
