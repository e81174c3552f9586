import { MalformedResponseError } from "../errors.js";
import { bits, flag, layout } from "../layout.js";
import { featureDecoders, type FeatureFields, type FeatureKind } from "./feature-data.js";
import { featureNames } from "./feature-names.js";

/** How every feature descriptor begins, MMC-6 5.2. */
const featureHeader = layout(4, {
  code: bits(0, 0xffff),
  version: bits(2, 0x3c),
  persistent: flag(2, 0x02),
  current: flag(2, 0x01),
  additionalLength: bits(3, 0xff),
});

interface FeatureDescriptor {
  readonly code: number;
  /** The standard's name; absent where it has none for this code. */
  readonly name?: string;
  readonly version: number;
  /** Whether it is always current. */
  readonly persistent: boolean;
  /** Whether it can be used now, with the medium that is in the drive. */
  readonly current: boolean;
  /** What follows the descriptor's header, as it came. */
  readonly data: Uint8Array;
}

/** A feature whose data is decoded. */
export type KnownFeature<Kind extends FeatureKind = FeatureKind> = {
  readonly [K in Kind]: FeatureDescriptor & {
    readonly known: true;
    readonly kind: K;
    readonly fields: FeatureFields[K];
  };
}[Kind];

/** A feature that only its data is known of: one we do not decode, or whose data is too short. */
export type UnknownFeature = FeatureDescriptor & { readonly known: false };

export type Feature = KnownFeature | UnknownFeature;

/** Splits a run of feature descriptors. One that the allocation length has cut is left out. */
export function decodeFeatures(data: Uint8Array): Feature[] {
  const features: Feature[] = [];
  let offset = 0;
  while (offset + featureHeader.length <= data.length) {
    const { additionalLength, ...header } = featureHeader.unpack(
      data,
      "feature descriptor",
      offset,
    );
    const start = offset + featureHeader.length;
    offset = start + additionalLength;
    if (offset > data.length) break;
    const name = featureNames[header.code];
    features.push(
      decodeFeature({
        ...header,
        ...(name !== undefined && { name }),
        data: data.subarray(start, offset),
      }),
    );
  }
  return features;
}

/** The feature of that kind, where the drive has it. */
export function findFeature<Kind extends FeatureKind>(
  features: readonly Feature[],
  kind: Kind,
): KnownFeature<Kind> | undefined {
  const found = features.find((feature) => feature.known && feature.kind === kind);
  return found as KnownFeature<Kind> | undefined;
}

function decodeFeature(descriptor: FeatureDescriptor): Feature {
  const decoder = featureDecoders.get(descriptor.code);
  if (decoder === undefined) return { ...descriptor, known: false };
  try {
    const { kind, fields } = decoder(descriptor.data);
    return { ...descriptor, known: true, kind, fields } as KnownFeature;
  } catch (error) {
    if (!(error instanceof MalformedResponseError)) throw error;
    // One feature that is cut short, as older drives have them, must not hide all the others.
    return { ...descriptor, known: false };
  }
}
