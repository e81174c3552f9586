const AGIDS = 4;

/** The authentication grants a drive has to give: AGIDs 0 to 3 (MMC-6). */
export class KeySessions {
  readonly #granted = new Set<number>();

  /** The lowest free AGID, now taken; nothing when all four are. */
  grant(): number | undefined {
    for (let agid = 0; agid < AGIDS; agid++) {
      if (this.#granted.has(agid)) continue;
      this.#granted.add(agid);
      return agid;
    }
    return undefined;
  }

  /** Ends a session; one that was never granted is no error (MMC-6). */
  invalidate(agid: number): void {
    this.#granted.delete(agid);
  }

  /** Every session ends with a reset and with its medium. */
  clear(): void {
    this.#granted.clear();
  }
}
