/** How the files of a folder were generated, so that they can be generated again in the same way. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GenerateOptions, ImportExtension } from "./generate.ts";

/** Of a folder without such files: as whoever has the package wants it. */
export async function styleOf(directory: string): Promise<Pick<GenerateOptions, "api" | "importExtension">> {
  const read = (name: string) => readFile(join(directory, name), "utf8").catch(() => undefined);
  const [wire, api] = await Promise.all([read("wire.ts"), read("api.ts")]);
  if (wire === undefined) return { api: true, importExtension: ".js" };
  const [, extension = ""] = /^import .* from "\.\/types(\.[jt]s)?";$/m.exec(wire) ?? [];
  return { api: api !== undefined, importExtension: extension as ImportExtension };
}
