/** One time the speed of a medium, in bytes a second (ECMA-267; IEC 60908; Blu-ray 1x). */
export const singleSpeeds = { CD: 153_600, DVD: 1_385_000, BD: 4_495_625 } as const;

export type SpeedFamily = keyof typeof singleSpeeds;

/** `4.38 GiB`; bytes below a KiB are counted as such. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 ? bytes : value.toFixed(value < 10 ? 2 : 1)} ${units[power] ?? ""}`;
}

/** `12.4 MB/s`, in the powers of ten that drives are sold by. */
export function formatRate(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
}

/** `8.9x`: the rate in multiples of the medium's single speed. */
export function formatSpeed(bytesPerSecond: number, family: SpeedFamily): string {
  return `${(bytesPerSecond / singleSpeeds[family]).toFixed(1)}x`;
}

/** `1:02:03`, `4:05`; rounded up to whole seconds. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** A name from a disc, with what would move the cursor, or turn the line around, made visible. */
export function printable(name: string): string {
  return name.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      const code = character.charCodeAt(0);
      return code < 0x100
        ? `\\x${code.toString(16).padStart(2, "0")}`
        : `\\u${code.toString(16).padStart(4, "0")}`;
    },
  );
}

/** A text in lines of no more than so many characters, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > Math.max(width, 20)) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
