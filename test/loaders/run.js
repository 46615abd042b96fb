/**
 * `npm run test:loaders`: the built package, installed from its tarball, through every bundler and loader. Prints two
 * tables in Markdown. `--only NAME` takes those whose name has it.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs, promisify, stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const HERE = fileURLToPath(new URL(".", import.meta.url));
const lock = join(HERE, "node_modules/.package-lock.json");
if (!existsSync(lock))
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });

const { transform } = await import("esbuild");
const { forBrowsers, forNode } = await import("./bundlers.js");
const { loaders } = await import("./loaders.js");
const { createProject } = await import("../runtimes/project.js");

/** The hello of a chat, and every entry that is said to run without Node. */
const HELLO = `import { createGroq } from "groq-provider";
export const main = async () => {
  const groq = createGroq({ apiKey: "any", model: "openai/gpt-oss-20b", baseUrl: globalThis.GROQ });
  const { content } = await groq.chat([{ role: "user", content: "Hi" }]);
  console.log(content);
};
`;
const ENTRIES = ["/api", "/config", "/drift/in-app", "/router"];
const ALL = `${ENTRIES.map((entry, index) => `import * as entry${index} from "groq-provider${entry}";`).join("\n")}
import { main } from "./hello.js";
if ([${ENTRIES.map((_, index) => `entry${index}`)}].some((entry) => Object.keys(entry).length === 0)) throw new Error("empty");
await main();
`;

const run = promisify(execFile);
const project = await createProject();
const SETTING = pathToFileURL(join(project.folder, "setting.mjs")).href;
const load = (entry) =>
  import(pathToFileURL(join(project.folder, "node_modules/groq-provider/dist", entry)).href);
const { startEmbeddedGroq } = await load("testing.js");
const groq = await startEmbeddedGroq();
// Nothing of this machine's settings but where programs are found.
const env = { PATH: process.env.PATH, HOME: project.folder, GROQ: groq.baseUrl };
let failures = 0;
let passed = 0;

try {
  await writeFile(join(project.folder, "hello.js"), HELLO);
  await writeFile(join(project.folder, "setting.mjs"), "globalThis.GROQ = process.env.GROQ;\n");
  await writeFile(join(project.folder, "main.js"), 'import { main } from "./hello.js";\nawait main();\n');
  await writeFile(join(project.folder, "all.js"), ALL);

  const bundled = [];
  for (const [name, build] of chosen(forBrowsers)) {
    bundled.push([name, "a browser", await tryBundle(name, "main.js", build, inBrowser, true)]);
    bundled.push([
      name,
      "a browser, all entries",
      await tryBundle(`${name}-all`, "all.js", build, inBrowser),
    ]);
  }
  for (const [name, build] of chosen(forNode)) {
    const entry = name.includes("CommonJS") ? "hello.js" : "main.js";
    bundled.push([name, "Node", await tryBundle(`${name}-node`, entry, build, onNode)]);
  }
  print(["bundler", "for", "result"], bundled);

  const loaded = [];
  for (const loader of loaders.filter(({ name }) => name.includes(values.only))) {
    const result =
      loader.needs && !existsSync(loader.needs) ? "not here" : await attempt(() => tryLoader(loader));
    loaded.push([loader.name, result]);
  }
  print(["loader", "result"], loaded);
} finally {
  await groq.close();
  await project.remove();
}
console.log(`${passed} passed, ${failures} failed`);
if (failures > 0 || passed === 0) process.exitCode = 1;

function chosen(bundlers) {
  return Object.entries(bundlers).filter(([name]) => name.includes(values.only));
}

async function attempt(work) {
  try {
    const result = await work();
    passed++;
    return result;
  } catch (error) {
    failures++;
    const text = [error.message, error.stdout, error.stderr].filter(Boolean).join(" ");
    return `**fails**: ${stripVTControlCharacters(text).replace(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 600)}`;
  }
}

function tryBundle(name, entry, build, check, isMeasured = false) {
  return attempt(async () => {
    const folder = join(project.folder, `bundle-${name.replace(/\W+/g, "-")}`);
    await mkdir(folder, { recursive: true });
    const file = await build(join(project.folder, entry), folder);
    const text = await readFile(file, "utf8");
    await check(text, file);
    if (!isMeasured) return "chats";
    // Rollup does not minify by itself. In a script, which a file without imports is taken for, outermost names would stay long.
    const { code } = await transform(text, { minify: true, format: "esm" });
    // A word of the validator of schemas, which this program does not use.
    if (code.includes("exactly one alternative")) throw new Error("the validator of schemas is left in it");
    return `chats; ${(gzipSync(code, { level: 9 }).length / 1000).toFixed(1)} KB gzipped`;
  });
}

async function inBrowser(text, file) {
  const left = /(?:from|import|require)\s*\(?\s*["'](node:[\w/]+)["']/.exec(text);
  if (left) throw new Error(`${left[1]} is left to the browser`);
  await onNode(text, file, "fetch");
}

/** Runs it, and sees by what the server got which exchange it was made by. */
async function onNode(_text, file, exchange = "node:http") {
  const before = groq.requests.length;
  const { stdout } = await run(process.execPath, ["--import", SETTING, file], { env, timeout: 60_000 });
  if (stdout.trim() !== "You said: Hi") throw new Error(`printed ${JSON.stringify(stdout)}`);
  const agent = groq.requests[before]?.headers["user-agent"];
  const used = agent === "groq-provider" ? "node:http" : "fetch";
  if (used !== exchange) throw new Error(`goes through ${used}`);
}

async function tryLoader({ run: load, answer }) {
  const said = await load(project.folder, env);
  if (said !== answer) throw new Error(`printed ${JSON.stringify(said)}`);
  return "chats";
}

function print(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  console.log([line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n"));
}
