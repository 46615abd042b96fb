/**
 * npm run loop: walks the closed loop, each time on a copy of this project. A vendor changes one thing; what does
 * `groq-provider sync` say, what does it write, does the copy still compile, does its client read tomorrow's answers, and
 * what is left to a person? Prints the table of docs/loop.md.
 *
 * `-- NAME …` walks only the changes whose names have one of these words in them.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { readText } from "../src/drift/read/input.ts";
import { plural } from "../src/drift/report/words.ts";
import { leftToAPerson } from "../src/sync/page.ts";
import { copyProject } from "../src/sync/project.ts";
import { isSame, type SyncOptions, type SyncResult, sync } from "../src/sync/sync.ts";
import { tryClient } from "../src/sync/try-client.ts";
import { CHANGES, type Change, type Vendor } from "./loop/changes.ts";

const HOME = fileURLToPath(new URL("..", import.meta.url));
const WORDS = process.argv.slice(2);

async function walk(change: Change): Promise<SyncResult> {
  const copy = await copyProject(HOME);
  const own = await mkdtemp(join(tmpdir(), "loop-"));
  try {
    const vendor = join(own, "vendor.yaml");
    const overlay = join(own, "overlay.yaml");
    const document: Vendor = parse(await readFile(join(HOME, "openapi/groq.yaml"), "utf8"));
    if (change.overlay) await writeFile(overlay, stringify(change.overlay));
    const options: SyncOptions = {
      ...{ vendor, overlay, out: "src/generated", schemas: true, folder: copy.folder, write: true },
      day: new Date().toISOString().slice(0, 10),
    };
    await writeFile(vendor, stringify(document));
    await sync({ ...options, typecheck: false });
    change.change?.(document);
    await writeFile(vendor, stringify(document));
    const { answers } = change;
    return await sync({
      ...options,
      ...(answers && {
        answers: async (check) =>
          readText(
            Readable.from([answers.map((answer) => JSON.stringify(answer)).join("\n")]),
            "answers.jsonl",
            check,
          ),
      }),
      tryClient: (file, folder) =>
        tryClient(file, folder, { program: join(HOME, "src/cli/index.ts"), home: HOME }),
    });
  } finally {
    await copy.remove();
    await rm(own, { recursive: true, force: true });
  }
}

const code = (text: string) => `\`${text.replaceAll("|", "\\|").replaceAll("`", "'")}\``;

/** What `sync` said of the document, the overlay and the answers. */
function said({ changes, dead, needless, appended, leftDrift, notes }: SyncResult): string {
  const [first, ...others] = changes.toSorted(
    (a, b) => Number(b.level === "breaking") - Number(a.level === "breaking"),
  );
  return [
    ...(first
      ? [
          `${first.level}: ${code(`${first.subject} ${first.place}`)} ${first.text}${others.length > 0 ? `; ${others.length} more` : ""}`,
        ]
      : []),
    ...dead.map(({ target, reason }) => `the action on ${code(target)} ${reason}`),
    ...needless.map(({ target }) => `the action on ${code(target)} can go`),
    ...(appended.length > 0 ? [`the answers ask for ${plural(appended.length, "action")}`] : []),
    ...leftDrift,
    ...notes.map(code),
  ].join("; ");
}

function row({ name }: Change, result: SyncResult): string {
  const { files, types, client = [] } = result;
  const places = types?.problems.map(({ file, line }) => `${file}:${line}`) ?? [];
  const inSources = places.filter((place) => place.startsWith("src/"));
  const compiles = types?.isGood
    ? "yes"
    : `no: ${inSources.length} in src, ${places.length - inSources.length} elsewhere (${places.slice(0, 2).map(code).join(", ")}${places.length > 2 ? ", …" : ""})`;
  const reads = client.length === 0 ? "yes" : `no: ${client.length} (${code(client[0] ?? "")})`;
  const left = leftToAPerson(result).map((item) => item.split("\n")[0]);
  const cells = [
    ...[name, said(result), isSame(result) ? "0" : "1", files.join(", ") || "nothing"],
    ...[compiles, reads, left.join("; ") || "nothing"],
  ];
  return `| ${cells.join(" | ")} |`;
}

console.log(
  "| What the vendor did | What `sync` said | Exit | Written | Compiles | The client reads it | Left |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const change of CHANGES) {
  if (WORDS.length > 0 && !WORDS.some((word) => change.name.includes(word))) continue;
  console.log(row(change, await walk(change)));
}
