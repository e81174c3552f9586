import { describe, expect, it } from "vitest";

import { MalformedResponseError } from "../../src/errors.js";
import { failureStatus, ntStatusName } from "../../src/ioctl/index.js";
import { reportAgid } from "../../src/mmc/report-key.js";
import { sendRpcRegion } from "../../src/mmc/send-key.js";
import type { Command } from "../../src/scsi/command.js";
import { RequestSenseError, SenseError } from "../../src/scsi/sense-error.js";
import { TransportError } from "../../src/transport/errors.js";
import { UsbDisconnectedError, UsbTimeoutError } from "../../src/usb/errors.js";
import { sense } from "./scripted-drive.js";

function nameOf(error: unknown): string | undefined {
  const status = failureStatus(error);
  return status === undefined ? undefined : ntStatusName(status);
}

function nameOfSense(codes: string, command: Command<unknown> = reportAgid()): string | undefined {
  return nameOf(new SenseError(command, sense(codes)));
}

describe("the status of sense data", () => {
  it.each([
    ["05/6f/00", "STATUS_CSS_AUTHENTICATION_FAILURE"],
    ["05/6f/01", "STATUS_CSS_KEY_NOT_PRESENT"],
    ["05/6f/02", "STATUS_CSS_KEY_NOT_ESTABLISHED"],
    ["05/6f/03", "STATUS_CSS_SCRAMBLED_SECTOR"],
    ["05/6f/04", "STATUS_CSS_REGION_MISMATCH"],
    ["05/6f/05", "STATUS_CSS_RESETS_EXHAUSTED"],
    ["05/6f/06", "STATUS_COPY_PROTECTION_FAILURE"],
    ["02/04/00", "STATUS_DEVICE_NOT_READY"],
    ["02/04/01", "STATUS_DEVICE_NOT_READY"],
    ["02/04/03", "STATUS_NO_MEDIA_IN_DEVICE"],
    ["02/3a/00", "STATUS_NO_MEDIA_IN_DEVICE"],
    ["02/3a/02", "STATUS_NO_MEDIA_IN_DEVICE"],
    ["02/30/01", "STATUS_UNRECOGNIZED_MEDIA"],
    ["02/30/00", "STATUS_DEVICE_NOT_READY"],
    ["05/30/02", "STATUS_UNRECOGNIZED_MEDIA"],
    ["02/30/03", "STATUS_CLEANER_CARTRIDGE_INSTALLED"],
    ["03/57/00", "STATUS_UNRECOGNIZED_MEDIA"],
    ["03/11/00", "STATUS_DEVICE_DATA_ERROR"],
    ["03/02/00", "STATUS_DEVICE_DATA_ERROR"],
    ["04/08/03", "STATUS_IO_DEVICE_ERROR"],
    ["04/44/00", "STATUS_IO_DEVICE_ERROR"],
    ["04/3e/02", "STATUS_IO_DEVICE_ERROR"],
    ["05/20/00", "STATUS_INVALID_DEVICE_REQUEST"],
    ["05/21/00", "STATUS_NONEXISTENT_SECTOR"],
    ["05/24/00", "STATUS_INVALID_DEVICE_REQUEST"],
    ["05/25/00", "STATUS_NO_SUCH_DEVICE"],
    ["05/2c/00", "STATUS_INVALID_DEVICE_REQUEST"],
    ["05/55/00", "STATUS_INSUFFICIENT_RESOURCES"],
    ["06/28/00", "STATUS_IO_DEVICE_ERROR"],
    ["06/29/00", "STATUS_IO_DEVICE_ERROR"],
    ["07/27/00", "STATUS_MEDIA_WRITE_PROTECTED"],
    ["08/00/00", "STATUS_NO_DATA_DETECTED"],
    ["0b/00/00", "STATUS_IO_DEVICE_ERROR"],
    // No data has come, so that these are no successes here.
    ["01/18/00", "STATUS_IO_DEVICE_ERROR"],
    ["00/00/00", "STATUS_IO_DEVICE_ERROR"],
  ])("%s is %s", (codes, name) => {
    expect(nameOfSense(codes)).toBe(name);
  });

  it("names the region where a disc of another kind keeps it from being set", () => {
    expect(nameOfSense("05/30/02", sendRpcRegion(0xfe))).toBe("STATUS_CSS_REGION_MISMATCH");
    expect(nameOfSense("02/3a/00", sendRpcRegion(0xfe))).toBe("STATUS_NO_MEDIA_IN_DEVICE");
  });

  it("says that a block has another length", () => {
    const wrongLength = { ...sense("00/00/00"), incorrectLength: true };
    expect(nameOf(new SenseError(reportAgid(), wrongLength))).toBe("STATUS_INVALID_BLOCK_LENGTH");
  });
});

describe("the status of other failures", () => {
  it.each<[string, unknown, string | undefined]>([
    ["a drive that has gone", new UsbDisconnectedError("x"), "STATUS_DEVICE_NOT_CONNECTED"],
    ["a time-out", new UsbTimeoutError("x", 5), "STATUS_IO_TIMEOUT"],
    ["a broken transport", new TransportError("BABBLE", "x", "y"), "STATUS_IO_DEVICE_ERROR"],
    ["no sense data", new RequestSenseError(reportAgid()), "STATUS_IO_DEVICE_ERROR"],
    ["a malformed reply", new MalformedResponseError("x", 0, "y"), "STATUS_IO_DEVICE_ERROR"],
    [
      "no memory",
      new RangeError("Array buffer allocation failed"),
      "STATUS_INSUFFICIENT_RESOURCES",
    ],
    ["a fault of ours", new RangeError("5 does not fit a field of 0 to 3"), undefined],
    ["a fault of the program", new TypeError("x is not a function"), undefined],
  ])("%s", (_what, error, name) => {
    expect(nameOf(error)).toBe(name);
  });
});
