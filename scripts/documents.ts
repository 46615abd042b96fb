/**
 * npm run test:documents -- FOLDER: tries each OpenAPI document of a folder, and prints a table. An overlay beside a document is
 * applied (`NAME.overlay.yaml`), and recorded answers in `answers/NAME*` are held against what is generated.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Share, type Tried, tryDocumentFile } from "./documents/try-file.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const [folder] = positionals;
if (folder === undefined) {
  console.error("expected a folder of OpenAPI documents: npm run test:documents -- FOLDER");
  process.exit(2);
}

const entries = (await readdir(folder)).sort();
const isDocument = (name: string) => /\.(ya?ml|json)$/.test(name) && !/\.overlay\.ya?ml$/.test(name);
const answers = existsSync(join(folder, "answers")) ? await readdir(join(folder, "answers")) : [];
const rows: string[][] = [];
// Inside this package, so that what is generated finds its types.
const scratch = await mkdtemp(join(tmpdir(), "documents-"));
try {
  for (const file of entries.filter(isDocument)) {
    const { name } = parse(file);
    const overlay = `${name}.overlay.yaml`;
    const tried = await tryDocumentFile({
      document: resolve(folder, file),
      overlays: entries.includes(overlay) ? [resolve(folder, overlay)] : [],
      answers: answers
        .filter((one) => one.startsWith(`${name}.`) || one.startsWith(`${name}-`))
        .map((one) => resolve(folder, "answers", one)),
      scratch: join(scratch, name),
    });
    rows.push(rowOf(name, tried));
    for (const line of tried.details) console.error(`${name}: ${line}`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
console.log(table());

function table(): string {
  const head = [
    "document",
    "operations",
    "generates, s",
    "type errors",
    "bodies that fit",
    "client",
    "answers",
    "events",
  ];
  const lines = [head, ["---", ...head.slice(1).map(() => "---:")], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function rowOf(name: string, tried: Tried): string[] {
  const { fault, operations, seconds, typeErrors, bodies, client, answers: admitted, events } = tried;
  if (fault !== undefined) return [name, "", fault, "", "", "", "", ""];
  return [
    ...[name, String(operations), seconds.toFixed(1), String(typeErrors)],
    ...[bodies, client, admitted, events].map(shown),
  ];
}

function shown({ good, of }: Share): string {
  return of === 0 ? "" : good === of ? `${of}` : `${good} of ${of}`;
}
