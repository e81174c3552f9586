/** The control codes of ntddcdvd.h, all of them buffered (METHOD_BUFFERED). */
export const ioControlCodes = {
  startSession: 0x0033_5000,
  readKey: 0x0033_5004,
  sendKey: 0x0033_5008,
  endSession: 0x0033_500c,
  setReadAhead: 0x0033_5010,
  getRegion: 0x0033_5014,
  /** As `sendKey`, and for those that may also write: it sets the region. */
  sendKey2: 0x0033_d018,
  readStructure: 0x0033_5140,
  /** The name under which the reference driver serves SET_READ_AHEAD. */
  storageSetReadAhead: 0x002d_4400,
} as const;
