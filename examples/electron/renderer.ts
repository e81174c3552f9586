// Electron's page, or an isolated web app with `usb-unrestricted`: asks for a drive, and reads it.
import { openWebUsb, OpticalDrive } from "usb-dvd";

const massStorage = { classCode: 0x08, protocolCode: 0x50 };

document.querySelector("button")?.addEventListener("click", () => void identify());

async function identify(): Promise<void> {
  const device = await navigator.usb.requestDevice({ filters: [massStorage] });
  await using drive = await OpticalDrive.open(await openWebUsb(device));
  const { vendor, product } = drive.identity;
  const medium = await drive.medium();
  document.body.append(`${vendor} ${product}: ${medium?.name ?? "no disc"}`);
}
