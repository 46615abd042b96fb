/** Commands that a page tells a reader to type: whether there is such a thing. */
import { existsSync } from "node:fs";
import { createProgram } from "../../src/cli/program.ts";
import { read, root } from "./pages.ts";

interface Manifest {
  name: string;
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const manifest: Manifest = JSON.parse(read("package.json"));

/** Programs of the reader's own machine. */
const FOREIGN = new Set(["curl", "export", "jq"]);

/** The single commands of a line of a shell, as words, without comments, assignments and redirections. */
export function commandsOf(line: string): string[][] {
  const [command = ""] = line.split(/(?:^|\s)#/);
  return command
    .split(/\s*(?:\||&&|&|;)\s*/)
    .map((part) => part.replace(/\s[<>]+\s*\S+/g, "").match(/"[^"]*"|'[^']*'|\S+/g) ?? [])
    .map((words) => words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word))))
    .filter((words) => words.length > 0);
}

/** What is wrong with a command; nothing where it can be typed as it stands. */
export function problemOf([program = "", ...rest]: readonly string[]): string | undefined {
  const [first = "", ...more] = rest;
  if (FOREIGN.has(program)) return undefined;
  if (program === "groq-provider") return problemOfOurs(rest);
  if (program === "npx" && first === "groq-provider") return problemOfOurs(more);
  if ((program === "npx" && first === "tsx") || program === "node") {
    const file = program === "node" ? first : (more[0] ?? "");
    return existsSync(`${root}${file}`) ? undefined : `no file ${file}`;
  }
  if (program === ".ci/run") return undefined;
  if (program === "npx" && first === "changeset") return undefined;
  if (program === "npm" && ["ci", "test", "pkg"].includes(first)) return undefined;
  if (program === "npm" && first === "run") {
    const name = more.find((word) => !word.startsWith("-")) ?? "";
    return name in manifest.scripts ? undefined : `no script ${name}`;
  }
  if (program === "npm" && first === "install") return problemOfPackages(more);
  return `unknown command ${program} ${first}`;
}

function problemOfPackages(words: readonly string[]): string | undefined {
  const known = new Set([
    manifest.name,
    ...Object.keys(manifest.devDependencies),
    ...Object.keys(manifest.peerDependencies),
  ]);
  const names = words.filter((word) => !word.startsWith("-")).map((word) => word.replace(/(?<=.)@.*/, ""));
  const unknown = names.find((name) => !known.has(name));
  return unknown === undefined ? undefined : `never tried with ${unknown}`;
}

function problemOfOurs(words: readonly string[]): string | undefined {
  const [name = "", ...rest] = words;
  if (name === "" || name === "--help") return undefined;
  const command = findCommand(name);
  if (!command) return `no command ${name}`;
  try {
    const { unknown } = command.parseOptions(rest.filter((word) => word !== "--help"));
    return unknown.length === 0 ? undefined : `${name} has no option ${unknown[0]}`;
  } catch (error) {
    return String(error);
  }
}

const findCommand = (name: string) => program().commands.find((command) => command.name() === name);

/** Whether any command has this option, as `--json`. */
export const isOption = (flag: string): boolean =>
  program().commands.some(({ options }) => options.some(({ long, short }) => [long, short].includes(flag)));

const nowhere = { write: () => {} };

/** A fresh one each time: it keeps what it parsed. */
const program = () =>
  createProgram(
    { stdin: (async function* () {})(), stdout: nowhere, stderr: nowhere, env: {} },
    "0.0.0",
    () => {},
  );
