import { concat } from "../bytes.js";
import { bits, bytes, layout } from "../layout.js";
import type { BlockCache } from "./block-source.js";
import { damaged } from "./errors.js";
import { longDate, shortDate } from "./iso9660-date.js";

/** System Use Sharing Protocol 1.12, 4.1: what each entry begins with. */
const systemUseEntry = layout(4, {
  signature: bytes(0, 2),
  length: bits(2, 0xff),
  version: bits(3, 0xff),
});

/** 5.1, CE: where the entries go on. */
const continuation = layout(
  28,
  { block: bits(4, 0xffff_ffff), offset: bits(12, 0xffff_ffff), length: bits(20, 0xffff_ffff) },
  "little-endian",
);

/** 5.3, SP: at the beginning of the root directory's system use area, if it is used like this. */
const sharingProtocol = layout(7, { check: bits(4, 0xffff), skipped: bits(6, 0xff) });
const sharingProtocolCheck = 0xbeef;

/** Rock Ridge Interchange Protocol 1.12, 4.1.1, PX. */
const posixAttributes = layout(12, { mode: bits(4, 0xffff_ffff) }, "little-endian");

/** 4.1.5.1, CL: where the directory is that stands here. */
const childLink = layout(12, { block: bits(4, 0xffff_ffff) }, "little-endian");

/** A chain of continuations that is longer than this is a loop. */
const mostContinuations = 64;

/** What Rock Ridge tells of an entry beyond ISO 9660. */
export interface RockRidge {
  readonly name: string | undefined;
  /** POSIX file mode. */
  readonly mode: number | undefined;
  readonly target: string | undefined;
  readonly modified: Date | undefined;
  /** The first block of the directory that was moved elsewhere, since it lay too deep. */
  readonly childBlock: number | undefined;
  /** A directory that was moved here, and is to be seen in its own place only. */
  readonly isRelocated: boolean;
}

/** How many bytes of each system use area to skip; undefined where the protocol is not used. */
export function readSharingProtocol(rootSystemUse: Uint8Array): number | undefined {
  if (rootSystemUse.length < sharingProtocol.length) return undefined;
  if (signatureOf(rootSystemUse) !== "SP") return undefined;
  const { check, skipped } = sharingProtocol.unpack(rootSystemUse, "SP entry");
  return check === sharingProtocolCheck ? skipped : undefined;
}

/** Reads the system use area of one directory record, and what it goes on with elsewhere. */
export async function readRockRidge(systemUse: Uint8Array, cache: BlockCache): Promise<RockRidge> {
  const decoder = new TextDecoder();
  const name: Uint8Array[] = [];
  const link = new LinkTarget();
  let mode: number | undefined;
  let modified: Date | undefined;
  let childBlock: number | undefined;
  let isRelocated = false;
  for await (const { signature, entry } of entriesOf(systemUse, cache)) {
    if (signature === "NM") name.push(entry.subarray(5));
    else if (signature === "SL") link.add(entry);
    else if (signature === "PX" && entry.length >= posixAttributes.length) {
      ({ mode } = posixAttributes.unpack(entry, "PX entry"));
    } else if (signature === "TF") modified = modificationTime(entry);
    else if (signature === "CL" && entry.length >= childLink.length) {
      childBlock = childLink.unpack(entry, "CL entry").block;
    } else if (signature === "RE") isRelocated = true;
  }
  return {
    name: name.length > 0 ? decoder.decode(concat(name)) : undefined,
    mode,
    target: link.text,
    modified,
    childBlock,
    isRelocated,
  };
}

async function* entriesOf(
  systemUse: Uint8Array,
  cache: BlockCache,
): AsyncGenerator<{ readonly signature: string; readonly entry: Uint8Array }> {
  let area = systemUse;
  for (let areas = 0; areas <= mostContinuations; areas++) {
    let next: ReturnType<typeof continuation.unpack> | undefined;
    let offset = 0;
    while (offset + systemUseEntry.length <= area.length) {
      const { length } = systemUseEntry.unpack(area, "system use entry", offset);
      if (length < systemUseEntry.length || offset + length > area.length) break;
      const entry = area.subarray(offset, offset + length);
      const signature = signatureOf(entry);
      offset += length;
      if (signature === "ST") break;
      if (signature !== "CE") yield { signature, entry };
      else if (length >= continuation.length) next = continuation.unpack(entry, "CE entry");
    }
    if (next === undefined) return;
    const block = await cache.block(next.block, "A continuation of Rock Ridge");
    area = block.subarray(next.offset, next.offset + next.length);
  }
  throw damaged("A chain of Rock Ridge's continuations", "has no end");
}

const signatureOf = (entry: Uint8Array): string =>
  String.fromCharCode(entry[0] ?? 0, entry[1] ?? 0);

/** Rock Ridge Interchange Protocol 4.1.6, TF. */
function modificationTime(entry: Uint8Array): Date | undefined {
  const flags = entry[4] ?? 0;
  const [creation, modification, isLong] = [0x01, 0x02, 0x80];
  if ((flags & modification) === 0) return undefined;
  const length = (flags & isLong) !== 0 ? 17 : 7;
  const offset = 5 + ((flags & creation) !== 0 ? length : 0);
  const date = entry.subarray(offset, offset + length);
  return (flags & isLong) !== 0 ? longDate(date) : shortDate(date);
}

/** Rock Ridge Interchange Protocol 4.1.3, SL: components that may go on in the next entry. */
class LinkTarget {
  readonly #parts: string[] = [];
  readonly #decoder = new TextDecoder();
  #unfinished: Uint8Array[] = [];
  #isAbsolute = false;

  add(entry: Uint8Array): void {
    for (let offset = 5; offset + 2 <= entry.length;) {
      const flags = entry[offset] ?? 0;
      const length = entry[offset + 1] ?? 0;
      const text = entry.subarray(offset + 2, offset + 2 + length);
      offset += 2 + length;
      this.#addComponent(flags, text);
    }
  }

  get text(): string | undefined {
    if (this.#parts.length === 0 && !this.#isAbsolute) return undefined;
    return `${this.#isAbsolute ? "/" : ""}${this.#parts.join("/")}`;
  }

  #addComponent(flags: number, text: Uint8Array): void {
    const [goesOn, current, parent, root] = [0x01, 0x02, 0x04, 0x08];
    if ((flags & root) !== 0) {
      this.#isAbsolute = true;
      return;
    }
    this.#unfinished.push(text);
    if ((flags & goesOn) !== 0) return;
    const whole = this.#decoder.decode(concat(this.#unfinished));
    this.#unfinished = [];
    this.#parts.push((flags & current) !== 0 ? "." : (flags & parent) !== 0 ? ".." : whole);
  }
}
