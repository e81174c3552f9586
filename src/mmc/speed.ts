import { bits, flag, layout } from "../layout.js";
import { commandOut, commandWithoutData, type Command } from "../scsi/command.js";
import { mediumAccessTimeoutMs } from "../scsi/deadlines.js";

/** MMC-6, SET CD SPEED command. */
const setCdSpeedCdb = layout(12, {
  operationCode: bits(0, 0xff),
  rotationalControl: bits(1, 0x03),
  readSpeed: bits(2, 0xffff),
  writeSpeed: bits(4, 0xffff),
});

/** MMC-6, SET STREAMING command. */
const setStreamingCdb = layout(12, {
  operationCode: bits(0, 0xff),
  type: bits(8, 0xff),
  parameterListLength: bits(9, 0xffff),
});

/** Type 00h, performance descriptor. */
const streamingPerformanceDescriptor = layout(28, {
  rotationControl: bits(0, 0x18),
  restoreDefaults: flag(0, 0x04),
  exact: flag(0, 0x02),
  randomAccess: flag(0, 0x01),
  startLba: bits(4, 0xffff_ffff),
  endLba: bits(8, 0xffff_ffff),
  readKilobytes: bits(12, 0xffff_ffff),
  readTimeMs: bits(16, 0xffff_ffff),
  writeKilobytes: bits(20, 0xffff_ffff),
  writeTimeMs: bits(24, 0xffff_ffff),
});

/** The speed that stands for the fastest there is. */
export const maximumCdSpeed = 0xffff;

/** What a drive is asked to keep up; what is not given is zero. Kilobytes are of 1000 bytes. */
export type StreamingPerformance = Readonly<
  Partial<ReturnType<typeof streamingPerformanceDescriptor.unpack>>
>;

/** Sets the speed of a CD, and of a DVD in most drives, in kilobytes (of 1000 bytes) a second. */
export function setCdSpeed(
  readSpeed: number,
  writeSpeed = maximumCdSpeed,
  rotation: "default" | "constantAngular" = "default",
): Command {
  const cdb = setCdSpeedCdb.pack({
    operationCode: 0xbb,
    rotationalControl: rotation === "constantAngular" ? 1 : 0,
    readSpeed,
    writeSpeed,
  });
  return commandWithoutData("SET CD SPEED", cdb, { timeoutMs: mediumAccessTimeoutMs });
}

/** Sets the speeds of a stretch of the medium, as so many kilobytes in so many milliseconds. */
export function setStreaming(performance: StreamingPerformance): Command {
  const data = streamingPerformanceDescriptor.pack(performance);
  const cdb = setStreamingCdb.pack({ operationCode: 0xb6, parameterListLength: data.length });
  return commandOut("SET STREAMING", cdb, data, { timeoutMs: mediumAccessTimeoutMs });
}
