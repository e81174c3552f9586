/** The ways in which a disc tells of its files; one disc may have several of them. */
export type VolumeFormat = "udf" | "rock-ridge" | "joliet" | "iso9660";

/** Where a part of a file's content is. */
export type ContentPiece =
  | { readonly kind: "blocks"; readonly lba: number; readonly bytes: number }
  | { readonly kind: "inline"; readonly data: Uint8Array; readonly bytes: number }
  | { readonly kind: "zeros"; readonly bytes: number };

/** A file, a directory, or something else with a name, as the disc has it. */
export interface VolumeEntry {
  /** As the disc has it: fit to be shown, and not to be made a path of. */
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "special";
  /** Of the content; of a directory, of what tells of its entries. */
  readonly bytes: number;
  readonly modified: Date | undefined;
  /** What a link points to. */
  readonly target?: string;
  /** The block by which it is known: two entries with the same one are the same directory. */
  readonly lba: number;
  /** Where its content is, in order. Throws `VolumeError` where that makes no sense. */
  content(): Promise<readonly ContentPiece[]>;
}

/** A tree of files on a disc. */
export interface Volume {
  readonly format: VolumeFormat;
  readonly label: string;
  readonly root: VolumeEntry;
  /** What is in a directory, in the order of the disc, without itself and its parent. */
  list(directory: VolumeEntry): Promise<readonly VolumeEntry[]>;
}
