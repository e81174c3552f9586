import { bits, flag, layout } from "../layout.js";
import { codedValue, type CodedValue } from "../scsi/coded-value.js";

/** Format 00h, MMC-6 6.22, physical format information, as far as all books have it. */
const physicalFormat = layout(17, {
  bookType: bits(0, 0xf0),
  partVersion: bits(0, 0x0f),
  discSize: bits(1, 0xf0),
  maximumRate: bits(1, 0x0f),
  lastLayer: bits(2, 0x60),
  oppositeTrackPath: flag(2, 0x10),
  rewritable: flag(2, 0x04),
  recordable: flag(2, 0x02),
  embossed: flag(2, 0x01),
  linearDensity: bits(3, 0xf0),
  trackDensity: bits(3, 0x0f),
  startPsn: bits(5, 0xff_ffff),
  endPsn: bits(9, 0xff_ffff),
  endPsnOfLayer0: bits(13, 0xff_ffff),
  burstCuttingArea: flag(16, 0x80),
});

const bookTypes = {
  0x0: "DVD-ROM",
  0x1: "DVD-RAM",
  0x2: "DVD-R",
  0x3: "DVD-RW",
  0x4: "HD DVD-ROM",
  0x5: "HD DVD-RAM",
  0x6: "HD DVD-R",
  0x9: "DVD+RW",
  0xa: "DVD+R",
  0xd: "DVD+RW DL",
  0xe: "DVD+R DL",
} as const;
const discSizes = { 0: "120 mm", 1: "80 mm" } as const;
const maximumRates = {
  0x0: "2.52 Mbit/s",
  0x1: "5.04 Mbit/s",
  0x2: "10.08 Mbit/s",
  0x3: "20.16 Mbit/s",
  0x4: "30.24 Mbit/s",
  0xf: "not specified",
} as const;
const linearDensities = {
  0x0: "0.267 um/bit",
  0x1: "0.293 um/bit",
  0x2: "0.409 to 0.435 um/bit",
  0x4: "0.280 to 0.291 um/bit",
  0x8: "0.353 um/bit",
} as const;
const trackDensities = { 0: "0.74 um/track", 1: "0.80 um/track", 2: "0.615 um/track" } as const;

type NameIn<Table> = Table[keyof Table] & string;

/** What a layer of a DVD physically is. PSN are physical sector numbers, of 2048 bytes each. */
export interface PhysicalFormat {
  readonly bookType: CodedValue<NameIn<typeof bookTypes>>;
  readonly partVersion: number;
  readonly discSize: CodedValue<NameIn<typeof discSizes>>;
  readonly maximumRate: CodedValue<NameIn<typeof maximumRates>>;
  readonly layers: number;
  /** Parallel: both layers from the inside out. Opposite: the second one back again. */
  readonly trackPath: "PTP" | "OTP";
  readonly layerType: {
    readonly embossed: boolean;
    readonly recordable: boolean;
    readonly rewritable: boolean;
  };
  readonly linearDensity: CodedValue<NameIn<typeof linearDensities>>;
  readonly trackDensity: CodedValue<NameIn<typeof trackDensities>>;
  readonly startPsn: number;
  readonly endPsn: number;
  /** Of meaning only on two layers of opposite track path. */
  readonly endPsnOfLayer0: number;
  readonly burstCuttingArea: boolean;
  /**
   * Sectors of each layer that this structure tells of: of both on an opposite track path, otherwise
   * of the layer that was asked about. Empty where the numbers do not make a layer, as on a blank
   * disc.
   */
  readonly layerSectors: readonly number[];
  /** The first logical block of the second layer, where this structure tells. */
  readonly layerBreakLba?: number;
}

/** Reads format 00h, which tells of `layer`. */
export function decodePhysicalFormat(data: Uint8Array, layer: number): PhysicalFormat {
  const fields = physicalFormat.unpack(data, "physical format information");
  const { startPsn, endPsn, endPsnOfLayer0, embossed, recordable, rewritable } = fields;
  const layers = fields.lastLayer + 1;
  const trackPath = fields.oppositeTrackPath ? "OTP" : "PTP";
  const layerSectors = sizesOfLayers({ layers, trackPath, startPsn, endPsn, endPsnOfLayer0 });
  const [firstLayerSectors] = layerSectors;
  const tellsOfLayer0 = trackPath === "OTP" || layer === 0;
  const breakIsKnown = layers === 2 && tellsOfLayer0 && firstLayerSectors !== undefined;
  return {
    bookType: codedValue(bookTypes, fields.bookType),
    partVersion: fields.partVersion,
    discSize: codedValue(discSizes, fields.discSize),
    maximumRate: codedValue(maximumRates, fields.maximumRate),
    layers,
    trackPath,
    layerType: { embossed, recordable, rewritable },
    linearDensity: codedValue(linearDensities, fields.linearDensity),
    trackDensity: codedValue(trackDensities, fields.trackDensity),
    startPsn,
    endPsn,
    endPsnOfLayer0,
    burstCuttingArea: fields.burstCuttingArea,
    layerSectors,
    ...(breakIsKnown && { layerBreakLba: firstLayerSectors }),
  };
}

function sizesOfLayers(
  format: Pick<PhysicalFormat, "layers" | "trackPath" | "startPsn" | "endPsn" | "endPsnOfLayer0">,
): number[] {
  const { layers, trackPath, startPsn, endPsn, endPsnOfLayer0 } = format;
  const isOpposite = layers === 2 && trackPath === "OTP";
  // On the way back, a sector's number is the inverse of the one that it lies on top of.
  const startPsnOfLayer1 = ~endPsnOfLayer0 & 0xff_ffff;
  const sizes = isOpposite
    ? [endPsnOfLayer0 - startPsn + 1, endPsn - startPsnOfLayer1 + 1]
    : [endPsn - startPsn + 1];
  return sizes.every((size) => size > 0) ? sizes : [];
}
