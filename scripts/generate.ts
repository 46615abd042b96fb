/**
 * npm run generate -- [--check] [--spec FILE|URL] [--out DIR]
 *
 * Writes src/generated from openapi/groq.yaml. Exit code 0: done, or current under --check; 1: stale under --check;
 * 2: the document or the command line is at fault, said in one line, and nothing was written.
 */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { GenerateError } from "./generate/document.ts";
import { loadDocument } from "./generate/load.ts";
import { generate } from "./generate/modules.ts";
import { staleFiles, writeFiles } from "./generate/write.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function readArguments() {
  try {
    return parseArgs({
      options: { check: { type: "boolean" }, spec: { type: "string" }, out: { type: "string" } },
    }).values;
  } catch (error) {
    throw new GenerateError(error instanceof Error ? error.message : String(error));
  }
}

async function main(): Promise<number> {
  const { check = false, spec = join(root, "openapi/groq.yaml"), out = join(root, "src/generated") } = readArguments();
  const files = await generate(await loadDocument(spec), spec);
  const shown = relative(process.cwd(), out) || ".";
  if (!check) {
    await writeFiles(files, out);
    console.log(`generate: wrote ${Object.keys(files).join(", ")} to ${shown}`);
    return 0;
  }
  const stale = await staleFiles(files, out);
  for (const name of stale) console.error(`generate: stale: ${join(shown, name)}`);
  if (stale.length === 0) console.log(`generate: ${shown} is current`);
  return stale.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof GenerateError)) throw error;
  console.error(`generate: ${error.message}`);
  process.exitCode = 2;
}
