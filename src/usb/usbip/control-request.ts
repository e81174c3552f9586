import { bits, layout } from "../../layout.js";
import type { TransferInResult, TransferOptions } from "../connection.js";
import type { UrbCompletion, UrbSession } from "./urb-session.js";

/** A setup packet without its length, which is that of the data (USB 2.0, 9.3). */
export interface SetupFields {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

const setupPacket = layout(
  8,
  {
    requestType: bits(0, 0xff),
    request: bits(1, 0xff),
    value: bits(2, 0xffff),
    index: bits(4, 0xffff),
    length: bits(6, 0xffff),
  },
  "little-endian",
);

const name = "The control transfer";

/** A request for up to `length` bytes from the device. */
export async function controlIn(
  session: UrbSession,
  fields: SetupFields,
  length: number,
  options?: TransferOptions,
): Promise<TransferInResult> {
  const buffer = new Uint8Array(length);
  const setup = setupPacket.pack({ ...fields, length });
  const { status, bytesTransferred } = await session.run(
    { name, endpoint: 0, direction: "in", buffer, setup },
    options,
  );
  return { status, data: buffer.subarray(0, bytesTransferred) };
}

/** A request without data. */
export function controlOut(
  session: UrbSession,
  fields: SetupFields,
  options?: TransferOptions,
): Promise<UrbCompletion> {
  const buffer = new Uint8Array(0);
  const setup = setupPacket.pack(fields);
  return session.run({ name, endpoint: 0, direction: "out", buffer, setup }, options);
}
