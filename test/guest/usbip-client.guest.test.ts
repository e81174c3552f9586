import { createHash } from "node:crypto";
import { expect, it } from "vitest";

import { OpticalDrive } from "../../src/drive/optical-drive.js";
import { listUsbIpDrives, openUsbIp } from "../../src/usb/usbip/index.js";
import { guestDisc } from "./support/discs.js";
import { loadQemuDrive, qemuDriveIds, qemuDriveLocation } from "./support/qemu-drive.js";
import { discDevice, interfaceDriver } from "./support/sysfs.js";
import { Usbipd } from "./support/usbipd.js";

const host = "127.0.0.1";

it("a drive that Linux's usbipd exports is found, identified and read, and given back", async () => {
  const { blocks, contentSha256 } = guestDisc("cd");
  loadQemuDrive("cd");
  try {
    const busId = await qemuDriveLocation();
    await discDevice(busId);
    await using daemon = await Usbipd.start();
    const server = { host, port: daemon.tcpPort };
    await expect(openUsbIp({ ...server, busId })).rejects.toMatchObject({
      code: "USB_UNAVAILABLE",
    });
    {
      await using shared = await daemon.share(busId);
      const [found, ...others] = await listUsbIpDrives(server);
      expect(others).toEqual([]);
      expect(found?.info).toMatchObject({
        ...qemuDriveIds,
        location: `usbip://${host}/${shared.busId}`,
      });
      await using drive = await OpticalDrive.open(await openUsbIp({ ...server, busId }));
      expect(drive.identity).toMatchObject({ vendor: "QEMU", product: "QEMU CD-ROM" });
      expect(await drive.medium()).toMatchObject({ blocks });
      // Who has it, has it alone.
      await expect(openUsbIp({ ...server, busId })).rejects.toMatchObject({ code: "USB_BUSY" });

      const hash = createHash("sha256");
      for await (const chunk of drive.read({ lba: 0, blocks })) hash.update(chunk);
      expect(hash.digest("hex")).toBe(contentSha256);

      await drive.eject();
      expect(await drive.presence()).toBe("noMedium"); // QEMU tells nothing of its tray
      await drive.load();
      expect(await drive.medium()).toMatchObject({ blocks });
    }
    expect(interfaceDriver(busId)).toBe("usb-storage");
  } finally {
    loadQemuDrive("dvd");
  }
});
