import { createHash } from "node:crypto";
import { access, open, rename, rm, type FileHandle } from "node:fs/promises";
import { ImagingError } from "./errors.js";

export interface ImageOptions {
  /** Replace a file that exists; without it, such a file is refused. */
  readonly overwrite?: boolean;
  /** Called after every chunk with the number of bytes that are written. */
  readonly onProgress?: (bytesWritten: number) => void;
}

export interface ImageResult {
  readonly bytes: number;
  /** SHA-256 over the image, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes the chunks to `path`, and hashes them on the way. The file gets its name only when it is
 * whole, `bytes` long and on the disk; until then it is `<path>.part`, which is removed when
 * anything goes wrong. Throws `ImagingError`, or what the chunks throw.
 */
export async function writeImage(
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
  path: string,
  options: ImageOptions = {},
): Promise<ImageResult> {
  const { overwrite = false, onProgress } = options;
  const part = `${path}.part`;
  if (!overwrite) await refuseExisting(path);
  const file = await openForWriting(part, path);
  try {
    const result = await copyAndHash(chunks, file, path, onProgress);
    if (result.bytes !== bytes) {
      throw new ImagingError(
        "IMAGE_INCOMPLETE",
        path,
        `The drive sent ${result.bytes} of ${bytes} bytes. Nothing was kept; try again.`,
      );
    }
    await file.sync();
    await file.close();
    if (!overwrite) await refuseExisting(path);
    await rename(part, path);
    return result;
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
}

async function copyAndHash(
  chunks: AsyncIterable<Uint8Array>,
  file: FileHandle,
  path: string,
  onProgress?: (bytesWritten: number) => void,
): Promise<ImageResult> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    const writing = writeAll(file, chunk, path);
    hash.update(chunk);
    await writing;
    bytes += chunk.length;
    onProgress?.(bytes);
  }
  return { bytes, sha256: hash.digest("hex") };
}

async function writeAll(file: FileHandle, chunk: Uint8Array, path: string): Promise<void> {
  try {
    for (let written = 0; written < chunk.length;) {
      written += (await file.write(chunk, written)).bytesWritten;
    }
  } catch (error) {
    throw writeFailure(path, error);
  }
}

async function refuseExisting(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  throw new ImagingError(
    "OUTPUT_EXISTS",
    path,
    `${path} exists. Choose another name, or allow it to be replaced.`,
  );
}

async function openForWriting(part: string, path: string): Promise<FileHandle> {
  try {
    return await open(part, "w");
  } catch (error) {
    throw writeFailure(path, error);
  }
}

function writeFailure(path: string, cause: unknown): ImagingError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    const problem = `There is no room left for ${path}. Free some space, or write it elsewhere.`;
    return new ImagingError("OUTPUT_FULL", path, problem, { cause });
  }
  const problem = `${path} cannot be written (${message}). Choose a folder that you may write to.`;
  return new ImagingError("OUTPUT_NOT_WRITABLE", path, problem, { cause });
}
