/** What Windows lets no file be called, besides the characters. */
const windowsDevices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const windowsCharacters = /[<>:"|?*]/g;
/** Most file systems take 255 bytes; some room is left for what is put behind. */
const longestBytes = 240;

/**
 * A name from a disc, as the name of one file: never a path, never its own folder or the one above,
 * never with control characters, and on Windows none that it does not allow.
 */
export function safeName(name: string, platform: NodeJS.Platform = process.platform): string {
  let safe = name.replace(/[/\\\u0000-\u001f\u007f-\u009f]/g, "_");
  if (platform === "win32") {
    safe = safe.replace(windowsCharacters, "_").replace(/[. ]+$/, "_");
    if (windowsDevices.test(safe)) safe = `_${safe}`;
  }
  if (/^\.{0,2}$/.test(safe)) return "_".repeat(Math.max(1, safe.length));
  return cut(safe);
}

/** The first characters that fit, and no half of one. */
function cut(name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= longestBytes) return name;
  return new TextDecoder().decode(bytes.subarray(0, longestBytes), { stream: true });
}

/** Names for the entries of one folder: safe ones, and no two the same where case does not count. */
export class FolderNames {
  readonly #taken = new Set<string>();

  take(name: string): string {
    const safe = safeName(name);
    let free = safe;
    for (let count = 2; this.#taken.has(free.toLowerCase()); count++) free = `${safe}~${count}`;
    this.#taken.add(free.toLowerCase());
    return free;
  }
}
