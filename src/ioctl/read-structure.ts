import { MalformedResponseError } from "../errors.js";
import { bits, layout } from "../layout.js";
import { discStructureFormats, readDiscStructure } from "../mmc/read-disc-structure.js";
import type { Command } from "../scsi/command.js";
import { isSessionId, lbaOf } from "./addresses.js";
import { failure, success, type IoControlHandler } from "./io-control.js";
import { ntStatus } from "./nt-status.js";
import { dvdDescriptorHeader, dvdReadStructure } from "./structures.js";

/** READ DISC STRUCTURE counts its bytes in 16 bits, and its formats in eight. */
const maxAllocationLength = 0xffff;
const maxFormat = 0xff;

/** Most significant byte first, as the drive sends it. */
const wireHeader = layout(4, { length: bits(0, 0xffff) });

/** The sectors of a DVD_LAYER_DESCRIPTOR: the numbers that the caller gets in his own order. */
const sectorOffsets = [4, 8, 12].map((offset) => dvdDescriptorHeader.size + offset);
const sectorLength = 4;

/**
 * IOCTL_DVD_READ_STRUCTURE: answers with a DVD_DESCRIPTOR_HEADER and what the drive has of the
 * format, its length and a layer's sectors turned to little-endian.
 */
export const readStructure: IoControlHandler = async (drive, { input, outputLength }) => {
  if (input.length < dvdReadStructure.size) return failure(ntStatus.STATUS_INVALID_PARAMETER);
  const { size } = dvdDescriptorHeader;
  if (outputLength < size) return failure(ntStatus.STATUS_BUFFER_TOO_SMALL, size);
  if (outputLength > maxAllocationLength) return failure(ntStatus.STATUS_INVALID_PARAMETER);
  if (!(await drive.isDvdDrive())) return failure(ntStatus.STATUS_INVALID_DEVICE_REQUEST);
  const { blockByteOffset, format, sessionId, layerNumber } = dvdReadStructure.decode(input);
  const address = lbaOf(blockByteOffset);
  const isDiskKey = format === discStructureFormats.discKey;
  if (address === undefined || format > maxFormat || (isDiskKey && !isSessionId(sessionId))) {
    return failure(ntStatus.STATUS_INVALID_PARAMETER);
  }
  const command = readDiscStructure({
    format,
    address,
    layer: layerNumber,
    allocationLength: outputLength,
    ...(isDiskKey && { agid: sessionId }),
  });
  const reply = await drive.execute(raw(command));
  return success(littleEndian(reply, format === discStructureFormats.physical));
};

/** The command, with its reply left as it came. */
function raw(command: Command<unknown>): Command<Uint8Array> {
  return { ...command, decode: (data) => data };
}

function littleEndian(reply: Uint8Array, isLayer: boolean): Uint8Array {
  const { length } = wireHeader.unpack(reply, "disc structure");
  if (length < 2) {
    throw new MalformedResponseError(
      "disc structure",
      0,
      `its length says ${length}, of 2 at least`,
    );
  }
  const output = reply.slice();
  output.subarray(0, 2).reverse();
  for (const offset of isLayer ? sectorOffsets : []) {
    const end = offset + sectorLength;
    if (end <= output.length) output.subarray(offset, end).reverse();
  }
  return output;
}
