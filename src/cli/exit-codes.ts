/** What the command's exit code says, for scripts. */
export const exitCodes = {
  success: 0,
  /** Something that nobody foresaw. */
  failure: 1,
  usage: 2,
  noDrive: 3,
  severalDrives: 4,
  accessDenied: 5,
  inUse: 6,
  noDisc: 7,
  blankDisc: 8,
  outputExists: 9,
  outputFailed: 10,
  /** The drive or its disc failed while it was working. */
  driveFailed: 11,
  disconnected: 12,
  /** A key or the region cannot be had or set; nothing was spent, unless the message says so. */
  keyRefused: 13,
  /** The image has holes, or files were left out; what could be read is there. */
  incomplete: 14,
  /** The disc has no files that can be read, or not the one that was asked for. */
  noFile: 15,
  /** As shells count signals: 128 and the signal's number. */
  hungUp: 129,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
