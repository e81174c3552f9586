import { describe, expect, it } from "vitest";

import {
  readRawToc,
  readSessionInfo,
  readSessionInfoMsf,
  readToc,
  readTocMsf,
} from "../../src/mmc/read-toc.js";
import { hex } from "../bytes.js";

describe("READ TOC/PMA/ATIP, format 0", () => {
  it("asks from a track on, for addresses or for times", () => {
    expect(readToc().cdb).toEqual(hex("43 00 00 00 00 00 00 03 24 00"));
    expect(readTocMsf(0xaa, 12).cdb).toEqual(hex("43 02 00 00 00 00 aa 00 0c 00"));
  });

  it("reads the tracks and the lead-out", () => {
    const toc = readToc().decode(
      hex("00 12 01 01  00 14 01 00 00 00 00 00  00 16 aa 00 00 22 f1 00"),
    );
    expect(toc).toEqual({
      firstTrack: 1,
      lastTrack: 1,
      tracks: [
        { track: 1, adr: 1, control: 4, start: 0 },
        { track: 0xaa, adr: 1, control: 6, start: 0x22f100 },
      ],
    });
  });

  it("reads times, and addresses before the first block", () => {
    expect(readTocMsf().decode(hex("00 0a 02 05 00 10 02 00 00 4f 3b 4a")).tracks).toEqual([
      { track: 2, adr: 1, control: 0, start: { minute: 79, second: 59, frame: 74 } },
    ]);
    expect(readToc().decode(hex("00 0a 01 01 00 10 01 00 ff ff ff 6a")).tracks[0]?.start).toBe(
      -150,
    );
  });

  it("reads the whole tracks of a list that was cut", () => {
    const cut = hex("00 12 01 02  00 14 01 00 00 00 00 00  00 14 02 00");
    expect(readToc().decode(cut).tracks).toHaveLength(1);
  });
});

describe("format 1", () => {
  it("reads where the last session starts", () => {
    expect(readSessionInfo().cdb).toEqual(hex("43 00 01 00 00 00 00 00 0c 00"));
    expect(readSessionInfo().decode(hex("00 0a 01 02 00 14 03 00 00 00 2c 00"))).toEqual({
      firstSession: 1,
      lastSession: 2,
      firstTrackOfLastSession: { track: 3, adr: 1, control: 4, start: 0x2c00 },
    });
  });

  it("reads its time", () => {
    expect(readSessionInfoMsf().cdb).toEqual(hex("43 02 01 00 00 00 00 00 0c 00"));
    expect(readSessionInfoMsf().decode(hex("00 0a 01 01 00 14 01 00 00 00 02 00"))).toMatchObject({
      firstTrackOfLastSession: { start: { minute: 0, second: 2, frame: 0 } },
    });
    expect(readSessionInfo().decode(hex("00 02 01 01"))).toEqual({
      firstSession: 1,
      lastSession: 1,
    });
  });
});

describe("format 2", () => {
  it("reads the entries of the lead-in", () => {
    expect(readRawToc(2).cdb).toEqual(hex("43 02 02 00 00 00 02 10 00 00"));
    expect(readRawToc().decode(hex("00 0d 01 01 01 14 00 a2 01 02 03 00 3b 21 0a"))).toEqual({
      firstSession: 1,
      lastSession: 1,
      entries: [
        {
          session: 1,
          adr: 1,
          control: 4,
          tno: 0,
          point: 0xa2,
          time: { minute: 1, second: 2, frame: 3 },
          pointTime: { minute: 59, second: 33, frame: 10 },
        },
      ],
    });
  });
});
