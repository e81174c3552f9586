import { be16, bytes } from "../bytes.js";

/** A reply of REPORT KEY (MMC-6): the length of what follows, two reserved bytes, the content. */
export const keyData = (content: Uint8Array) => bytes(be16(content.length + 2), [0, 0], content);
