import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          alias: {
            "usb-dvd/virtual": resolve(import.meta.dirname, "../src/virtual/node.ts"),
            "usb-dvd": resolve(import.meta.dirname, "../src/index.ts"),
          },
          include: ["test/**/*.test.ts", "examples/*.test.ts"],
          exclude: ["test/guest/**", "test/long/**", "test/package/**", "test/peers/**"],
          // Far more than any needs, for properties of many cases on busy machines.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "long",
          include: [
            "test/long/**/*.test.ts",
            "test/decoders.test.ts",
            "test/drive/hostile-device.test.ts",
            "test/imaging/killed-rescue.test.ts",
            "test/imaging/power-loss.test.ts",
            "test/keys/region-virtual-drive.test.ts",
            "test/volume/volume.test.ts",
          ],
          env: { FUZZ_CASES: "100000" },
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: "peers",
          include: ["test/peers/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "guest",
          include: ["test/guest/*.guest.test.ts"],
          fileParallelism: false,
          execArgv: ["--expose-gc"],
          // The guest's processor is emulated, about a tenth as fast as the host's.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "guest-long",
          include: ["test/guest/long/*.guest.test.ts"],
          fileParallelism: false,
          execArgv: ["--expose-gc"],
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
