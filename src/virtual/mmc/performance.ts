import { be16, be24, be32, byteAt, bytes, nothing, readBe16, readBe32, zeros } from "../bytes.js";
import type { Command } from "../command.js";
import { data, done, refuse } from "../reply.js";
import { invalidFieldInCdb, invalidFieldInParameters, parameterListLengthError } from "../sense.js";

/** Length of the performance descriptor that SET STREAMING sends (MMC-6). */
const PERFORMANCE_DESCRIPTOR_BYTES = 28;

/** MECHANISM STATUS (MMC-6) of a drive that is no changer. */
export const mechanismStatus: Command = {
  name: "MECHANISM STATUS",
  opcode: 0xbd,
  cdbLength: 12,
  run({ tray }, cdb) {
    const doorOpen = tray.isOpen ? 0x10 : 0x00;
    const slots = 1;
    const status = bytes(0, doorOpen, be24(0), slots, be16(0));
    return data(status, readBe16(cdb, 8));
  },
};

/** GET PERFORMANCE (MMC-6): nominal read performance; a drive that cannot write has no more. */
export const getPerformance: Command = {
  name: "GET PERFORMANCE",
  opcode: 0xac,
  cdbLength: 12,
  needsMedium: true,
  run({ tray, readSpeed }, cdb) {
    const except = byteAt(cdb, 1) & 0x03;
    const write = (byteAt(cdb, 1) & 0x04) !== 0;
    const startLba = readBe32(cdb, 2);
    const maxDescriptors = readBe16(cdb, 8);
    const type = byteAt(cdb, 10);
    if (type !== 0x00) return refuse(invalidFieldInCdb(10));
    if (write) return refuse(invalidFieldInCdb(1, 2));
    if (except === 3) return refuse(invalidFieldInCdb(1, 1));
    const lastLba = Math.max(0, (tray.medium?.blocks ?? 0) - 1);
    // The speed is the same all over the disc, and there are no exceptions to it.
    const hasDescriptor = except === 0 && startLba <= lastLba && maxDescriptors > 0;
    const speed = be32(readSpeed.current);
    const descriptors = hasDescriptor
      ? bytes(be32(startLba), speed, be32(lastLba), speed)
      : nothing;
    const exceptions = except === 0 ? 0x00 : 0x01;
    return data(bytes(be32(4 + descriptors.length), exceptions, zeros(3), descriptors));
  },
};

/** SET CD SPEED (MMC-6): kB/s, FFFFh for the fastest. The write speed goes unheeded. */
export const setCdSpeed: Command = {
  name: "SET CD SPEED",
  opcode: 0xbb,
  cdbLength: 12,
  run({ readSpeed }, cdb) {
    readSpeed.limitTo(readBe16(cdb, 2));
    return done;
  },
};

/** SET STREAMING (MMC-6), type 00h: so many kB in so many ms, or the drive's default. */
export const setStreaming: Command = {
  name: "SET STREAMING",
  opcode: 0xb6,
  cdbLength: 12,
  parameterLength: (cdb) => readBe16(cdb, 9),
  run({ readSpeed }, cdb, parameters) {
    if (byteAt(cdb, 8) !== 0x00) return refuse(invalidFieldInCdb(8));
    if (parameters.length !== PERFORMANCE_DESCRIPTOR_BYTES) {
      return refuse(parameterListLengthError);
    }
    const restoreDefaults = (byteAt(parameters, 0) & 0x04) !== 0;
    const readKilobytes = readBe32(parameters, 12);
    const readMilliseconds = readBe32(parameters, 16);
    if (!restoreDefaults && readMilliseconds === 0) return refuse(invalidFieldInParameters(16));
    readSpeed.limitTo(
      restoreDefaults ? readSpeed.fastest : (readKilobytes * 1000) / readMilliseconds,
    );
    return done;
  },
};
