import { codedValue, type CodedValue } from "../scsi/coded-value.js";

/** What kinds of medium a drive handles, MMC-6 5.3, Profile List feature. */
export const profileNames = {
  0x0000: "no current profile",
  0x0001: "Non-removable disk",
  0x0002: "Removable disk",
  0x0003: "MO erasable",
  0x0004: "Optical write once",
  0x0005: "AS-MO",
  0x0008: "CD-ROM",
  0x0009: "CD-R",
  0x000a: "CD-RW",
  0x0010: "DVD-ROM",
  0x0011: "DVD-R Sequential Recording",
  0x0012: "DVD-RAM",
  0x0013: "DVD-RW Restricted Overwrite",
  0x0014: "DVD-RW Sequential Recording",
  0x0015: "DVD-R Dual Layer Sequential Recording",
  0x0016: "DVD-R Dual Layer Jump Recording",
  0x0017: "DVD-RW Dual Layer",
  0x0018: "DVD-Download disc recording",
  0x001a: "DVD+RW",
  0x001b: "DVD+R",
  0x0020: "DDCD-ROM",
  0x0021: "DDCD-R",
  0x0022: "DDCD-RW",
  0x002a: "DVD+RW Dual Layer",
  0x002b: "DVD+R Dual Layer",
  0x0040: "BD-ROM",
  0x0041: "BD-R SRM",
  0x0042: "BD-R RRM",
  0x0043: "BD-RE",
  0x0050: "HD DVD-ROM",
  0x0051: "HD DVD-R",
  0x0052: "HD DVD-RAM",
  0x0053: "HD DVD-RW",
  0x0058: "HD DVD-R Dual Layer",
  0x005a: "HD DVD-RW Dual Layer",
  0xffff: "no standard profile",
} as const;

export type ProfileName = (typeof profileNames)[keyof typeof profileNames];

/** A profile by its number. */
export function profile(code: number): CodedValue<ProfileName> {
  return codedValue(profileNames, code);
}
