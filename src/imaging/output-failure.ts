import { ImagingError } from "./errors.js";

/** What the operating system says of a file that cannot be written, in our words. */
export function outputFailure(path: string, cause: unknown): ImagingError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    const problem = `There is no room left for ${path}. Free some space, or write it elsewhere.`;
    return new ImagingError("OUTPUT_FULL", path, problem, { cause });
  }
  const problem = `${path} cannot be written (${message}). Choose a folder that you may write to.`;
  return new ImagingError("OUTPUT_NOT_WRITABLE", path, problem, { cause });
}
