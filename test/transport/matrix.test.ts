import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openUsbIp } from "../../src/usb/usbip/index.js";
import { openWebUsb } from "../../src/usb/webusb/index.js";
import {
  BulkOnlyDevice,
  FaultScript,
  generatedDisc,
  UsbIpServer,
  VirtualDrive,
  VirtualUsbDevice,
} from "../../src/virtual/node.js";
import { concat } from "../bytes.js";
import { matrix, matrixBlock, matrixBlocks, named } from "../matrix/cases.js";
import { runCase } from "../matrix/run-case.js";
import { letTimePass, startClock, stopClock } from "../virtual-clock.js";

const disc = generatedDisc(matrixBlocks, (lba, count) =>
  concat(...Array.from({ length: count }, (_, index) => matrixBlock(lba + index))),
);

describe("whatever a device does, over a WebUSB device and on a virtual clock", () => {
  beforeEach(stopClock);
  afterEach(startClock);

  it.each(named(matrix))("%s", async (_, testCase) => {
    const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
    await letTimePass(
      runCase(testCase, {
        setFaults: (script) => {
          device.faults = FaultScript.parse(script);
        },
        connect: () => openWebUsb(device),
      }),
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("whatever a device does, behind a USB/IP server", () => {
  it.concurrent.each(named(matrix))("%s", async (_, testCase) => {
    const device = new BulkOnlyDevice(new VirtualDrive({ disc }));
    await using server = new UsbIpServer([device]);
    const { port } = await server.listen({ port: 0 });
    await runCase(testCase, {
      setFaults: (script) => {
        device.faults = FaultScript.parse(script);
      },
      connect: () => openUsbIp({ host: "127.0.0.1", port, busId: "1-1" }),
    });
  });
});
