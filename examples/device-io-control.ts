// A drive as a Windows program sees it, here a virtual one: npx tsx examples/device-io-control.ts
import {
  dvdCopyProtectKey,
  DvdDevice,
  dvdKeyLengths,
  dvdKeyTypes,
  dvdRpcKey,
  ioControlCodes,
  ntStatus,
  ntStatusName,
  openWebUsb,
  OpticalDrive,
} from "usb-dvd";
import { VirtualDrive, VirtualUsbDevice } from "usb-dvd/virtual";

await using drive = await OpticalDrive.open(
  await openWebUsb(new VirtualUsbDevice(new VirtualDrive())),
);
const device = new DvdDevice(drive);

const input = dvdCopyProtectKey.encode({ keyType: dvdKeyTypes.getRpcKey });
const { readKey } = ioControlCodes;
const { status, output } = await device.deviceIoControl(readKey, input, dvdKeyLengths.rpcKey);
console.log(ntStatusName(status));
if (status === ntStatus.STATUS_SUCCESS) {
  const { keyData } = dvdCopyProtectKey.decode(output);
  console.log(dvdRpcKey.decode(keyData));
}
