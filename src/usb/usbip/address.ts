/** Where a USB/IP server listens. */
export interface UsbIpServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A device at a USB/IP server. */
export interface UsbIpAddress extends UsbIpServerAddress {
  /** As the server names it: `1-1.4`. */
  readonly busId: string;
}

/** The port that IANA has registered for USB/IP. */
export const defaultUsbIpPort = 3240;

/** `host`, `host:port` or `[v6 address]:port`; undefined for what is neither. */
export function parseUsbIpServer(text: string): UsbIpServerAddress | undefined {
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]+)\]|([^:/[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? defaultUsbIpPort : Number(digits);
  return host === undefined || port < 1 || port > 0xffff ? undefined : { host, port };
}

/** `host[:port]/busid`; undefined for what is not that. */
export function parseUsbIpDevice(text: string): UsbIpAddress | undefined {
  const [, server = "", busId = ""] = /^([^/]+)\/([\w.-]{1,31})$/.exec(text) ?? [];
  const address = parseUsbIpServer(server);
  return address && busId !== "" ? { ...address, busId } : undefined;
}

/** `host:port`, as messages and locators have it. */
export function formatUsbIpServer({ host, port }: UsbIpServerAddress): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === defaultUsbIpPort ? name : `${name}:${port}`;
}
