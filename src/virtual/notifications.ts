/** Media event codes of GET EVENT STATUS NOTIFICATION (MMC-6). */
export type MediaEvent = "ejectRequest" | "newMedia" | "mediaRemoval";

/** What happened and was not yet fetched by GET EVENT STATUS NOTIFICATION. */
export class Notifications {
  /** Of each kind the latest only: a drive keeps no history for a host that never asks. */
  readonly #media = new Set<MediaEvent>();
  #operationalChange = false;

  raiseMedia(event: MediaEvent): void {
    this.#media.delete(event);
    this.#media.add(event);
  }

  /** A medium came or went, so that other features are current now. */
  raiseOperationalChange(): void {
    this.#operationalChange = true;
  }

  get nextMedia(): MediaEvent | undefined {
    const [oldest] = this.#media;
    return oldest;
  }

  get operationalChange(): boolean {
    return this.#operationalChange;
  }

  takeMedia(event: MediaEvent): void {
    this.#media.delete(event);
  }

  takeOperationalChange(): void {
    this.#operationalChange = false;
  }

  clear(): void {
    this.#media.clear();
    this.#operationalChange = false;
  }
}
