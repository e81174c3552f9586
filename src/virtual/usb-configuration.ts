import { BULK_IN_ENDPOINT, BULK_OUT_ENDPOINT, CONFIGURATION_VALUE } from "./descriptors.js";

/** An endpoint as WebUSB describes it: the number without the direction bit. */
export interface VirtualEndpoint {
  readonly endpointNumber: number;
  readonly direction: "in" | "out";
  readonly type: "bulk";
  readonly packetSize: number;
}

export interface VirtualAlternateInterface {
  readonly alternateSetting: number;
  readonly interfaceClass: number;
  readonly interfaceSubclass: number;
  readonly interfaceProtocol: number;
  readonly interfaceName: string | null;
  readonly endpoints: VirtualEndpoint[];
}

export interface VirtualInterface {
  readonly interfaceNumber: number;
  readonly alternate: VirtualAlternateInterface;
  readonly alternates: VirtualAlternateInterface[];
  claimed: boolean;
}

export interface VirtualConfiguration {
  readonly configurationValue: number;
  readonly configurationName: string | null;
  readonly interfaces: VirtualInterface[];
}

/** The WebUSB tree of the one configuration that the descriptors tell of. */
export function virtualConfiguration(packetSize: number): VirtualConfiguration {
  const alternate: VirtualAlternateInterface = {
    alternateSetting: 0,
    interfaceClass: 0x08,
    interfaceSubclass: 0x06,
    interfaceProtocol: 0x50,
    interfaceName: null,
    endpoints: [endpoint(BULK_IN_ENDPOINT, packetSize), endpoint(BULK_OUT_ENDPOINT, packetSize)],
  };
  return {
    configurationValue: CONFIGURATION_VALUE,
    configurationName: null,
    interfaces: [{ interfaceNumber: 0, alternate, alternates: [alternate], claimed: false }],
  };
}

function endpoint(address: number, packetSize: number): VirtualEndpoint {
  return {
    endpointNumber: address & 0x0f,
    direction: (address & 0x80) === 0 ? "out" : "in",
    type: "bulk",
    packetSize,
  };
}
