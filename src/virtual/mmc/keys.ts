import { be16, byteAt, bytes, readBe16 } from "../bytes.js";
import type { Command, DriveParts } from "../command.js";
import type { RegionState } from "../region.js";
import { data, done, refuse, type Reply } from "../reply.js";
import {
  commandSequenceError,
  incompatibleMedium,
  invalidFieldInCdb,
  noAgidFree,
  parameterListLengthError,
} from "../sense.js";

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
        return grantAgid(drive, allocationLength);
      case CHALLENGE_KEY:
      case KEY_1:
      case TITLE_KEY:
        return unauthenticated;
      case ASF:
        return needsDvd(drive) ?? data(withHeader(0, 0, 0, 0x00), allocationLength);
      case RPC_STATE:
        return data(rpcState(drive.region.state), allocationLength);
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
      case KEY_2:
        return unauthenticated;
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

/** The formats of the authentication sequence, until a session here can go through it. */
const unauthenticated = refuse(commandSequenceError);

const keyFields = (cdb: Uint8Array) => ({
  agid: byteAt(cdb, 10) >> 6,
  format: byteAt(cdb, 10) & 0x3f,
});

/** Six bytes follow the length, the first two of them reserved. */
const withHeader = (...content: readonly [number, number, number, number]) =>
  bytes(be16(6), [0, 0], content);

function needsDvd({ tray }: DriveParts): Reply | undefined {
  if (!tray.medium) return refuse(tray.notReady);
  return tray.medium.media === "cd-rom" ? refuse(incompatibleMedium) : undefined;
}

function grantAgid(drive: DriveParts, allocationLength: number): Reply {
  const noDvd = needsDvd(drive);
  if (noDvd) return noDvd;
  const agid = drive.sessions.grant();
  return agid === undefined
    ? refuse(noAgidFree)
    : data(withHeader(0, 0, 0, agid << 6), allocationLength);
}

function rpcState({ scheme, type, vendorResets, userChanges, mask }: RegionState): Uint8Array {
  const counters = (typeCode[type] << 6) | ((vendorResets & 0x07) << 3) | (userChanges & 0x07);
  return withHeader(counters, mask, scheme === "rpc2" ? 0x01 : 0x00, 0);
}

function setRegion({ region, tray }: DriveParts, parameters: Uint8Array): Reply {
  if (parameters.length !== 8) return refuse(parameterListLengthError);
  if (region.state.scheme === "rpc1") return refuse(invalidFieldInCdb(10, 5));
  const refusal = region.set(byteAt(parameters, 4), tray.medium);
  return refusal ? refuse(refusal) : done;
}
