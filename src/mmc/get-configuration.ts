import { bits, layout } from "../layout.js";
import type { CodedValue } from "../scsi/coded-value.js";
import { commandIn, type Command } from "../scsi/command.js";
import { informationalTimeoutMs } from "../scsi/deadlines.js";
import { decodeFeatures, type Feature } from "./feature.js";
import { profile, type ProfileName } from "./profile.js";

/** MMC-6, GET CONFIGURATION command. */
const getConfigurationCdb = layout(10, {
  operationCode: bits(0, 0xff),
  requestType: bits(1, 0x03),
  startingFeature: bits(2, 0xffff),
  allocationLength: bits(7, 0xffff),
});

const featureListHeader = layout(8, {
  dataLength: bits(0, 0xffff_ffff),
  currentProfile: bits(6, 0xffff),
});

/** Which features to send (RT). */
const requestTypes = { all: 0, current: 1, one: 2 } as const;

export interface GetConfigurationOptions {
  /** `one` asks for `startingFeature` alone, `current` for those that can be used now. */
  readonly features?: keyof typeof requestTypes;
  /** The code of the first feature to send. */
  readonly startingFeature?: number;
  /** Bytes that the drive may send. */
  readonly allocationLength?: number;
}

export interface Configuration {
  /** What the medium in the drive is. */
  readonly currentProfile: CodedValue<ProfileName>;
  /** Those that came whole. */
  readonly features: readonly Feature[];
  /** Bytes that the drive would have sent, given the room. */
  readonly availableLength: number;
}

/** Asks what the drive can do, and what it can do now. */
export function getConfiguration(options: GetConfigurationOptions = {}): Command<Configuration> {
  const { features = "all", startingFeature = 0, allocationLength = 2048 } = options;
  const cdb = getConfigurationCdb.pack({
    operationCode: 0x46,
    requestType: requestTypes[features],
    startingFeature,
    allocationLength,
  });
  return commandIn("GET CONFIGURATION", cdb, allocationLength, decodeConfiguration, {
    timeoutMs: informationalTimeoutMs,
  });
}

function decodeConfiguration(data: Uint8Array): Configuration {
  const header = featureListHeader.unpack(data, "GET CONFIGURATION data");
  // The length counts what follows it.
  const availableLength = 4 + header.dataLength;
  return {
    currentProfile: profile(header.currentProfile),
    features: decodeFeatures(data.subarray(featureListHeader.length, availableLength)),
    availableLength,
  };
}
