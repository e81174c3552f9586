const AGIDS = 4;

/**
 * How far a session has come, each step with what the next one needs (MMC-6, DVD CSS
 * authentication). The host asks first and the drive proves itself; then the other way round.
 */
export type KeySession =
  | { readonly step: "granted" }
  | { readonly step: "hostChallenged"; readonly hostChallenge: Uint8Array }
  | { readonly step: "driveProved" }
  | { readonly step: "driveChallenged"; readonly driveChallenge: Uint8Array }
  | { readonly step: "established" };

/** The authentication grants a drive has to give: AGIDs 0 to 3 (MMC-6). */
export class KeySessions {
  readonly #sessions: (KeySession | undefined)[] = [];
  #authenticated = false;

  /** The Authentication Success Flag: some session was established on this disc (ASF, MMC-6). */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** The lowest free AGID, now taken; nothing when all four are. */
  grant(): number | undefined {
    for (let agid = 0; agid < AGIDS; agid++) {
      if (this.#sessions[agid]) continue;
      this.#sessions[agid] = { step: "granted" };
      return agid;
    }
    return undefined;
  }

  /** The session of an AGID, if it is granted and has come as far as `step`. */
  at<S extends KeySession["step"]>(agid: number, step: S): SessionAt<S> | undefined {
    const session = this.#sessions[agid];
    return session?.step === step ? (session as SessionAt<S>) : undefined;
  }

  /**
   * Takes a session from one step to the next. False, and nothing done, when it is no longer the
   * very `from` it was: a secret takes time to compute, and a reset may come in between.
   */
  advance(agid: number, from: KeySession, next: KeySession): boolean {
    if (this.#sessions[agid] !== from) return false;
    this.#sessions[agid] = next;
    if (next.step === "established") this.#authenticated = true;
    return true;
  }

  /** Ends a session; one that was never granted is no error (MMC-6). */
  invalidate(agid: number): void {
    this.#sessions[agid] = undefined;
  }

  /** Every session ends with a reset and with its medium, and what they proved is forgotten. */
  clear(): void {
    this.#sessions.fill(undefined);
    this.#authenticated = false;
  }
}

type SessionAt<S extends KeySession["step"]> = Extract<KeySession, { readonly step: S }>;
