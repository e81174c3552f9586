import { parseInterfaces, configurationHeader } from "../configuration-descriptor.js";
import type { UsbConnection, UsbDeviceInfo } from "../connection.js";
import { findBulkOnlyInterface } from "../descriptors.js";
import {
  UsbBusyError,
  UsbNotADriveError,
  UsbTransferError,
  UsbUnavailableError,
} from "../errors.js";
import { formatUsbIpServer, type UsbIpAddress } from "./address.js";
import { UsbIpConnection } from "./connection.js";
import { controlIn, controlOut } from "./control-request.js";
import { MessageSocket } from "./message-socket.js";
import { deviceLocation, readDescription, requestOperation, serverEnded } from "./operations.js";
import { busIdLength, deviceDescription, operation, operationStatus } from "./protocol.js";
import { UrbSession } from "./urb-session.js";

/** Standard requests and descriptor types of USB 2.0, 9.4. */
const getDescriptor = { requestType: 0x80, request: 0x06, index: 0 };
const getConfiguration = { requestType: 0x80, request: 0x08, value: 0, index: 0 };
const setConfiguration = { requestType: 0x00, request: 0x09, index: 0 };
const setInterface = { requestType: 0x01, request: 0x0b };
const deviceType = 1;
const configurationType = 2;
const stringType = 3;
const descriptorBytes = 255;

/**
 * Imports a device from a USB/IP server and looks at its descriptors.
 *
 * @throws UsbUnavailableError where no server answers, or it has no such device; UsbBusyError where
 * another client has it; UsbNotADriveError, UsbIpProtocolError, UsbDisconnectedError; or the signal's
 * reason.
 */
export async function openUsbIp(
  address: UsbIpAddress,
  options: { readonly signal?: AbortSignal } = {},
): Promise<UsbConnection> {
  const socket = await MessageSocket.connect(address, options.signal);
  const onAbort = (): void => socket.destroy();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const { info, deviceId } = await importDevice(socket, address);
    return await enumerate(new UrbSession(socket, deviceId), info);
  } catch (error) {
    socket.destroy();
    throw options.signal?.aborted === true ? options.signal.reason : error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
  }
}

async function importDevice(
  socket: MessageSocket,
  address: UsbIpAddress,
): Promise<{ info: UsbDeviceInfo; deviceId: number }> {
  const busId = new Uint8Array(busIdLength);
  busId.set(new TextEncoder().encode(address.busId));
  const status = await requestOperation(socket, operation.import, busId);
  const where = deviceLocation(address, address.busId);
  if (status === operationStatus.busy) {
    throw new UsbBusyError(`${where} is in use by another computer. Detach it there first.`);
  }
  if (status !== operationStatus.ok) {
    throw new UsbUnavailableError(
      `There is no ${where} (status ${status}). 'usb-dvd list --remote ${formatUsbIpServer(address)}' ` +
        `shows what there is; Linux exports a device after 'usbip bind --busid ${address.busId}'.`,
    );
  }
  const data = await socket.receive(deviceDescription.length, serverEnded);
  const { info, busNumber, deviceNumber } = readDescription(data, address);
  return { info, deviceId: busNumber * 0x10000 + deviceNumber };
}

async function enumerate(session: UrbSession, remote: UsbDeviceInfo): Promise<UsbConnection> {
  const device = await readDescriptor(session, deviceType, 0, 18);
  const names = await readNames(session, device);
  const info = { ...remote, ...names };

  const start = await readDescriptor(session, configurationType, 0, configurationHeader.length);
  const { totalLength, configurationValue } = configurationHeader.unpack(start, "configuration");
  const configuration = await readDescriptor(session, configurationType, 0, totalLength);
  const bulkOnly = findBulkOnlyInterface(parseInterfaces(configuration));
  if (bulkOnly === undefined) {
    throw new UsbNotADriveError(
      `${info.location} does not speak Bulk-Only Transport, so it is no drive of this kind.`,
    );
  }
  const configure = async (): Promise<void> => {
    const { data } = await controlIn(session, getConfiguration, 1);
    if (data[0] !== configurationValue) {
      const { status } = await controlOut(session, {
        ...setConfiguration,
        value: configurationValue,
      });
      if (status !== "ok") throw new UsbTransferError(`${info.location} refused to be configured.`);
    }
    if (!bulkOnly.hasAlternates) return;
    const { alternateSetting: value, interfaceNumber: index } = bulkOnly;
    await controlOut(session, { ...setInterface, value, index });
  };
  await configure();
  return new UsbIpConnection(session, info, bulkOnly, configure);
}

async function readDescriptor(
  session: UrbSession,
  type: number,
  index: number,
  length: number,
): Promise<Uint8Array> {
  const request = { ...getDescriptor, value: (type << 8) | index };
  return (await controlIn(session, request, length)).data;
}

/** What the device calls itself, where it does: many a bridge has none, or refuses to tell. */
async function readNames(session: UrbSession, device: Uint8Array): Promise<Partial<UsbDeviceInfo>> {
  const [manufacturer = 0, product = 0, serial = 0] = device.subarray(14, 17);
  const languages = await readDescriptor(session, stringType, 0, descriptorBytes);
  const language = (languages[2] ?? 0) | ((languages[3] ?? 0) << 8);
  const read = async (index: number): Promise<string | undefined> => {
    if (index === 0) return undefined;
    const request = { ...getDescriptor, value: (stringType << 8) | index, index: language };
    const { data } = await controlIn(session, request, descriptorBytes);
    const text = new TextDecoder("utf-16le").decode(data.subarray(2, data[0] ?? 0)).trim();
    return text === "" ? undefined : text;
  };
  const manufacturerName = await read(manufacturer);
  const productName = await read(product);
  const serialNumber = await read(serial);
  return {
    ...(manufacturerName !== undefined && { manufacturerName }),
    ...(productName !== undefined && { productName }),
    ...(serialNumber !== undefined && { serialNumber }),
  };
}
