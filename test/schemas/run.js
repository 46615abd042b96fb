/**
 * `npm run test:schemas`: tools and objects with the schema libraries that people have, in several versions of each.
 *
 * `--installed-only` installs nothing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { LlmError, runTools } from "../../src/provider/index.ts";
import { CASES, moduleOf } from "./cases.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const FOLDER = fileURLToPath(new URL("cases", import.meta.url));

if (!process.argv.includes("--installed-only")) {
  execFileSync("npm", ["ci"], { cwd: HERE, stdio: "inherit" });
}

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const files = [];
for (const [i, one] of CASES.entries()) {
  files.push(`case-${i}.ts`);
  await writeFile(`${FOLDER}/case-${i}.ts`, moduleOf(one));
}
const typeProblems = checkTypes();

let failures = 0;
console.log("| library | version | types | result |\n| --- | --- | --- | --- |");
for (const [i, one] of CASES.entries()) {
  const file = files[i];
  const wrongTypes = typeProblems.filter((line) => line.startsWith(file));
  const result = await tryCase(one, `${FOLDER}/${file}`);
  const isGood = wrongTypes.length === 0 && result.isGood;
  if (!isGood) failures++;
  const types = wrongTypes.length === 0 ? "check" : "fail";
  const version = await versionOf(one.version);
  console.log(`| ${[one.library, version, types, result.text].join(" | ")} |`);
  for (const line of wrongTypes) console.log(`  ✗ ${line}`);
}
await rm(FOLDER, { recursive: true, force: true });
if (failures > 0) process.exitCode = 1;

/** Each case as a file of its own; the problems begin with the file's name. */
function checkTypes() {
  const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", HERE, "--pretty", "false"], {
    cwd: FOLDER,
    encoding: "utf8",
  });
  const lines = stdout.split("\n").filter((line) => line.startsWith("case-"));
  if (status !== 0 && lines.length === 0) throw new Error(`The types could not be checked:\n${stdout}`);
  return lines;
}

async function tryCase({ says }, file) {
  try {
    const { tool, weather } = await import(file);
    const provider = scripted();
    const { toolResults } = await runTools(provider, [{ role: "user", content: "Oslo?" }], {
      tools: [tool],
    });
    const outcomes = toolResults.map(({ outcome, content }) => `${outcome} ${content}`);
    const [good, bad] = outcomes;
    const sent = provider.sent[0].tools[0].function.parameters;
    const problem =
      schemaProblem(sent) ??
      (good === "done OSLO2" ? undefined : good) ??
      (bad?.startsWith("invalidArguments") ? undefined : bad) ??
      objectProblem(await weather(provider));
    if (says) return { isGood: false, text: "works, where an error was expected" };
    return problem ? { isGood: false, text: problem } : { isGood: true, text: "works" };
  } catch (error) {
    const line = LlmError.is(error) ? error.message : String(error.stack ?? error);
    const isGood = says !== undefined && LlmError.is(error) && error.message.includes(says);
    return { isGood, text: `${isGood ? "says" : "fails"}: ${line}` };
  }
}

/** A provider that calls the tool twice, once with arguments that do not fit, and then answers with an object. */
function scripted() {
  const call = (id, args) => ({
    id,
    type: "function",
    function: { name: "weather", arguments: args, rawArguments: JSON.stringify(args) },
  });
  const answer = (content, toolCalls = []) => {
    const choice = { index: 0, content, toolCalls, finishReason: "stop", rawFinishReason: "stop" };
    return { id: "1", model: "m", created: 1, choices: [choice], ...choice };
  };
  const answers = [
    answer("", [call("1", { city: "Oslo", days: 2 }), call("2", { city: 5 })]),
    answer("done"),
    answer('{"city":"Oslo","days":3}'),
  ];
  const sent = [];
  const chat = async (_messages, options) => {
    sent.push(options);
    return answers.shift();
  };
  return { chat, sent };
}

function schemaProblem({ type, properties, required }) {
  const isGood =
    type === "object" &&
    properties.city.type === "string" &&
    properties.days.type === "integer" &&
    JSON.stringify(required) === '["city"]';
  return isGood ? undefined : `sent ${JSON.stringify({ type, properties, required })}`;
}

function objectProblem(text) {
  return text === "Oslo3" ? undefined : `gave ${text}`;
}

async function versionOf(name) {
  const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return name && existsSync(file) ? JSON.parse(await readFile(file, "utf8")).version : "";
}
