/** One document: does it generate, compile, mean what it says, and admit what its vendor answered? */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Ajv2020 } from "ajv/dist/2020.js";
import ts from "typescript";
import type { Sample } from "../../src/drift/base/sample.ts";
import { readInputs } from "../../src/drift/read/input.ts";
import { generate } from "../../src/generator/generate.ts";
import { refTo } from "../../src/generator/schema.ts";
import { select } from "../../src/generator/select.ts";
import { loadDocument, type OpenApiDocument } from "../../src/openapi/document.ts";
import { valueAt } from "../../src/provider/base/values.ts";
import { serviceAt } from "../../src/provider/services/index.ts";
import { Sampler } from "../../src/testing/described/sampler.ts";
import { tryDocument } from "../../src/trial/try-document.ts";

export interface DocumentFile {
  document: string;
  overlays: readonly string[];
  /** Recordings, in any form that drift reads. */
  answers: readonly string[];
  /** A folder to write to. */
  scratch: string;
}

/** So many of so many. */
export interface Share {
  good: number;
  of: number;
}

export interface Tried {
  /** Why it does not generate. */
  fault?: string;
  operations: number;
  seconds: number;
  typeErrors: number;
  /** Bodies made of the document's schemas that a validator takes. */
  bodies: Share;
  /** Trials of the client's operations without a fault. */
  client: Share;
  answers: Share;
  events: Share;
  /** What was not as it should be, a line each. */
  details: string[];
}

const none = (): Share => ({ good: 0, of: 0 });

export async function tryDocumentFile({
  document: file,
  overlays,
  answers,
  scratch,
}: DocumentFile): Promise<Tried> {
  const tried: Tried = {
    ...{
      operations: 0,
      seconds: 0,
      typeErrors: 0,
      bodies: none(),
      client: none(),
      answers: none(),
      events: none(),
    },
    details: [],
  };
  try {
    const begun = performance.now();
    const document = await loadDocument(file, overlays);
    const { files } = await generate(document, { operations: "all", api: true, importExtension: ".js" });
    tried.seconds = (performance.now() - begun) / 1000;
    tried.operations = select(document, "all").operations.length;
    await mkdir(scratch, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(scratch, name), text);
    const errors = compile(Object.keys(files).map((name) => join(scratch, name)));
    tried.typeErrors = errors.length;
    tried.details.push(...errors.slice(0, 5));
    judge(document, tried);
    await tryClient(document, tried);
    await admit(files["checks.ts"] ?? "", answers, tried);
  } catch (error) {
    tried.fault = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
  return tried;
}

/** What the compiler says at its strictest. */
function compile(files: readonly string[]): string[] {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noEmit: true,
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start = 0 }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const name = file?.fileName.split("/").at(-1) ?? "";
    return `${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

// Enough for most unions to have been gone through.
const ROUNDS = 4;

/** Values made of what the generator understood, held against what the document says, by a validator that knows nothing of it. */
function judge(document: OpenApiDocument, tried: Tried): void {
  const { schemas } = select(document, "all");
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
  ajv.addSchema({ $id: "document", components: document.root.components as object });
  const wrong = new Map<string, string>();
  for (const name of Object.keys(schemas)) {
    const validate = validatorOf(ajv, name);
    if (!validate) continue;
    for (const bodies of ["minimal", "maximal"] as const) {
      const sampler = new Sampler(schemas, bodies);
      for (let round = 0; round < ROUNDS; round++) {
        const body = sampler.sample(refTo(name));
        tried.bodies.of++;
        if (validate(body)) tried.bodies.good++;
        else
          wrong.set(
            name,
            `${name}: ${JSON.stringify(validate.errors?.[0])} of ${JSON.stringify(body)?.slice(0, 200)}`,
          );
      }
    }
  }
  tried.details.push(...[...wrong.values()].slice(0, 12));
}

function validatorOf(ajv: Ajv2020, name: string) {
  try {
    return ajv.getSchema(`document#/components/schemas/${encodeURIComponent(name)}`);
  } catch {
    // A schema that it can't compile is judged by nobody.
    return undefined;
  }
}

async function tryClient(document: OpenApiDocument, tried: Tried): Promise<void> {
  const [server] = [document.root.servers].flat();
  const url = valueAt(server, ["url"]);
  // As whoever asks this vendor would.
  const service = typeof url === "string" && URL.canParse(url) ? serviceAt(url) : undefined;
  const trials = await tryDocument(document, { provider: service?.provider });
  for (const { operation, bodies, faults } of trials) {
    tried.client.of++;
    if (faults.length === 0) tried.client.good++;
    for (const { what, message } of faults.slice(0, 2))
      tried.details.push(`${operation}, ${bodies}: ${what}: ${message.slice(0, 300)}`);
  }
}

type Check = (value: unknown) => { expected: string; got: string; place: string } | undefined;

/** The vendor's recorded answers, by the checks that were generated. */
async function admit(text: string, paths: readonly string[], tried: Tried): Promise<void> {
  if (paths.length === 0) return;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const { checks }: { checks: Record<string, Check> } = await import(
    `data:text/javascript,${encodeURIComponent(outputText)}`
  );
  const add = (sample: Sample) => {
    const check = checks[sample.kind === "body" ? "ChatAnswer" : "StreamChunk"];
    if (!check || !isAnswer(sample)) return;
    const share = sample.kind === "body" ? tried.answers : tried.events;
    share.of++;
    const problem = check(sample.value);
    if (!problem) share.good++;
    else
      tried.details.push(
        `${sample.kind}: expected ${problem.expected} at ${problem.place}, got ${problem.got}`,
      );
  };
  await readInputs(paths, { add, unusable: ({ message }) => tried.details.push(message), skip: () => {} });
}

/** A chat's answer of success, or an event of one. */
function isAnswer({ kind, status = 200, url = "/chat/completions", value, event }: Sample): boolean {
  if (kind === "stream" || status >= 300 || !/\/chat\/completions\b/.test(url)) return false;
  if (typeof value !== "object" || value === null || event === "error") return false;
  return !("error" in value && value.error);
}
