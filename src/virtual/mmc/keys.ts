import { byteAt, bytes, readBe16, readBe32 } from "../bytes.js";
import type { Command, DriveParts } from "../command.js";
import type { Disc } from "../disc.js";
import type { RegionState } from "../region.js";
import { data, done, refuse, type Reply } from "../reply.js";
import { incompatibleMedium, invalidFieldInCdb, logicalUnitFailure, noAgidFree } from "../sense.js";
import {
  checkKeyData,
  reportDriveChallenge,
  reportDriveProof,
  takeHostChallenge,
  takeHostProof,
} from "./authentication.js";
import { reportTitleKey } from "./content-keys.js";
import { keyData } from "./key-data.js";

/** Key class 0: DVD CSS, CPPM and CPRM (MMC-6). */
const CSS_KEY_CLASS = 0x00;

/** Key formats of REPORT KEY and SEND KEY (MMC-6). */
const AGID = 0x00;
const CHALLENGE_KEY = 0x01;
const KEY_1 = 0x02;
const KEY_2 = 0x03;
const TITLE_KEY = 0x04;
const ASF = 0x05;
const RPC_SET = 0x06;
const RPC_STATE = 0x08;
const INVALIDATE_AGID = 0x3f;

const typeCode: Record<RegionState["type"], number> = {
  none: 0,
  set: 1,
  lastChance: 2,
  permanent: 3,
};

/** REPORT KEY (MMC-6). */
export const reportKey: Command = {
  name: "REPORT KEY",
  opcode: 0xa4,
  cdbLength: 12,
  run(drive, cdb) {
    const { agid, format } = keyFields(cdb);
    const allocationLength = readBe16(cdb, 8);
    if (byteAt(cdb, 7) !== CSS_KEY_CLASS) return refuse(invalidFieldInCdb(7));
    switch (format) {
      case AGID:
        return withDvd(drive, () => grantAgid(drive, allocationLength));
      case CHALLENGE_KEY:
        return withDvd(drive, () => reportDriveChallenge(drive, agid, allocationLength));
      case KEY_1:
        return withDvd(drive, () => reportDriveProof(drive, agid, allocationLength));
      case TITLE_KEY:
        return withDvd(drive, (disc) =>
          reportTitleKey(drive, disc, agid, readBe32(cdb, 2), allocationLength),
        );
      case ASF:
        return withDvd(drive, () => data(asf(drive), allocationLength));
      case RPC_STATE:
        return data(rpcState(drive.region.report()), allocationLength);
      case INVALIDATE_AGID:
        drive.sessions.invalidate(agid);
        return done;
      default:
        return refuse(invalidFieldInCdb(10, 5));
    }
  },
};

/** SEND KEY (MMC-6). */
export const sendKey: Command = {
  name: "SEND KEY",
  opcode: 0xa3,
  cdbLength: 12,
  parameterLength: (cdb) => readBe16(cdb, 8),
  run(drive, cdb, parameters) {
    const { agid, format } = keyFields(cdb);
    if (byteAt(cdb, 7) !== CSS_KEY_CLASS) return refuse(invalidFieldInCdb(7));
    switch (format) {
      case CHALLENGE_KEY:
        return withDvd(drive, () => takeHostChallenge(drive, agid, parameters));
      case KEY_2:
        return withDvd(drive, () => takeHostProof(drive, agid, parameters));
      case RPC_SET:
        return setRegion(drive, parameters);
      case INVALIDATE_AGID:
        drive.sessions.invalidate(agid);
        return done;
      default:
        return refuse(invalidFieldInCdb(10, 5));
    }
  },
};

const keyFields = (cdb: Uint8Array) => ({
  agid: byteAt(cdb, 10) >> 6,
  format: byteAt(cdb, 10) & 0x3f,
});

/** The formats that concern a disc want a DVD; which one, and whether protected, comes later. */
function withDvd(
  { tray }: DriveParts,
  run: (disc: Disc) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  if (!tray.medium) return refuse(tray.notReady);
  return tray.medium.media === "cd-rom" ? refuse(incompatibleMedium) : run(tray.medium);
}

function grantAgid({ sessions }: DriveParts, allocationLength: number): Reply {
  const agid = sessions.grant();
  if (agid === undefined) return refuse(noAgidFree);
  return data(keyData(bytes(0, 0, 0, agid << 6)), allocationLength);
}

/** The Authentication Success Flag of the drive, whichever AGID is named (MMC-6). */
const asf = ({ sessions }: DriveParts) =>
  keyData(bytes(0, 0, 0, sessions.authenticated ? 0x01 : 0x00));

function rpcState({ scheme, type, vendorResets, userChanges, mask }: RegionState): Uint8Array {
  const counters = (typeCode[type] << 6) | ((vendorResets & 0x07) << 3) | (userChanges & 0x07);
  return keyData(bytes(counters, mask, scheme === "rpc2" ? 0x01 : 0x00, 0));
}

function setRegion(drive: DriveParts, parameters: Uint8Array): Reply {
  const { region, tray } = drive;
  const malformed = checkKeyData(parameters, 8);
  if (malformed) return malformed;
  if (region.state.scheme === "rpc1") return refuse(invalidFieldInCdb(10, 5));
  try {
    const refusal = region.set(byteAt(parameters, 4), tray.medium);
    if (refusal) return refuse(refusal);
  } catch (cause) {
    drive.noteFailure(new Error("The new region state could not be kept.", { cause }));
    return refuse(logicalUnitFailure);
  }
  drive.regionWasSet();
  return done;
}
