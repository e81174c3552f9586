import type { IsoFileDisc, UsbIpServer } from "../virtual/node.js";
import { readFaults, type EmulatedDrive } from "./emulated-drive.js";

/** A virtual drive, and what people call it by. */
export interface ControlledDrive extends EmulatedDrive {
  readonly busId: string;
}

const usage =
  "eject, load, press, remove, insert <disc.iso>, faults <script>, heal, unplug or plug, and a bus " +
  "id where there are several drives";

/** Does as lines of text say with virtual drives: `eject`, `insert disc.iso`, `1-2 press`. */
export class DriveControl {
  readonly #drives: readonly ControlledDrive[];
  readonly #server: UsbIpServer;
  readonly #openDisc: (path: string) => Promise<IsoFileDisc>;

  constructor(
    drives: readonly ControlledDrive[],
    server: UsbIpServer,
    openDisc: (path: string) => Promise<IsoFileDisc>,
  ) {
    this.#drives = drives;
    this.#server = server;
    this.#openDisc = openDisc;
  }

  /**
   * Carries out one line, and resolves with what there is to say of it.
   *
   * Rejects as `openDisc` and `readFaults` do where a file cannot be had; the drive is then as it was.
   */
  async run(line: string): Promise<string> {
    const [, busId, verb = "", path = ""] =
      /^(?:(\d+-\d+)\s+)?(\S*)\s*(.*)$/.exec(line.trim()) ?? [];
    const target = this.#choose(busId);
    if (target === undefined) {
      const known = this.#drives.map((drive) => drive.busId).join(", ");
      return `Which drive? There is ${known}: write for instance "${known.slice(0, 3)} eject".`;
    }
    const { busId: id, drive, device } = target;
    switch (verb) {
      case "eject":
        drive.eject();
        break;
      case "load":
        drive.closeTray();
        break;
      case "press":
        drive.pressEject();
        break;
      case "remove":
        drive.takeDisc();
        drive.closeTray();
        break;
      case "insert":
        drive.insert(await this.#openDisc(path));
        break;
      case "faults":
        device.faults = await readFaults(path);
        return `${id}: goes wrong as ${path} says`;
      case "heal":
        device.faults = undefined;
        return `${id}: goes right`;
      case "unplug":
        device.unplug();
        return `${id}: is unplugged`;
      case "plug":
        this.#server.plug(device);
        return `${id}: is plugged in`;
      default:
        return `"${verb}" is nothing to do with a drive. There is ${usage}.`;
    }
    return `${id}: the tray is ${drive.trayOpen ? "open" : "closed"}`;
  }

  #choose(busId: string | undefined): ControlledDrive | undefined {
    if (busId !== undefined) return this.#drives.find((drive) => drive.busId === busId);
    return this.#drives.length === 1 ? this.#drives[0] : undefined;
  }
}
