import type { ContentPiece, Volume, VolumeEntry } from "../../src/volume/index.js";

export interface Node {
  readonly name: string;
  readonly kind?: VolumeEntry["kind"];
  readonly text?: string;
  readonly target?: string;
  /** What is in a directory; a function, where it is in itself. */
  readonly inside?: readonly Node[] | (() => readonly Node[]);
  readonly content?: () => Promise<readonly ContentPiece[]>;
}

/** A tree of files in memory, with whatever names and loops. */
export function memoryVolume(inside: readonly Node[]): Volume {
  const nodes = new Map<VolumeEntry, Node>();
  const lbas = new Map<Node, number>();
  const entryOf = (node: Node): VolumeEntry => {
    const lba = lbas.get(node) ?? lbas.size + 1;
    lbas.set(node, lba);
    const data = new TextEncoder().encode(node.text ?? "");
    const entry: VolumeEntry = {
      name: node.name,
      kind: node.kind ?? (node.inside ? "directory" : "file"),
      bytes: data.length,
      modified: new Date("2026-01-02T03:04:06Z"),
      lba,
      ...(node.target !== undefined && { target: node.target }),
      content:
        node.content ?? (() => Promise.resolve([{ kind: "inline", data, bytes: data.length }])),
    };
    nodes.set(entry, node);
    return entry;
  };
  return {
    format: "udf",
    label: "MEMORY",
    root: entryOf({ name: "", inside }),
    list(directory) {
      const { inside: nested = [] } = nodes.get(directory) ?? {};
      return Promise.resolve((typeof nested === "function" ? nested() : nested).map(entryOf));
    },
  };
}
