/** Which protection system a key command is about, MMC-6, REPORT KEY command. */
export const keyClasses = {
  /** CSS, CPPM and CPRM. */
  css: 0x00,
  aacs: 0x02,
} as const;

/** Bytes of the keys and challenges as they cross the wire. */
export const keyLengths = { challenge: 10, busKey: 5, titleKey: 5 } as const;

/** What may be given with any key command. */
export interface KeyClassOption {
  /** 00h, CSS, by default; any other number is passed on. */
  readonly keyClass?: number;
}
