/** Bytes of a challenge, and of the proof that answers it (MMC-6: KEY1, KEY2). */
export const CHALLENGE_BYTES = 10;
export const PROOF_BYTES = 5;

/** The secret half of the drive: what it needs to prove itself and to check a host. */
export interface DriveAuthenticator {
  /** 10 bytes that no host can foresee. */
  createChallenge(): Promise<Uint8Array>;
  /** KEY1, 5 bytes: the drive's proof over the host's challenge. */
  prove(hostChallenge: Uint8Array): Promise<Uint8Array>;
  /** Whether KEY2 is the host's proof over the drive's challenge. */
  verifyHost(driveChallenge: Uint8Array, key2: Uint8Array): Promise<boolean>;
}

/** The secret half of the host, in the shape that the key engine takes one. */
export interface HostAuthenticator {
  /** 10 bytes that no drive can foresee. */
  createChallenge(): Promise<Uint8Array>;
  /** Whether KEY1 is the drive's proof over the host's challenge. */
  verifyDrive(challenge: Uint8Array, key1: Uint8Array): Promise<boolean>;
  /** KEY2, 5 bytes: the host's proof over the drive's challenge. */
  respond(driveChallenge: Uint8Array): Promise<Uint8Array>;
}
