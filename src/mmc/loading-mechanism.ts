/** How a disc gets into the drive, MMC-6 5.3, Removable Medium feature. */
export const loadingMechanisms = {
  0: "caddy or slot",
  1: "tray",
  2: "pop-up",
  4: "changer with individually changeable discs",
  5: "changer with a magazine",
} as const;

export type LoadingMechanism = (typeof loadingMechanisms)[keyof typeof loadingMechanisms];
