import { open, readFile, rename } from "node:fs/promises";

/** A file that is open, as far as an image needs it; Node's `FileHandle` is one. */
export interface OpenFile {
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
  write(
    data: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  /** Resolves once the data are on the disk. */
  datasync(): Promise<void>;
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
  close(): Promise<void>;
}

/**
 * What of a file system an image and its map are kept in. What it throws has the `code` that Node
 * gives it.
 */
export interface FileSystem {
  /** `r+` wants the file to be there, `w` and `w+` make an empty one. */
  open(path: string, flags: "r+" | "w" | "w+"): Promise<OpenFile>;
  readText(path: string): Promise<string>;
  exists(path: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** Resolves once what was made and renamed in a folder is on the disk. */
  syncFolder(path: string): Promise<void>;
}

export const nodeFileSystem: FileSystem = {
  open,
  readText: (path) => readFile(path, "utf8"),
  async exists(path) {
    try {
      await (await open(path, "r")).close();
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== "ENOENT";
    }
  },
  rename,
  async syncFolder(path) {
    if (process.platform === "win32") return; // there is no such thing
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};
