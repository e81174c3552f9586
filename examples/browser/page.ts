// A page that lists the files of an image that is dropped on it, through the whole driver: bundle it
// with esbuild --bundle examples/browser/page.ts, and put it into index.html.
import { openVolume, openWebUsb, OpticalDrive, walk } from "usb-dvd";
import { discFromBlob, VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";

export async function namesOf(image: Blob): Promise<string[]> {
  const device = new VirtualUsbDevice(new VirtualDrive({ disc: discFromBlob(image) }));
  const drive = await OpticalDrive.open(await openWebUsb(device));
  try {
    const { blocks = 0 } = (await drive.medium()) ?? {};
    const volume = await openVolume(drive, { blocks });
    const names: string[] = [];
    for await (const { path } of walk(volume, { path: [], entry: volume.root })) {
      names.push(`/${path.join("/")}`);
    }
    return names;
  } finally {
    await drive.close(); // not every browser has `await using` yet
  }
}

globalThis.addEventListener("drop", (event) => {
  event.preventDefault();
  const image = event.dataTransfer?.files[0];
  if (image) void namesOf(image).then((names) => document.body.append(names.join("\n")));
});
