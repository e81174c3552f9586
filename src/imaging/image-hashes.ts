import { createHash, type Hash } from "node:crypto";
import { crc32 } from "node:zlib";

/** By what an image can be told from others; the last three are what redump asks for. */
export type HashName = "sha256" | "md5" | "sha1" | "crc32";

export const hashNames: readonly HashName[] = ["sha256", "md5", "sha1", "crc32"];

/** Hashes in lower-case hexadecimal. */
export type Hashes = Readonly<Partial<Record<HashName, string>>>;

interface RunningHash {
  update(data: Uint8Array): void;
  digest(): string;
}

/**
 * Hashes of an image, taken while it is written, as long as that happens in order and without a gap.
 * Otherwise they are good for nothing, and the image has to be read again.
 */
export class ImageHashes {
  readonly #running: ReadonlyMap<HashName, RunningHash>;
  #hashedUpTo = 0;

  constructor(names: readonly HashName[]) {
    this.#running = new Map(names.map((name) => [name, runningHash(name)]));
  }

  get names(): readonly HashName[] {
    return [...this.#running.keys()];
  }

  update(position: number, data: Uint8Array): void {
    if (position !== this.#hashedUpTo) return;
    for (const hash of this.#running.values()) hash.update(data);
    this.#hashedUpTo += data.length;
  }

  /** How much of the image they are of, from its first byte on. */
  get hashedUpTo(): number {
    return this.#hashedUpTo;
  }

  /** To be asked once, at the end. */
  digest(): Hashes {
    return Object.fromEntries([...this.#running].map(([name, hash]) => [name, hash.digest()]));
  }
}

function runningHash(name: HashName): RunningHash {
  if (name !== "crc32") {
    const hash: Hash = createHash(name);
    return { update: (data) => void hash.update(data), digest: () => hash.digest("hex") };
  }
  let value = 0;
  return {
    update: (data) => (value = crc32(data, value)),
    digest: () => value.toString(16).padStart(8, "0"),
  };
}
