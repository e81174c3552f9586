import { be16, byteAt, bytes, readBe16, zeros } from "../bytes.js";
import type { Command, DriveParts } from "../command.js";
import { data, refuse } from "../reply.js";
import { invalidFieldInCdb, invalidOperationCode, savingNotSupported } from "../sense.js";

const ALL_PAGES = 0x3f;

/** MODE SENSE (10) (MMC-6; SPC-4): pages without block descriptors, none changeable. */
export const modeSense10: Command = {
  name: "MODE SENSE (10)",
  opcode: 0x5a,
  cdbLength: 10,
  run(drive, cdb) {
    const pageControl = byteAt(cdb, 2) >> 6;
    const pageCode = byteAt(cdb, 2) & 0x3f;
    const subpageCode = byteAt(cdb, 3);
    if (pageControl === 3) return refuse(savingNotSupported);
    if (subpageCode !== 0) return refuse(invalidFieldInCdb(3));
    const pages = modePages(drive).filter(
      ({ code }) => pageCode === ALL_PAGES || pageCode === code,
    );
    if (pages.length === 0) return refuse(invalidFieldInCdb(2, 5));
    const changeable = pageControl === 1;
    const body = bytes(
      ...pages.flatMap(({ code, content }) => [
        [code, content.length],
        changeable ? zeros(content.length) : content,
      ]),
    );
    return data(bytes(be16(8 - 2 + body.length), zeros(6), body), readBe16(cdb, 7));
  },
};

/** MODE SELECT (10): nothing can be changed, so the command is not there. */
export const modeSelect10: Command = {
  name: "MODE SELECT (10)",
  opcode: 0x55,
  cdbLength: 10,
  run: () => refuse(invalidOperationCode),
};

interface ModePage {
  readonly code: number;
  /** What follows the page's length byte. */
  readonly content: Uint8Array;
}

/** In ascending order, as page code 3Fh returns them (SPC-4). */
const modePages = (drive: DriveParts): readonly ModePage[] => [
  { code: 0x01, content: zeros(0x0a) }, // read error recovery: the drive's own retries
  { code: 0x1a, content: zeros(0x0a) }, // power condition: no timers
  { code: 0x1d, content: zeros(0x08) }, // time-out and protect: none
  { code: 0x2a, content: capabilities(drive) },
];

/** MM Capabilities and Mechanical Status (MMC-3, and as a legacy page MMC-6). */
function capabilities({ tray, readSpeed }: DriveParts): Uint8Array {
  const readsCdRAndRwDvdRomDvdR = 0x1f;
  const multiSession = 0x40;
  const trayLoader = 0x20;
  const ejectsAndLocks = 0x09;
  const lockState = tray.prevented ? 0x02 : 0x00;
  const bufferKiB = 512;
  const cssAndCppm = 0x0001;
  return bytes(
    [readsCdRAndRwDvdRomDvdR, 0x00, multiSession, 0x00],
    [trayLoader | ejectsAndLocks | lockState, 0x00],
    be16(readSpeed.fastest),
    be16(0), // volume levels
    be16(bufferKiB),
    be16(readSpeed.current),
    [0, 0],
    be16(0), // fastest write speed
    be16(0), // current write speed
    be16(cssAndCppm),
    [0, 0, 0, 0x00], // rotation control: CLV
    be16(0), // write speed selected
    be16(0), // write speed descriptors
  );
}
