import { describe, expect, it } from "vitest";

import { getEventStatusNotification } from "../../src/mmc/get-event-status-notification.js";
import { hex } from "../bytes.js";

function decode(bytes: string) {
  return getEventStatusNotification(["media"]).decode(hex(bytes));
}

describe("GET EVENT STATUS NOTIFICATION", () => {
  it("polls the classes that it is asked for", () => {
    const command = getEventStatusNotification(["media"]);
    expect(command.cdb).toEqual(hex("4a 01 00 00 10 00 00 00 08 00"));
    expect(command).toMatchObject({ transferLength: 8, whenNotReady: "report" });
    const all = getEventStatusNotification(
      ["operationalChange", "powerManagement", "externalRequest", "media", "deviceBusy"],
      0x0102,
    );
    expect(all.cdb).toEqual(hex("4a 01 00 00 5e 00 00 01 02 00"));
  });

  it("reads that there is no event", () => {
    expect(decode("00 02 80 5e")).toEqual({
      supportedClasses: [
        "operationalChange",
        "powerManagement",
        "externalRequest",
        "media",
        "deviceBusy",
      ],
    });
    expect(decode("00 02 00 20")).toEqual({ supportedClasses: ["multipleHosts"] });
  });

  it.each([
    [
      "00 06 04 10 01 03 00 02",
      {
        class: "media",
        event: { code: 1, name: "ejectRequest" },
        mediaPresent: true,
        trayOpen: true,
        startSlot: 0,
        endSlot: 2,
      },
    ],
    [
      "00 06 01 02 02 81 00 01",
      {
        class: "operationalChange",
        event: { code: 2, name: "changed" },
        persistentPrevented: true,
        status: { code: 1, name: "temporarilyBusy" },
        change: { code: 1, name: "featureChange" },
      },
    ],
    [
      "00 06 03 08 01 01 01 06",
      {
        class: "externalRequest",
        event: { code: 1, name: "driveKeyDown" },
        persistentPrevented: false,
        status: { code: 1, name: "otherPrevent" },
        request: { code: 0x106, name: "stop" },
      },
    ],
    [
      "00 06 02 04 01 03 00 00",
      {
        class: "powerManagement",
        event: { code: 1, name: "changeSucceeded" },
        status: { code: 3, name: "standby" },
      },
    ],
    [
      "00 06 06 40 01 02 00 0f",
      {
        class: "deviceBusy",
        event: { code: 1, name: "busy" },
        status: { code: 2, name: "immediate" },
        timeMs: 1500,
      },
    ],
    ["00 06 05 20 01 02 03 04", { class: "other", code: 5, data: hex("01 02 03 04") }],
  ])("reads the event in %s", (bytes, event) => {
    expect(decode(bytes).event).toEqual(event);
  });

  it("reads the event of a drive that counts its descriptor alone, as QEMU's does", () => {
    expect(decode("00 04 04 10 02 02 00 00").event).toMatchObject({
      event: { name: "newMedia" },
      mediaPresent: true,
    });
    expect(decode("00 03 04 10 02 02 00 00")).toEqual({ supportedClasses: ["media"] });
  });

  it("keeps a code that it does not know", () => {
    expect(decode("00 06 04 10 0e 00 00 00").event).toMatchObject({
      event: { code: 14, name: "reserved" },
    });
  });

  it("refuses an event that is cut short", () => {
    expect(() => decode("00 06 04 10 02 02 00")).toThrow(
      "The drive sent malformed media event: 4 bytes are needed, 3 came (at byte 3).",
    );
  });
});
