import { decodeSense } from "../scsi/sense.js";
import { hexByte } from "../scsi/sense-text.js";
import { CommandFollower, type FollowedCommand } from "./command-follower.js";
import { operationName } from "./operation-names.js";
import type { TransferObserver } from "./transfer-event.js";

export interface TextObserverOptions {
  /** Whether the data of replies are shown, and keys with them; nothing of either by default. */
  readonly reveal?: boolean;
}

/** Makes a readable line of each command, once it is over; requests to the device have their own. */
export function textObserver(
  write: (line: string) => void,
  { reveal = false }: TextObserverOptions = {},
): TransferObserver {
  const follower = new CommandFollower({
    reveal,
    onCommand: (command) => write(describe(command, reveal)),
  });
  return (event) => {
    follower.follow(event);
    if (event.pipe !== "control" || event.step !== "submitted" || !event.setup) return;
    write(`${clock(event.at)}  ${requestName(event.setup)}`);
  };
}

const operations = { requestSense: 0x03, read10: 0x28, read12: 0xa8 } as const;
const statusTexts = ["ok", "failed", "phase error"] as const;
const shownBytes = 32;

function describe(command: FollowedCommand, reveal: boolean): string {
  const { cdb, status, startedAt, endedAt, transferred, transferLength } = command;
  const parts = [
    clock(startedAt),
    operationName(cdb[0]).padEnd(29),
    hex(cdb),
    ...addressOf(cdb),
    ...(transferLength > 0 ? [`${transferred} of ${transferLength} bytes`] : []),
    status === undefined ? "no status" : (statusTexts[status] ?? `status ${status}`),
    `${(endedAt - startedAt).toFixed(1)} ms`,
    ...senseOf(command),
    ...(reveal && command.data.length > 0 ? [hex(command.data.subarray(0, shownBytes))] : []),
  ];
  return parts.join("  ");
}

function addressOf(cdb: Uint8Array): string[] {
  const [operation] = cdb;
  if (operation !== operations.read10 && operation !== operations.read12) return [];
  const view = new DataView(cdb.buffer, cdb.byteOffset, cdb.byteLength);
  const blocks = operation === operations.read10 ? view.getUint16(7) : view.getUint32(6);
  return [`LBA ${view.getUint32(2)} + ${blocks}`];
}

/** What a reply to REQUEST SENSE says, in words. */
function senseOf({ cdb, data }: FollowedCommand): string[] {
  if (cdb[0] !== operations.requestSense || data.length === 0) return [];
  try {
    const { senseKeyName, text, asc, ascq } = decodeSense(data);
    return [`${senseKeyName}, ${text} (${hexByte(asc)}/${hexByte(ascq)})`];
  } catch {
    return ["sense data that make no sense"];
  }
}

/** USB 2.0, 9.4, and Bulk-Only Transport, 3. */
function requestName(setup: Uint8Array): string {
  const [requestType = 0, request = 0] = setup;
  const index = (setup[4] ?? 0) | ((setup[5] ?? 0) << 8);
  if (requestType === 0x21 && request === 0xff) return "Bulk-Only Mass Storage Reset";
  if (requestType === 0xa1 && request === 0xfe) return "Get Max LUN";
  if (requestType === 0x02 && request === 0x01) {
    return `Clear halt of endpoint ${index.toString(16).padStart(2, "0")}h`;
  }
  return `Request ${hex(setup)}`;
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 23);

const hex = (data: Uint8Array): string =>
  Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
