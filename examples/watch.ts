// What happens to the disc in a drive, here by the hand of a program: npx tsx examples/watch.ts
import { openWebUsb, OpticalDrive } from "usb-dvd";
import { discFromBytes, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";

const virtual = new VirtualDrive();
const drive = await OpticalDrive.open(await openWebUsb(new VirtualUsbDevice(virtual)));
drive.on("mediaInserted", () => console.log("a disc was inserted"));
drive.on("becameReady", () => console.log("it can be read"));
drive.on("mediaRemoved", () => console.log("the disc is gone"));
drive.watchMedia(50);

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));
await aMoment();
virtual.insert(discFromBytes(new Uint8Array(16 * 2048)));
await aMoment();
await drive.eject();
await aMoment();
await drive.close();
