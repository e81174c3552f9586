import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What tshark makes of a capture: a row for each packet, with what it says in these columns. */
export async function dissect<Field extends string>(
  path: string,
  fields: readonly Field[],
  filter = "",
): Promise<Readonly<Record<Field, string>>[]> {
  const columns = fields.flatMap((field) => ["-e", field]);
  const args = ["-r", path, "-Y", filter, "-T", "fields", "-E", "separator=|", ...columns];
  const { stdout } = await run("tshark", args, { maxBuffer: 2 ** 26 });
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const values = line.split("|");
      const cells = fields.map((field, index) => [field, values[index] ?? ""]);
      return Object.fromEntries(cells) as Record<Field, string>;
    });
}
