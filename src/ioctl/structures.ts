import { bits, flag, int64 } from "../layout.js";
import { structure } from "./structure.js";

/** The session, which is the AGID that the drive has granted. */
export const dvdSessionId = structure("DVD_SESSION_ID", 4, { sessionId: bits(0, 0xffff_ffff) });

/** The session that stands for all of them, for END_SESSION. */
export const dvdEndAllSessions = 0xffff_ffff;

/** The key data of DvdGetRpcKey. */
export const dvdRpcKey = structure("DVD_RPC_KEY", 4, {
  userResetsAvailable: bits(0, 0x07),
  manufacturerResetsAvailable: bits(0, 0x38),
  /** 0 never set, 1 set, 2 set and with one change left, 3 set for good. */
  typeCode: bits(0, 0xc0),
  /** Bit 0 is region 1; a zero bit means that the drive plays discs of it. */
  regionMask: bits(1, 0xff),
  /** 1 is RPC-II. */
  rpcScheme: bits(2, 0xff),
});

/** The key data of DvdSetRpcKey. */
export const dvdSetRpcKey = structure("DVD_SET_RPC_KEY", 4, {
  /** A mask: bit 0 is region 1, and the one zero bit is the region to set. */
  preferredDriveRegionCode: bits(0, 0xff),
});

/** The key data of DvdAsf. */
export const dvdAsf = structure("DVD_ASF", 4, { successFlag: flag(3, 0x01) });

/** What GET_REGION answers. */
export const dvdRegion = structure("DVD_REGION", 4, {
  /** The medium's protection system: 0 none, 1 CSS or CPPM, 2 CPRM. */
  copySystem: bits(0, 0xff),
  /** The medium's regions; a set bit means that it does not play there. */
  regionData: bits(1, 0xff),
  /** The drive's region; a set bit means that it plays discs of it. 0 where it was never set. */
  systemRegion: bits(2, 0xff),
  /** How often the user can still change the drive's region. */
  resetCount: bits(3, 0xff),
});

/** What READ_STRUCTURE is asked with. */
export const dvdReadStructure = structure("DVD_READ_STRUCTURE", 17, {
  blockByteOffset: int64(0),
  format: bits(8, 0xffff_ffff),
  /** Of meaning for the disk key (format 2) only. */
  sessionId: bits(12, 0xffff_ffff),
  layerNumber: bits(16, 0xff),
});

/** What READ_STRUCTURE answers with, and before the descriptor of the format. */
export const dvdDescriptorHeader = structure("DVD_DESCRIPTOR_HEADER", 4, {
  /** Bytes that follow this field. */
  length: bits(0, 0xffff),
});

/** The descriptor of format 0, what a layer physically is. */
export const dvdLayerDescriptor = structure("DVD_LAYER_DESCRIPTOR", 18, {
  bookVersion: bits(0, 0x0f),
  bookType: bits(0, 0xf0),
  minimumRate: bits(1, 0x0f),
  diskSize: bits(1, 0xf0),
  layerType: bits(2, 0x0f),
  trackPath: bits(2, 0x10),
  numberOfLayers: bits(2, 0x60),
  trackDensity: bits(3, 0x0f),
  linearDensity: bits(3, 0xf0),
  startingDataSector: bits(4, 0xffff_ffff),
  endDataSector: bits(8, 0xffff_ffff),
  endLayerZeroSector: bits(12, 0xffff_ffff),
  bcaFlag: flag(16, 0x80),
});

/** The descriptor of format 1. */
export const dvdCopyrightDescriptor = structure("DVD_COPYRIGHT_DESCRIPTOR", 4, {
  copyrightProtectionType: bits(0, 0xff),
  regionManagementInformation: bits(1, 0xff),
});

/** What SET_READ_AHEAD is asked with: where to jump from, and where to, in bytes. */
export const storageSetReadAhead = structure("STORAGE_SET_READ_AHEAD", 16, {
  triggerAddress: int64(0),
  targetAddress: int64(8),
});
