// Electron's main process: lets the page have the drive, which browsers keep from pages.
import { app, BrowserWindow, session } from "electron";

const massStorage = "mass-storage";

await app.whenReady();
const { defaultSession } = session;
defaultSession.setUSBProtectedClassesHandler(({ protectedClasses }) =>
  protectedClasses.filter((name) => name !== massStorage),
);
defaultSession.setDevicePermissionHandler(({ deviceType }) => deviceType === "usb");
defaultSession.on("select-usb-device", (event, { deviceList }, choose) => {
  event.preventDefault();
  choose(deviceList[0]?.deviceId); // ask, where there is more than one
});
await new BrowserWindow().loadFile("index.html");
