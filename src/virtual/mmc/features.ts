import { ascii, be16, be32, byteAt, bytes, nothing, readBe16, type Part } from "../bytes.js";
import type { Command, DriveParts } from "../command.js";
import { BLOCK_BYTES, type Disc, type DiscMedia } from "../disc.js";
import { data, refuse } from "../reply.js";
import { invalidFieldInCdb } from "../sense.js";

const profileOf: Record<DiscMedia, number> = {
  "cd-rom": 0x0008,
  "dvd-rom": 0x0010,
  "dvd-r": 0x0011,
  "dvd+r": 0x001b,
};

/** GET CONFIGURATION (MMC-6): features from a number on, all, current ones, or a single one. */
export const getConfiguration: Command = {
  name: "GET CONFIGURATION",
  opcode: 0x46,
  cdbLength: 10,
  passesUnitAttention: true,
  run(drive, cdb) {
    const requestType = byteAt(cdb, 1) & 0x03;
    const startingFeature = readBe16(cdb, 2);
    if (requestType === 3) return refuse(invalidFieldInCdb(1, 1));
    const features = featuresOf(drive).filter(({ code, current }) => {
      if (requestType === 2) return code === startingFeature;
      return code >= startingFeature && (current || requestType === 0);
    });
    const { medium } = drive.tray;
    const descriptors = bytes(...features.map(featureDescriptor));
    return data(
      bytes(
        be32(descriptors.length + 4),
        [0, 0],
        be16(medium ? profileOf[medium.media] : 0),
        descriptors,
      ),
      readBe16(cdb, 7),
    );
  },
};

interface Feature {
  readonly code: number;
  readonly version: number;
  /** Current whatever the medium. */
  readonly persistent?: boolean;
  readonly current: boolean;
  /** A multiple of four bytes. */
  readonly content: Uint8Array;
}

/** A feature descriptor, with its header of four bytes (MMC-6). */
function featureDescriptor({ code, version, persistent, current, content }: Feature): Uint8Array {
  const flags = (version << 2) | (persistent ? 0x02 : 0x00) | (current ? 0x01 : 0x00);
  return bytes(be16(code), flags, content.length, content);
}

/** In ascending order, as the command returns them. */
function featuresOf({ tray, identity }: DriveParts): readonly Feature[] {
  const disc = tray.medium;
  const isCd = disc?.media === "cd-rom";
  const isDvd = disc !== undefined && !isCd;
  const isRecorded = disc !== undefined && disc.blocks > 0;
  const isProtected = disc !== undefined && disc.copyright.protection !== "none";
  const always = (code: number, version: number, ...content: readonly Part[]): Feature => ({
    code,
    version,
    persistent: true,
    current: true,
    content: bytes(...content),
  });
  const when = (
    current: boolean,
    code: number,
    version: number,
    ...content: readonly Part[]
  ): Feature => ({ code, version, current, content: bytes(...content) });

  const usb = be32(0x00000008);
  const deviceBusyEvents = 0x01;
  const operationalChangeEvents = 0x02;
  const trayLoadEjectNoJumperLock = 0x3d;
  const eccBlock = isCd ? 1 : 16;
  const multi110 = 0x01;
  const dualR = 0x01;
  const setCdSpeed = 0x08;
  return [
    always(0x0000, 0, profileList(disc)),
    always(0x0001, 2, usb, [deviceBusyEvents, 0, 0, 0]),
    always(0x0002, 1, [operationalChangeEvents, 0, 0, 0]),
    always(0x0003, 2, [trayLoadEjectNoJumperLock, 0, 0, 0]),
    when(isRecorded, 0x0010, 0, be32(BLOCK_BYTES), be16(eccBlock), [0x01, 0]),
    when(isCd, 0x001d, 0, nothing),
    when(isCd, 0x001e, 2, [0, 0, 0, 0]),
    when(isDvd, 0x001f, 1, [multi110, 0, dualR, 0]),
    always(0x0100, 0, nothing),
    always(0x0105, 1, [0, 0, 0, 0]),
    when(isProtected, 0x0106, 0, [0, 0, 0, 0x01]),
    when(isRecorded, 0x0107, 4, [setCdSpeed, 0, 0, 0]),
    always(0x0108, 0, serialNumber(identity.serial)),
  ];
}

/** Profiles in descending order of preference (MMC-6). */
function profileList(disc: Disc | undefined): Uint8Array {
  const media: readonly DiscMedia[] = ["dvd+r", "dvd-r", "dvd-rom", "cd-rom"];
  return bytes(
    ...media.flatMap((each) => [be16(profileOf[each]), disc?.media === each ? 0x01 : 0x00, 0]),
  );
}

const serialNumber = (serial: string) => ascii(serial, Math.ceil(serial.length / 4) * 4);
