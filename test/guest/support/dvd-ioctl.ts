import { sh } from "./shell.js";

const program = "/share/programs/dvd-ioctl";

/** The errno by which the kernel has refused an ioctl. */
export class IoctlError extends Error {
  readonly errno: string;

  constructor(type: string, errno: string) {
    super(`ioctl ${type} failed: ${errno}`);
    this.errno = errno;
  }
}

/** The answers of `programs/dvd-ioctl.c`, by the type of its request; bytes are hexadecimal. */
interface Answers {
  "drive-status": { readonly status: number };
  "lu-send-agid": { readonly agid: number };
  "host-send-challenge": { readonly next: number };
  "lu-send-key1": { readonly key: string };
  "lu-send-challenge": { readonly challenge: string };
  "host-send-key2": { readonly next: number };
  "lu-send-title-key": {
    readonly cpm: number;
    readonly cp_sec: number;
    readonly cgms: number;
    readonly key: string;
  };
  "lu-send-asf": { readonly asf: number };
  "invalidate-agid": object;
  "lu-send-rpc-state": {
    readonly type: number;
    readonly vra: number;
    readonly ucca: number;
    readonly region_mask: number;
    readonly rpc_scheme: number;
  };
  "host-send-rpc-state": object;
  "read-physical": {
    readonly book_version: number;
    readonly book_type: number;
    readonly min_rate: number;
    readonly disc_size: number;
    readonly layer_type: number;
    readonly track_path: number;
    readonly nlayers: number;
    readonly track_density: number;
    readonly linear_density: number;
    readonly bca: number;
    readonly start_sector: number;
    readonly end_sector: number;
    readonly end_sector_l0: number;
  };
  "read-copyright": { readonly cpst: number; readonly rmi: number };
  "read-disckey": { readonly value: string };
  "read-bca": { readonly value: string };
  "read-manufacturer": { readonly value: string };
}

/** Asks the kernel's cdrom driver for one thing. Bytes are hexadecimal. Throws `IoctlError`. */
export async function dvdIoctl<Type extends keyof Answers>(
  device: string,
  type: Type,
  ...args: readonly (number | string)[]
): Promise<Answers[Type]> {
  const words = [program, device, type, ...args.map(String)];
  const { status, stdout, stderr } = await sh(`exec "$@"`, words);
  if (status === 1) throw new IoctlError(type, stderr.trim());
  if (status !== 0) throw new Error(`dvd-ioctl ${type}: ${stderr}`);
  return JSON.parse(stdout) as Answers[Type];
}
