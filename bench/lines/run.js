/**
 * The same tasks in four libraries: `npm run bench:lines`
 *
 * Each program is a file that runs, here against the embedded Groq; it is counted only if it prints what it should.
 * Counted are lines as the formatter leaves them, all at one width; not counted are imports, blank lines, and lines marked
 * `// bench`, which tell the program where the server is that stands in for Groq. What a reader of the documentation had to
 * guess on the way is not counted either.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { install } from "../lib/install.js";
import { TASKS } from "./tasks.js";

const LIBRARIES = [
  { id: "ours", label: "groq-provider" },
  { id: "groq-sdk", label: "groq-sdk", package: "groq-sdk" },
  { id: "openai", label: "openai", package: "openai" },
  { id: "ai-sdk", label: "ai", package: "ai" },
];
const LONGEST_MS = 120_000;

install();
const { startEmbeddedGroq } = await import("groq-provider/testing");
const { table } = await import("../lib/print.js");
const run = promisify(execFile);
const pathOf = (library, task) => fileURLToPath(new URL(`${library.id}/${task.id}.js`, import.meta.url));

/** Lines of a program that its reader has to write, and the letters in them. */
function count(source) {
  const withoutImports = source.replaceAll(/^import\b[^;]*;\n/gm, "");
  const lines = withoutImports.split("\n").filter((line) => line.trim() !== "" && !line.endsWith("// bench"));
  return { lines: lines.length, letters: lines.join("").replaceAll(/\s/g, "").length };
}

async function play(library, task) {
  const groq = await startEmbeddedGroq(task.server);
  try {
    const baseUrl = library.id === "groq-sdk" ? groq.url : groq.baseUrl;
    const env = { PATH: process.env.PATH, GROQ_API_KEY: "gsk_lines_0123456789", GROQ_BASE_URL: baseUrl };
    const started = performance.now();
    const { stdout } = await run(process.execPath, [pathOf(library, task)], { env, timeout: LONGEST_MS });
    if (!task.prints(stdout)) throw new Error(`${library.id}, ${task.id} printed:\n${stdout}`);
    return { seconds: (performance.now() - started) / 1000, refusals: groq.refusals };
  } finally {
    await groq.close();
  }
}

const counts = [];
const batch = [];
for (const task of TASKS) {
  const ofTask = [];
  for (const library of LIBRARIES) {
    const played = await play(library, task);
    ofTask.push(count(readFileSync(pathOf(library, task), "utf8")));
    if (task.id === "batch") batch.push([library.label, played.seconds, String(played.refusals)]);
  }
  counts.push(ofTask);
}
const rowsOf = (figure) => [
  ...TASKS.map(({ title }, index) => [title, ...counts[index].map((one) => String(one[figure]))]),
  [
    "together",
    ...LIBRARIES.map((_, index) => String(counts.reduce((sum, one) => sum + one[index][figure], 0))),
  ],
];

const version = (name) =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
const heads = LIBRARIES.map(({ label, package: name }) => (name ? `${label} ${version(name)}` : label));
console.log(`Lines for the same task, without imports; every program ran.\n`);
console.log(table(["lines", ...heads], rowsOf("lines")));
console.log(`\n${table(["letters, without blanks", ...heads], rowsOf("letters"))}`);
console.log(`\nThe 100 calls:\n\n${table(["", "seconds", "refusals"], batch)}`);
