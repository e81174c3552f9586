/** What can be wrong with a disc before any drive has seen it. */
export type DiscErrorCode = "empty" | "not-whole-blocks" | "too-large" | "bad-option";

/** A file that holds no region state. The message says which and what to do about it. */
export class RegionFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RegionFileError";
  }
}

/** A disc that cannot exist was asked for. The message says which and what to do about it. */
export class DiscError extends Error {
  readonly code: DiscErrorCode;

  constructor(code: DiscErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DiscError";
    this.code = code;
  }
}
