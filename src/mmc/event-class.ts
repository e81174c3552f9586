/** The classes of events, and their bits in a request: MMC-6, GET EVENT STATUS NOTIFICATION. */
export const eventClasses = {
  operationalChange: 1,
  powerManagement: 2,
  externalRequest: 3,
  media: 4,
  multipleHosts: 5,
  deviceBusy: 6,
} as const;

export type EventClass = keyof typeof eventClasses;
