import { ascii, be16, byteAt, bytes, readBe16 } from "../bytes.js";
import type { Command, DriveIdentity } from "../command.js";
import { data, refuse } from "../reply.js";
import { invalidFieldInCdb } from "../sense.js";

/** Peripheral qualifier 0, device type 05h: a CD or DVD device, connected. */
const CD_DVD_DEVICE = 0x05;

/** INQUIRY (SPC-4 6.6): standard data, or one of the vital product data pages 00h, 80h and 83h. */
export const inquiry: Command = {
  name: "INQUIRY",
  opcode: 0x12,
  cdbLength: 6,
  passesUnitAttention: true,
  run({ identity }, cdb) {
    const wantsVitalProductData = (byteAt(cdb, 1) & 0x01) !== 0;
    const pageCode = byteAt(cdb, 2);
    const allocationLength = readBe16(cdb, 3);
    if (wantsVitalProductData) {
      const page = vitalProductData(pageCode, identity);
      return page ? data(page, allocationLength) : refuse(invalidFieldInCdb(2));
    }
    if (pageCode !== 0) return refuse(invalidFieldInCdb(2));
    return data(standardInquiry(identity), allocationLength);
  },
};

function standardInquiry({ vendorId, productId, revision }: DriveIdentity): Uint8Array {
  const removable = 0x80;
  const spc4 = 0x06;
  const responseDataFormat = 0x02;
  return bytes(
    [CD_DVD_DEVICE, removable, spc4, responseDataFormat, 36 - 5, 0, 0, 0],
    ascii(vendorId, 8),
    ascii(productId, 16),
    ascii(revision, 4),
  );
}

function vitalProductData(pageCode: number, identity: DriveIdentity): Uint8Array | undefined {
  switch (pageCode) {
    case 0x00:
      return page(0x00, bytes(0x00, 0x80, 0x83));
    case 0x80:
      return page(0x80, ascii(identity.serial));
    case 0x83:
      return page(0x83, designator(identity));
    default:
      return undefined;
  }
}

const page = (code: number, content: Uint8Array) =>
  bytes(CD_DVD_DEVICE, code, be16(content.length), content);

/** A T10 vendor ID based designator of the logical unit, in ASCII (SPC-4). */
function designator({ vendorId, productId, serial }: DriveIdentity): Uint8Array {
  const name = bytes(ascii(vendorId, 8), ascii(productId, 16), ascii(serial));
  return bytes([0x02, 0x01, 0x00, name.length], name);
}
