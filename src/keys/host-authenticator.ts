/**
 * The secret half of the host's authentication, which the caller supplies: this package has none.
 * All bytes are in the order of the wire. What a method throws ends the session and reaches the
 * caller of `KeySession.authenticate`.
 */
export interface HostAuthenticator {
  /** Ten bytes that were never used before. */
  createChallenge(): Promise<Uint8Array>;
  /** Whether `key1`, five bytes, is the right drive's answer to the host's `challenge`. */
  verifyDrive(challenge: Uint8Array, key1: Uint8Array): Promise<boolean>;
  /** KEY2, five bytes: the answer to the drive's challenge of ten bytes. */
  respond(driveChallenge: Uint8Array): Promise<Uint8Array>;
}
