import {
  getConfiguration,
  getEventStatusNotification,
  getNominalPerformance,
  getWriteSpeeds,
  mechanismStatus,
  modeSenseCapabilities,
  readBurstCuttingArea,
  readCopyrightInformation,
  readDiscInformation,
  readDiscKey,
  readDiscStructureList,
  readManufacturerInformation,
  readPhysicalFormat,
  readRawToc,
  readSessionInfo,
  readSessionInfoMsf,
  readToc,
  readTocMsf,
  readTrackInformation,
  reportAgid,
  reportAuthenticationSuccess,
  reportChallenge,
  reportKey1,
  reportRpcState,
  reportTitleKey,
} from "../src/mmc/index.js";
import { dvdCopyProtectKey } from "../src/ioctl/copy-protect-key.js";
import { dvdReadStructure, dvdRegion, dvdRpcKey } from "../src/ioctl/structures.js";
import type { Command } from "../src/scsi/command.js";
import { parseCommandStatusWrapper } from "../src/transport/command-status-wrapper.js";
import { parseInterfaces } from "../src/usb/configuration-descriptor.js";
import { findBulkOnlyInterface } from "../src/usb/descriptors.js";
import { readDescription } from "../src/usb/usbip/operations.js";
import { interfaceDescription, urbReply } from "../src/usb/usbip/protocol.js";
import {
  allModePages,
  inquiry,
  inquiryDeviceIdentification,
  inquirySupportedPages,
  inquiryUnitSerialNumber,
  modeSense,
  read10,
  readCapacity,
  requestSense,
} from "../src/scsi/index.js";

export type Decoder = (data: Uint8Array) => unknown;

/** What else is read from bytes that a device, a server or a caller has sent. */
export const structureDecoders: readonly (readonly [name: string, decode: Decoder])[] = [
  ["CSW", parseCommandStatusWrapper],
  ["interface descriptors", (data) => findBulkOnlyInterface(parseInterfaces(data))],
  ["USB/IP device", (data) => readDescription(data, { host: "localhost", port: 3240 })],
  ["USB/IP interface", (data) => interfaceDescription.unpack(data, "USB/IP interface")],
  ["USB/IP reply", (data) => urbReply.unpack(data, "USB/IP reply")],
  ["DVD_COPY_PROTECT_KEY", (data) => dvdCopyProtectKey.decode(data)],
  ["DVD_READ_STRUCTURE", (data) => dvdReadStructure.decode(data)],
  ["DVD_REGION", (data) => dvdRegion.decode(data)],
  ["DVD_RPC_KEY", (data) => dvdRpcKey.decode(data)],
];

/** Every command whose reply is decoded, for tests that throw bytes at all decoders. */
export const decoders: readonly (readonly [name: string, command: Command<unknown>])[] = [
  ["standard INQUIRY", inquiry()],
  ["supported VPD pages", inquirySupportedPages()],
  ["unit serial number", inquiryUnitSerialNumber()],
  ["device identification", inquiryDeviceIdentification()],
  ["REQUEST SENSE", requestSense()],
  ["MODE SENSE (10)", modeSense(allModePages)],
  ["READ CAPACITY (10)", readCapacity()],
  ["READ (10)", read10(0, 1)],
  ["mode page 2Ah", modeSenseCapabilities()],
  ["GET CONFIGURATION", getConfiguration()],
  ["GET EVENT STATUS NOTIFICATION", getEventStatusNotification(["media"])],
  ["TOC", readToc()],
  ["TOC with times", readTocMsf()],
  ["session information", readSessionInfo()],
  ["session information with times", readSessionInfoMsf()],
  ["raw TOC", readRawToc()],
  ["READ DISC INFORMATION", readDiscInformation()],
  ["READ TRACK INFORMATION", readTrackInformation("track", 1)],
  ["physical format", readPhysicalFormat()],
  ["copyright information", readCopyrightInformation()],
  ["disc key", readDiscKey(0)],
  ["burst cutting area", readBurstCuttingArea()],
  ["manufacturer information", readManufacturerInformation()],
  ["list of disc structures", readDiscStructureList()],
  ["MECHANISM STATUS", mechanismStatus()],
  ["nominal performance", getNominalPerformance("read")],
  ["write speeds", getWriteSpeeds()],
  ["AGID", reportAgid()],
  ["challenge", reportChallenge(0)],
  ["KEY1", reportKey1(0)],
  ["title key", reportTitleKey(0, 0)],
  ["authentication success", reportAuthenticationSuccess(0)],
  ["RPC state", reportRpcState()],
];
