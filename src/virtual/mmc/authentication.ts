import { CHALLENGE_BYTES, PROOF_BYTES } from "../authenticator.js";
import { bytes, readBe16, zeros } from "../bytes.js";
import type { DriveParts } from "../command.js";
import type { KeySession } from "../key-sessions.js";
import { data, done, refuse, type Reply } from "../reply.js";
import {
  authenticationFailure,
  commandSequenceError,
  invalidFieldInParameters,
  logicalUnitFailure,
  parameterListLengthError,
} from "../sense.js";
import { keyData } from "./key-data.js";

/*
 * The four steps that establish a session, in the only order there is (MMC-6, DVD CSS
 * authentication). A step out of order is refused and leaves the session where it was.
 */

/** SEND KEY 01h: the host asks the drive to prove itself. */
export function takeHostChallenge(drive: DriveParts, agid: number, parameters: Uint8Array): Reply {
  const refusal = checkKeyData(parameters, 16);
  if (refusal) return refusal;
  const session = drive.sessions.at(agid, "granted");
  if (!session) return refuse(commandSequenceError);
  const hostChallenge = parameters.slice(4, 4 + CHALLENGE_BYTES);
  drive.sessions.advance(agid, session, { step: "hostChallenged", hostChallenge });
  return done;
}

/** REPORT KEY 02h: KEY1, the drive's proof. */
export function reportDriveProof(
  drive: DriveParts,
  agid: number,
  allocationLength: number,
): Reply | Promise<Reply> {
  const { authenticator, sessions } = drive;
  const session = sessions.at(agid, "hostChallenged");
  if (!session) return refuse(commandSequenceError);
  const prove = async () =>
    checkedLength(await authenticator.prove(session.hostChallenge), PROOF_BYTES);
  return withSecret(drive, "KEY1", prove, (key1) =>
    sessions.advance(agid, session, { step: "driveProved" })
      ? data(keyData(bytes(key1, zeros(3))), allocationLength)
      : refuse(commandSequenceError),
  );
}

/** REPORT KEY 01h: the drive asks the host to prove itself. */
export function reportDriveChallenge(
  drive: DriveParts,
  agid: number,
  allocationLength: number,
): Reply | Promise<Reply> {
  const { authenticator, sessions } = drive;
  const session = sessions.at(agid, "driveProved");
  if (!session) return refuse(commandSequenceError);
  const challenge = async () =>
    checkedLength(await authenticator.createChallenge(), CHALLENGE_BYTES);
  return withSecret(drive, "challenge", challenge, (driveChallenge) =>
    sessions.advance(agid, session, { step: "driveChallenged", driveChallenge })
      ? data(keyData(bytes(driveChallenge, zeros(2))), allocationLength)
      : refuse(commandSequenceError),
  );
}

/** SEND KEY 03h: KEY2, the host's proof. A wrong one sends the session back to its beginning. */
export function takeHostProof(
  drive: DriveParts,
  agid: number,
  parameters: Uint8Array,
): Reply | Promise<Reply> {
  const { authenticator, sessions } = drive;
  const refusal = checkKeyData(parameters, 12);
  if (refusal) return refusal;
  const session = sessions.at(agid, "driveChallenged");
  if (!session) return refuse(commandSequenceError);
  const key2 = parameters.slice(4, 4 + PROOF_BYTES);
  const verify = () => authenticator.verifyHost(session.driveChallenge, key2);
  return withSecret(drive, "verdict on KEY2", verify, (isRight) => {
    const next: KeySession = { step: isRight ? "established" : "granted" };
    if (!sessions.advance(agid, session, next)) return refuse(commandSequenceError);
    return isRight ? done : refuse(authenticationFailure);
  });
}

/** Key data announces its length twice: in the CDB, and in its own first two bytes. */
export function checkKeyData(parameters: Uint8Array, length: number): Reply | undefined {
  if (parameters.length !== length) return refuse(parameterListLengthError);
  return readBe16(parameters, 0) === length - 2 ? undefined : refuse(invalidFieldInParameters(0));
}

/** Goes on with what the secret half computes; where that fails, the drive keeps the cause. */
async function withSecret<T>(
  drive: DriveParts,
  what: string,
  compute: () => Promise<T>,
  goOn: (value: T) => Reply,
): Promise<Reply> {
  let value: T;
  try {
    value = await compute();
  } catch (cause) {
    drive.noteFailure(new Error(`The drive's authenticator gave no ${what}.`, { cause }));
    return refuse(logicalUnitFailure);
  }
  return goOn(value);
}

function checkedLength(value: Uint8Array, length: number): Uint8Array {
  if (value.length === length) return value;
  throw new RangeError(`${length} bytes were wanted and ${value.length} came.`);
}
