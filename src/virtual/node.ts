export * from "./index.js";
export { isoFileDisc, type IsoFileDisc } from "./iso-file.js";
export { regionFile, type RegionFileOptions } from "./region-file.js";
