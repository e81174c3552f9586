import { describe, expect, it } from "vitest";

import { readDiscInformation } from "../../src/mmc/read-disc-information.js";
import { readTrackInformation } from "../../src/mmc/read-track-information.js";
import { hex } from "../bytes.js";

describe("READ DISC INFORMATION", () => {
  it("asks for the standard information", () => {
    expect(readDiscInformation().cdb).toEqual(hex("51 00 00 00 00 00 00 00 22 00"));
    expect(readDiscInformation(0x0210).cdb).toEqual(hex("51 00 00 00 00 00 00 02 10 00"));
  });

  it("reads a finished DVD-ROM", () => {
    const bytes = `00 20 0e 01 01 01 01 20 00 00 00 00
      00 00 00 00 00 00 00 00 ff ff ff ff 00 00 00 00 00 00 00 00 00 00`;
    expect(readDiscInformation().decode(hex(bytes))).toEqual({
      status: "complete",
      lastSessionState: "complete",
      erasable: false,
      firstTrack: 1,
      sessions: 1,
      firstTrackInLastSession: 1,
      lastTrackInLastSession: 1,
      unrestrictedUse: true,
      backgroundFormat: "none",
      dirty: false,
      discType: { code: 0, name: "CD-DA or CD-ROM" },
    });
  });

  it("reads what only some discs have", () => {
    const bytes = `00 20 15 02 03 04 05 d6 20 01 02 03
      12 34 56 78 00 00 00 00 00 00 00 00 01 02 03 04 05 06 07 08 42 00`;
    expect(readDiscInformation().decode(hex(bytes))).toEqual({
      status: "incomplete",
      lastSessionState: "incomplete",
      erasable: true,
      firstTrack: 2,
      sessions: 0x103,
      firstTrackInLastSession: 0x204,
      lastTrackInLastSession: 0x305,
      unrestrictedUse: false,
      backgroundFormat: "running",
      dirty: true,
      discType: { code: 0x20, name: "CD-ROM XA" },
      identification: 0x1234_5678,
      barCode: hex("01 02 03 04 05 06 07 08"),
      applicationCode: 0x42,
    });
  });

  it("leaves out what the drive says is valid but did not send", () => {
    const reply = readDiscInformation().decode(hex("00 20 0e 01 01 01 01 f0 ff 00 00 00 12 34 56"));
    expect(reply).not.toHaveProperty("identification");
    expect(reply).not.toHaveProperty("barCode");
    expect(reply).not.toHaveProperty("applicationCode");
  });

  it("refuses less than the first twelve bytes", () => {
    expect(() => readDiscInformation().decode(hex("00 20 0e 01 01 01 01 f0 ff 00 00"))).toThrow(
      "The drive sent malformed disc information: 12 bytes are needed, 11 came (at byte 11).",
    );
  });
});

describe("READ TRACK INFORMATION", () => {
  it("asks for a block's track, a track, or a session", () => {
    expect(readTrackInformation("lba", 0x0102_0304).cdb).toEqual(
      hex("52 00 01 02 03 04 00 00 30 00"),
    );
    expect(readTrackInformation("track", 1, 36).cdb).toEqual(hex("52 01 00 00 00 01 00 00 24 00"));
    expect(readTrackInformation("session", 2).cdb).toEqual(hex("52 02 00 00 00 02 00 00 30 00"));
  });

  const reply = hex(`00 22 02 01 00 34 f1 03
    00 00 10 00 00 00 20 00 00 00 30 00 00 00 00 10 00 00 40 00 00 00 1f ff
    01 02 00 00`);

  it("reads every field", () => {
    expect(readTrackInformation("track", 1).decode(reply)).toEqual({
      track: 0x102,
      session: 0x201,
      damaged: true,
      copy: true,
      trackMode: 4,
      reserved: true,
      blank: true,
      incremental: true,
      fixedPacket: true,
      dataMode: 1,
      start: 0x1000,
      nextWritable: 0x2000,
      freeBlocks: 0x3000,
      blockingFactor: 16,
      size: 0x4000,
      lastRecorded: 0x1fff,
    });
  });

  it("reads the short block of older drives", () => {
    const short = readTrackInformation("track", 1).decode(reply.subarray(0, 28));
    expect(short).toMatchObject({ track: 2, session: 1, nextWritable: 0x2000 });
    expect(short).not.toHaveProperty("lastRecorded");
  });

  it("leaves addresses out that are not valid", () => {
    const invalid = Uint8Array.from(reply);
    invalid[7] = 0;
    const track = readTrackInformation("track", 1).decode(invalid);
    expect(track).not.toHaveProperty("nextWritable");
    expect(track).not.toHaveProperty("lastRecorded");
  });
});
