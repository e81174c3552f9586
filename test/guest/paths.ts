import { resolve } from "node:path";

export const repository = resolve(import.meta.dirname, "../..");

/** What is built once and kept: the kernel, the discs, the last results. Ignored by git. */
export const guestCache = resolve(repository, ".cache/guest");
