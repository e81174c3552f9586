/** ECMA-119 9.1.5: seven bytes, the last of them the zone in quarters of an hour. */
export function shortDate(data: Uint8Array): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0] = data;
  return dateOf([1900 + year, month, day, hour, minute, second, 0], (zone << 24) >> 24);
}

/** ECMA-119 8.4.26.1: sixteen digits, and the zone. */
export function longDate(data: Uint8Array): Date | undefined {
  const digits = String.fromCharCode(...data.subarray(0, 16));
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, hundredths = 0] = match
    .slice(1)
    .map(Number);
  const zone = ((data[16] ?? 0) << 24) >> 24;
  return dateOf([year, month, day, hour, minute, second, hundredths * 10], zone);
}

type Parts = readonly [number, number, number, number, number, number, number];

/** Undefined where there is no such month: that is how "not recorded" is written. */
function dateOf(parts: Parts, quarterHours: number): Date | undefined {
  const [year, month, day, hour, minute, second, ms] = parts;
  if (month < 1 || month > 12 || day < 1) return undefined;
  const local = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  return new Date(local - quarterHours * 15 * 60_000);
}
