/** A DVD's blocks are of 2048 bytes. */
const blockShift = 11n;
const maxLba = 0xffff_ffffn;
const maxAgid = 3;

/** Whether the drive can have granted this session: AGIDs are of two bits. */
export function isSessionId(sessionId: number): boolean {
  return sessionId <= maxAgid;
}

/**
 * The block that holds the byte at `offset`; undefined where it is none that a CDB can name. The
 * reference driver cuts such an offset to 32 bits, and so asks for another block than it was told.
 */
export function lbaOf(offset: bigint): number | undefined {
  const lba = offset >> blockShift;
  return lba >= 0n && lba <= maxLba ? Number(lba) : undefined;
}
