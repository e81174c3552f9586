import type { Command } from "../command.js";
import { readDiscInformation, readTrackInformation } from "./disc-information.js";
import { readDiscStructure } from "./disc-structure.js";
import { getEventStatusNotification } from "./events.js";
import { getConfiguration } from "./features.js";
import { inquiry } from "./inquiry.js";
import { reportKey, sendKey } from "./keys.js";
import { modeSelect10, modeSense10 } from "./mode.js";
import { getPerformance, mechanismStatus, setCdSpeed, setStreaming } from "./performance.js";
import { requestSense, testUnitReady } from "./primary.js";
import { read10, read12, readCapacity, synchronizeCache } from "./reading.js";
import { readToc } from "./toc.js";
import { preventAllowMediumRemoval, startStopUnit } from "./tray.js";

/** All that the drive understands. */
export const commands: readonly Command[] = [
  testUnitReady,
  requestSense,
  inquiry,
  startStopUnit,
  preventAllowMediumRemoval,
  readCapacity,
  read10,
  synchronizeCache,
  readToc,
  getConfiguration,
  getEventStatusNotification,
  readDiscInformation,
  readTrackInformation,
  modeSelect10,
  modeSense10,
  sendKey,
  reportKey,
  read12,
  getPerformance,
  readDiscStructure,
  setStreaming,
  setCdSpeed,
  mechanismStatus,
];
