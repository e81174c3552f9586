import {
  CHALLENGE_BYTES,
  PROOF_BYTES,
  type DriveAuthenticator,
  type HostAuthenticator,
} from "./authenticator.js";
import { ascii, bytes } from "./bytes.js";

/** A drive's half and a host's half that know the same secret. */
export interface AuthenticatorPair {
  readonly drive: DriveAuthenticator;
  readonly host: HostAuthenticator;
}

const publicSecret = ascii("usb-dvd stand-in, not a secret");

/**
 * A stand-in for the secret halves of drive and host, so that the order and the bytes of an
 * authentication can be tried out. It is no cipher of any disc, and no real drive or player
 * understands it.
 *
 * A proof is the first 5 bytes of HMAC-SHA-256 over the party's name and the 10 bytes of the
 * challenge. The names differ, so that one's proof never serves as the other's. No bus key comes
 * of it and nothing is obfuscated: title and disc keys cross the wire as the disc was given them.
 *
 * Runs wherever `crypto.subtle` does: Node, and browsers in a secure context.
 */
export function standInAuthenticator(secret: Uint8Array = publicSecret): AuthenticatorPair {
  const proofOf = (party: "drive" | "host", challenge: Uint8Array) =>
    truncatedHmac(secret, bytes(ascii(`usb-dvd stand-in ${party}`), challenge));
  return {
    drive: {
      createChallenge,
      prove: (hostChallenge) => proofOf("drive", hostChallenge),
      verifyHost: async (driveChallenge, key2) =>
        areEqual(key2, await proofOf("host", driveChallenge)),
    },
    host: {
      createChallenge,
      verifyDrive: async (challenge, key1) => areEqual(key1, await proofOf("drive", challenge)),
      respond: (driveChallenge) => proofOf("host", driveChallenge),
    },
  };
}

const createChallenge = () =>
  Promise.resolve(crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)));

async function truncatedHmac(secret: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, bytes(message));
  return new Uint8Array(mac, 0, PROOF_BYTES);
}

const areEqual = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
