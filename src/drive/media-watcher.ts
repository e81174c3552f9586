import { getEventStatusNotification } from "../mmc/get-event-status-notification.js";
import { executeIfSupported, type Executor } from "../scsi/executor.js";
import { isPresent, readPresence, type Presence } from "./presence.js";

/** What a look at the drive may find to have happened since the last one, in this order. */
export type MediaChange = "ejectRequested" | "mediaRemoved" | "mediaInserted" | "becameReady";

/**
 * Finds out what has changed since it last looked. Whether there is a disc is what TEST UNIT READY
 * says, because some drives tell of events that never were; GET EVENT STATUS NOTIFICATION, where the
 * drive has it, adds the button and discs that were swapped between two looks.
 */
export class MediaWatcher {
  readonly #executor: Executor;
  #presence: Presence | undefined;
  #hasEvents = true;
  #mediumMayHaveChanged = false;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  /** To be called when a unit attention says that the medium may have changed (28h/00h). */
  noteMediumChange(): void {
    this.#mediumMayHaveChanged = true;
  }

  /** Looks once. The first look finds no changes: it learns how things are. */
  async look(): Promise<MediaChange[]> {
    const event = await this.#readMediaEvent();
    const before = this.#presence;
    const now = await readPresence(this.#executor);
    const swapped = this.#mediumMayHaveChanged || event === "newMedia" || event === "mediaChanged";
    this.#presence = now;
    this.#mediumMayHaveChanged = false;

    const changes: MediaChange[] = [];
    if (event === "ejectRequest") changes.push("ejectRequested");
    if (before === undefined) return changes;
    if (isPresent(before) && (swapped || !isPresent(now))) changes.push("mediaRemoved");
    if (isPresent(now) && (swapped || !isPresent(before))) changes.push("mediaInserted");
    if (now === "ready" && (swapped || before !== "ready")) changes.push("becameReady");
    return changes;
  }

  async #readMediaEvent(): Promise<string | undefined> {
    if (!this.#hasEvents) return undefined;
    const status = await executeIfSupported(this.#executor, getEventStatusNotification(["media"]));
    this.#hasEvents = status?.supportedClasses.includes("media") ?? false;
    return status?.event?.class === "media" ? status.event.event.name : undefined;
  }
}
