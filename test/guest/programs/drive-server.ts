/**
 * A virtual drive behind a USB/IP server, in a process of its own: whoever uses libusb waits for the
 * kernel in places without serving anybody. The parent calls the methods below over the channel that
 * `fork` gives it.
 */
import {
  BulkOnlyDevice,
  FaultScript,
  isoFileDisc,
  standInAuthenticator,
  VirtualDrive,
  type Disc,
  type DiscOptions,
  type DriveAuthenticator,
  type DriveIdentity,
  type IsoFileDisc,
  type RegionState,
  type UsbSpeed,
  UsbIpServer,
} from "../../../src/virtual/node.js";

/** A disc: an image's path, and what else the drive is to find on it. */
export interface DiscDescription extends DiscOptions {
  readonly path: string;
}

export interface DriveDescription {
  readonly disc?: DiscDescription;
  readonly speed?: UsbSpeed;
  readonly identity?: Partial<DriveIdentity>;
  readonly region?: Partial<RegionState>;
  readonly trayOpen?: boolean;
  /** The challenge that the drive always gives, in place of one that nobody can foresee. */
  readonly challenge?: Uint8Array;
}

/** A command as the drive got it. */
export interface SeenCommand {
  readonly cdb: Uint8Array;
  /** The data that came with it. */
  readonly parameters: Uint8Array;
  readonly status: number;
}

interface Serving {
  readonly drive: VirtualDrive;
  readonly device: BulkOnlyDevice;
  readonly server: UsbIpServer;
  readonly seen: SeenCommand[];
}

let serving: Serving | undefined;
/** The discs that are in use, with their files. */
let discs: IsoFileDisc[] = [];

const methods = {
  /** Switches a drive on, in place of any other, and returns its server's port. */
  serve: async ({ disc, speed, challenge, ...options }: DriveDescription): Promise<number> => {
    await unplug();
    const seen: SeenCommand[] = [];
    const drive = new VirtualDrive({
      ...options,
      ...(disc && { disc: await openDisc(disc) }),
      authenticator: authenticator(challenge),
      onCommand: ({ cdb, parameters, status }) => {
        seen.push({ cdb: cdb.slice(), parameters: parameters.slice(), status });
      },
    });
    const device = new BulkOnlyDevice(drive, { ...(speed && { speed }) });
    const server = new UsbIpServer([device]);
    serving = { drive, device, server, seen };
    return (await server.listen({ port: 0 })).port;
  },

  /** Pulls the drive's plug. */
  unplug: (): Promise<void> => unplug(),

  /** The commands that were answered since the last call. */
  takeCommands: (): SeenCommand[] => current().seen.splice(0),

  /** Lets go wrong what a fault script says, in place of what went wrong before. */
  setFaults: (script: string): void => {
    current().device.faults = FaultScript.parse(script);
  },

  /** Opens the tray, puts the disc on it, and closes it. */
  insert: async (disc: DiscDescription): Promise<void> => {
    current().drive.insert(await openDisc(disc));
  },

  /** Opens the tray, takes the disc, and closes it. */
  empty: (): void => {
    const { drive } = current();
    drive.takeDisc();
    drive.closeTray();
  },

  /** Presses the button at the drive's front. */
  pressEject: (): void => current().drive.pressEject(),

  state: (): DriveState => {
    const { region, trayOpen, trayLocked } = current().drive;
    return { region, trayOpen, trayLocked };
  },
};

export type DriveServerMethods = typeof methods;

export interface DriveState {
  readonly region: RegionState;
  readonly trayOpen: boolean;
  readonly trayLocked: boolean;
}

export interface DriveServerCall {
  readonly id: number;
  readonly method: keyof DriveServerMethods;
  readonly args: readonly unknown[];
}

export interface DriveServerAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

process.on("message", ({ id, method, args }: DriveServerCall) => {
  const call = methods[method] as (...given: readonly unknown[]) => unknown;
  void Promise.resolve()
    .then(() => call(...args))
    .then(
      (result): DriveServerAnswer => ({ id, result }),
      (error: unknown): DriveServerAnswer => ({ id, error }),
    )
    .then((answer) => process.send?.(answer));
});
// Whoever started this program has gone.
process.on("disconnect", () => process.exit());

function current(): Serving {
  if (!serving) throw new Error("No drive is switched on: call serve() first.");
  return serving;
}

async function unplug(): Promise<void> {
  await serving?.server.close();
  serving = undefined;
  for (const disc of discs) await disc.close();
  discs = [];
}

async function openDisc({ path, ...options }: DiscDescription): Promise<Disc> {
  const disc = await isoFileDisc(path, options);
  discs.push(disc);
  return disc;
}

function authenticator(challenge: Uint8Array | undefined): DriveAuthenticator {
  const { drive } = standInAuthenticator();
  return challenge ? { ...drive, createChallenge: () => Promise.resolve(challenge) } : drive;
}
