import { UsbDvdError } from "../errors.js";

/** Bytes that were to be a structure of ntddcdvd.h cannot be one. */
export class StructureError extends UsbDvdError {
  override readonly code = "BAD_STRUCTURE";
  /** For instance `DVD_REGION`. */
  readonly structure: string;

  constructor(structure: string, problem: string) {
    super(`These bytes are no ${structure}: ${problem}. Give the buffer as it is, and whole.`);
    this.structure = structure;
  }
}
