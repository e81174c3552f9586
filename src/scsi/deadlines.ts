/*
 * How long a command may take before the drive is taken to be stuck. Optical drives spin a disc up,
 * and fight with a bad one, for 30 to 50 seconds before they answer; a shorter deadline would reset
 * a drive that is merely slow.
 */

/** Milliseconds for a command that the drive answers from its own memory. */
export const informationalTimeoutMs = 10_000;

/** Milliseconds for a command that may have to spin the disc up and read it. */
export const mediumAccessTimeoutMs = 60_000;

/** Milliseconds for a command that moves the tray, and then measures the disc on it. */
export const loadEjectTimeoutMs = 60_000;
