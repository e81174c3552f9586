import type { FileSystem, OpenFile } from "../../src/imaging/file-system.js";

/** What is written to a file and not yet on the disk. */
type Change =
  | { readonly kind: "write"; readonly position: number; readonly data: Buffer }
  | { readonly kind: "truncate"; readonly length: number };

interface Inode {
  /** As programs see it. */
  current: Buffer;
  /** As it is on the disk. */
  durable: Buffer;
  readonly pending: Change[];
}

type NameChange =
  | { readonly kind: "make"; readonly path: string; readonly inode: Inode }
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

export class PowerLoss extends Error {
  readonly code = "EIO";
}

/**
 * A file system in memory whose power fails at a given change. What is not yet on the disk by then is
 * lost, or not, or in part: data in any order, names in the order in which they were changed, as
 * journalling file systems have it.
 */
export class PowerLossDisk implements FileSystem {
  readonly #names: Map<string, Inode>;
  readonly #durableNames: Map<string, Inode>;
  #pendingNames: NameChange[] = [];
  #changes = 0;
  /** At which change the power fails. */
  failsAt = Infinity;
  /** Bytes that there is room for, all files together. */
  capacity = Infinity;

  constructor(names: ReadonlyMap<string, Inode> = new Map<string, Inode>()) {
    this.#names = new Map(names);
    this.#durableNames = new Map(names);
  }

  get changes(): number {
    return this.#changes;
  }

  content(path: string): Buffer | undefined {
    return this.#names.get(path)?.current;
  }

  /** The disk as it is found when the power is back. */
  afterPowerLoss(random: () => number): PowerLossDisk {
    const names = new Map(this.#durableNames);
    const kept = Math.floor(random() * (this.#pendingNames.length + 1));
    for (const change of this.#pendingNames.slice(0, kept)) applyName(names, change);
    const survivors = new Map<string, Inode>();
    for (const [path, { durable, pending }] of names) {
      let data: Buffer = Buffer.from(durable);
      for (const change of pending) {
        if (random() < 0.5) continue;
        data = applyChange(data, torn(change, random));
      }
      survivors.set(path, { current: data, durable: Buffer.from(data), pending: [] });
    }
    return new PowerLossDisk(survivors);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
  async open(path: string, flags: "r+" | "w" | "w+"): Promise<OpenFile> {
    let inode = this.#names.get(path);
    if (flags === "r+") {
      if (inode === undefined) throw missing(path);
      return this.#file(inode);
    }
    this.#change();
    if (inode === undefined) {
      inode = { current: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
      this.#names.set(path, inode);
      this.#pendingNames.push({ kind: "make", path, inode });
    } else this.#apply(inode, { kind: "truncate", length: 0 });
    return this.#file(inode);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async readText(path: string): Promise<string> {
    const inode = this.#names.get(path);
    if (inode === undefined) throw missing(path);
    return inode.current.toString("utf8");
  }

  exists(path: string): Promise<boolean> {
    return Promise.resolve(this.#names.has(path));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async rename(from: string, to: string): Promise<void> {
    this.#change();
    const change = { kind: "rename", from, to } as const;
    applyName(this.#names, change);
    this.#pendingNames.push(change);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async syncFolder(): Promise<void> {
    this.#change();
    for (const change of this.#pendingNames) applyName(this.#durableNames, change);
    this.#pendingNames = [];
  }

  #file(inode: Inode): OpenFile {
    return {
      read: (into, offset, length, position) => {
        const bytesRead = inode.current.copy(into, offset, position, position + length);
        return Promise.resolve({ bytesRead });
      },
      // eslint-disable-next-line @typescript-eslint/require-await -- as above
      write: async (data, offset, length, position) => {
        this.#change();
        const grown = position + length - inode.current.length;
        if (grown > 0 && this.#used() + grown > this.capacity) {
          throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        }
        const copy = Buffer.from(data.subarray(offset, offset + length));
        this.#apply(inode, { kind: "write", position, data: copy });
        return { bytesWritten: length };
      },
      // eslint-disable-next-line @typescript-eslint/require-await -- as above
      truncate: async (length) => {
        this.#change();
        this.#apply(inode, { kind: "truncate", length });
      },
      // eslint-disable-next-line @typescript-eslint/require-await -- as above
      datasync: async () => {
        this.#change();
        inode.durable = Buffer.from(inode.current);
        inode.pending.length = 0;
      },
      stat: () => Promise.resolve({ size: inode.current.length, isFile: () => true }),
      close: () => Promise.resolve(),
    };
  }

  #apply(inode: Inode, change: Change): void {
    inode.current = applyChange(inode.current, change);
    inode.pending.push(change);
  }

  #used(): number {
    return [...this.#names.values()].reduce((sum, { current }) => sum + current.length, 0);
  }

  #change(): void {
    this.#changes += 1;
    if (this.#changes >= this.failsAt) throw new PowerLoss("the power has failed");
  }
}

function applyName(names: Map<string, Inode>, change: NameChange): void {
  if (change.kind === "make") names.set(change.path, change.inode);
  else {
    const inode = names.get(change.from);
    if (inode === undefined) return;
    names.delete(change.from);
    names.set(change.to, inode);
  }
}

function applyChange(data: Buffer, change: Change): Buffer {
  const end = change.kind === "write" ? change.position + change.data.length : change.length;
  const length = change.kind === "write" ? Math.max(data.length, end) : end;
  const next = Buffer.alloc(length);
  data.copy(next, 0, 0, Math.min(data.length, length));
  if (change.kind === "write") change.data.copy(next, change.position);
  return next;
}

/** Half of what is written may be on the disk. */
function torn(change: Change, random: () => number): Change {
  if (change.kind === "truncate" || random() < 0.7) return change;
  const length = Math.floor(random() * change.data.length);
  return { ...change, data: change.data.subarray(0, length) };
}

function missing(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
}
