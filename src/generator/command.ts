/** The command line of the generator: `npm run generate` here, `groq-provider generate` for whoever has the package. */
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { DocumentError, loadDocument, type OpenApiDocument, packagedDocument } from "../openapi/document.ts";
import { completeFromPackage } from "./complete.ts";
import { type Generated, type GenerateOptions, generate, type ImportExtension } from "./generate.ts";
import { GenerateError } from "./schema.ts";
import { styleOf } from "./style.ts";
import { staleFiles, writeFiles, writeText } from "./write.ts";

export interface Output {
  log(line: string): void;
  error(line: string): void;
}

/** Where nothing else is said. */
export interface Defaults {
  /** Default: the package's own document. */
  spec?: string | undefined;
  /** Overlays of `spec`; of another document they are none. */
  overlay?: readonly string[] | undefined;
  /** Without one `--out` must be given. */
  out?: string | undefined;
  schemas?: boolean | undefined;
  /** Also what `withApi` of groq-provider/api takes. */
  api?: boolean | undefined;
  /** Default: as the files are that are there, else `.js`. */
  importExtension?: ImportExtension | undefined;
}

const usage =
  "[--spec FILE|URL] [--overlay FILE|URL] [--complete [--write-overlay FILE]] [--out DIR] [--check] [--operations 'POST /path,…'] [--all] [--schemas] [--import-extension .ts|.js|none]";

/** What the command line says. */
export interface GenerateArguments {
  /** A file or URL. */
  spec?: string | undefined;
  /** Files or URLs of overlays that correct the document, in their order. */
  overlay?: readonly string[] | undefined;
  /** Take what the document is silent on from the package's own. */
  complete?: boolean | undefined;
  /** A file for what `complete` takes, as an overlay. */
  "write-overlay"?: string | undefined;
  out?: string | undefined;
  /** Write nothing, tell what is stale. */
  check?: boolean | undefined;
  /** Labels of further operations, several to a text, divided by commas. */
  operations?: readonly string[] | undefined;
  /** Every operation. */
  all?: boolean | undefined;
  /** Also the schemas by zod. */
  schemas?: boolean | undefined;
  /** `.ts`, `.js` or `none`: how the files name each other. */
  "import-extension"?: string | undefined;
}

const EXTENSIONS: ReadonlyMap<string, ImportExtension> = new Map([
  [".ts", ".ts"],
  [".js", ".js"],
  ["none", ""],
]);

/** The same as `generateTo`, from the words of a command line. */
export const runGenerate = (argv: readonly string[], output: Output, defaults?: Defaults): Promise<number> =>
  told(output, () => run(readArguments(argv), output, defaults));

/**
 * Runs the generator and gives its exit code. 0: written, or current under --check. 1: stale under --check. 2: the document
 * or the command line is at fault; that is said in one line, and no old file was touched.
 */
export const generateTo = (given: GenerateArguments, output: Output, defaults?: Defaults): Promise<number> =>
  told(output, () => run(given, output, defaults));

async function told(output: Output, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GenerateError || error instanceof DocumentError)) throw error;
    output.error(`generate: ${error.message}`);
    return 2;
  }
}

async function run(given: GenerateArguments, output: Output, defaults: Defaults = {}): Promise<number> {
  const out = given.out ?? defaults.out;
  if (out === undefined) throw new GenerateError("--out: expected a folder for the generated files");
  const generated = await generateFrom(given, { ...(await styleOf(out)), ...defaults });
  const shown = relative(process.cwd(), out) || ".";
  for (const line of generated.lines) output.log(`generate: note: ${line}`);
  tellNotes(generated.notes, output);
  if (!given.check) {
    await writeFiles(generated.files, out);
    output.log(`generate: wrote ${Object.keys(generated.files).join(", ")} to ${shown}`);
    return 0;
  }
  const stale = await staleFiles(generated.files, out);
  for (const name of stale) output.error(`generate: stale: ${join(shown, name)}`);
  if (stale.length === 0) output.log(`generate: ${shown} is current`);
  return stale.length === 0 ? 0 : 1;
}

async function generateFrom(
  given: GenerateArguments,
  defaults: Defaults,
): Promise<Generated & { lines: string[] }> {
  const spec = given.spec ?? defaults.spec ?? (await packagedDocument());
  const overlays = given.overlay ?? (given.spec === undefined ? defaults.overlay : undefined);
  const written = await loadDocument(spec, overlays);
  const { document, lines } = await completed(written, given);
  const options: GenerateOptions = {
    operations: given.all
      ? "all"
      : given.operations?.flatMap((list) => list.split(",").map((one) => one.trim())),
    schemas: given.schemas ?? defaults.schemas,
    api: defaults.api,
    importExtension: extensionOf(given["import-extension"]) ?? defaults.importExtension,
  };
  const generated = await generate(document, options);
  return { ...generated, lines, notes: [...(written.needless ?? []), ...generated.notes] };
}

function extensionOf(given: string | undefined): ImportExtension | undefined {
  if (given === undefined) return undefined;
  const extension = EXTENSIONS.get(given);
  if (extension === undefined)
    throw new GenerateError(
      `--import-extension: expected one of ${[...EXTENSIONS.keys()].join(", ")}, got ${given}`,
    );
  return extension;
}

/** The document with what it is silent on, and a line for each such member. */
async function completed(document: OpenApiDocument, given: GenerateArguments) {
  const file = given["write-overlay"];
  if (!given.complete) {
    if (file !== undefined)
      throw new GenerateError("--write-overlay writes what --complete takes; give both");
    return { document, lines: [] };
  }
  const { overlay, ...whole } = await completeFromPackage(document);
  if (overlay && file !== undefined) await writeText(file, stringify(overlay, { lineWidth: 120 }));
  return whole;
}

// A document of megabytes may have hundreds.
const MOST_NOTES = 20;

function tellNotes(notes: readonly string[], output: Output): void {
  for (const note of notes.slice(0, MOST_NOTES)) output.log(`generate: note: ${note}`);
  if (notes.length > MOST_NOTES) output.log(`generate: note: … and ${notes.length - MOST_NOTES} more`);
}

function readArguments(argv: readonly string[]): GenerateArguments {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        all: { type: "boolean" },
        check: { type: "boolean" },
        complete: { type: "boolean" },
        "import-extension": { type: "string" },
        operations: { type: "string", multiple: true },
        overlay: { type: "string", multiple: true },
        out: { type: "string" },
        schemas: { type: "boolean" },
        spec: { type: "string" },
        "write-overlay": { type: "string" },
      },
    }).values;
  } catch (error) {
    // The second sentence of Node's message explains how to pass a positional argument, of which there are none here.
    const [fault] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new GenerateError(`${fault}; expected ${usage}`);
  }
}
