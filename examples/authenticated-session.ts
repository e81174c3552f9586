// A session with an authenticator that the caller supplies: npx tsx examples/authenticated-session.ts
// Here it is a stand-in that only the virtual drive understands: no disc and no real drive does.
import { openWebUsb, OpticalDrive, type SessionDetails } from "usb-dvd";
import {
  discFromBytes,
  standInAuthenticator,
  VirtualDrive,
  VirtualUsbDevice,
} from "usb-dvd/virtual";

const disc = discFromBytes(new Uint8Array(64 * 2048), {
  copyright: { protection: "css", regionMask: 0x00 },
  titleKeys: [{ firstLba: 16, lastLba: 63, key: new Uint8Array([1, 2, 3, 4, 5]) }],
});
const device = new VirtualUsbDevice(new VirtualDrive({ disc }));
await using drive = await OpticalDrive.open(await openWebUsb(device));
for (const event of ["sessionStarted", "sessionAuthenticated", "sessionEnded"] as const) {
  drive.keys.on(event, ({ agid }: SessionDetails) => console.log(`${event}: AGID ${agid}`));
}

await using session = await drive.keys.startSession();
await session.authenticate(standInAuthenticator().host);
const { key, copyrightMaterial } = await session.readTitleKey({ lba: 16 });
console.log(`a title key of ${key.length} bytes, copyrighted: ${String(copyrightMaterial)}`);
