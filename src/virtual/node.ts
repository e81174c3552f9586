export * from "./index.js";
export { isoFileDisc, type IsoFileDisc } from "./iso-file.js";
