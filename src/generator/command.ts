/** The command line of the generator. */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { GenerateError } from "./document.ts";
import { type GeneratedFiles, generate } from "./generate.ts";
import { loadDocument } from "./load.ts";
import { staleFiles, writeFiles } from "./write.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Output {
  log(line: string): void;
  error(line: string): void;
}

/**
 * Runs the generator and gives its exit code. 0: written, or current under --check. 1: stale under --check. 2: the document
 * or the command line is at fault; that is said in one line, and no old file was touched.
 */
export async function run(argv: readonly string[], output: Output): Promise<number> {
  try {
    return await runOrThrow(argv, output);
  } catch (error) {
    if (!(error instanceof GenerateError)) throw error;
    output.error(`generate: ${error.message}`);
    return 2;
  }
}

async function runOrThrow(argv: readonly string[], output: Output): Promise<number> {
  const options = readArguments(argv);
  const {
    check = false,
    spec = join(root, "openapi/groq.yaml"),
    out = join(root, "src/generated"),
  } = options;
  const files = await generateFrom(spec);
  const shown = relative(process.cwd(), out) || ".";
  if (!check) {
    await writeFiles(files, out);
    output.log(`generate: wrote ${Object.keys(files).join(", ")} to ${shown}`);
    return 0;
  }
  const stale = await staleFiles(files, out);
  for (const name of stale) output.error(`generate: stale: ${join(shown, name)}`);
  if (stale.length === 0) output.log(`generate: ${shown} is current`);
  return stale.length === 0 ? 0 : 1;
}

async function generateFrom(spec: string): Promise<GeneratedFiles> {
  const document = await loadDocument(spec);
  try {
    return await generate(document, spec);
  } catch (error) {
    if (error instanceof GenerateError) throw error;
    // Such as a list where OpenAPI has an object: too many ways to be malformed for a message each.
    const message = error instanceof Error ? error.message : String(error);
    throw new GenerateError(
      `${spec}: is not a well-formed OpenAPI document (${message.replace(/\s+/g, " ")})`,
    );
  }
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { check: { type: "boolean" }, spec: { type: "string" }, out: { type: "string" } },
    }).values;
  } catch (error) {
    // The second sentence of Node's message explains how to pass a positional argument, of which there are none here.
    const [fault] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new GenerateError(`${fault}; expected [--check] [--spec FILE|URL] [--out DIR]`);
  }
}
