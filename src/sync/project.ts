/** The project that uses the generated files: a copy of it to try things in, and its own commands. */
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { parseJson, valueAt } from "../provider/base/values.ts";

/** What a command came to. */
export interface CommandResult {
  command: string;
  /** 0 is success; `null` where it was killed. */
  code: number | null;
  /** What it wrote, both outputs together; the end of it, where it is long. */
  output: string;
}

const LEFT_OUT = new Set([".git", "node_modules", "dist", "coverage"]);
const MOST_OUTPUT = 1_000_000;

/** A copy that shares the installed packages. `remove` must be called. */
export async function copyProject(folder: string): Promise<{ folder: string; remove(): Promise<void> }> {
  const copy = await mkdtemp(join(tmpdir(), "groq-provider-sync-"));
  const remove = () => rm(copy, { recursive: true, force: true });
  const modules: string[] = [];
  try {
    await cp(folder, copy, {
      recursive: true,
      filter: (source) => {
        const isLeftOut = source !== folder && LEFT_OUT.has(basename(source));
        if (isLeftOut && basename(source) === "node_modules") modules.push(source);
        return !isLeftOut;
      },
    });
    for (const source of modules) await symlink(source, join(copy, relative(folder, source)), "junction");
    return { folder: copy, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The project's own way to check types: its `typecheck` script, else the compiler where there is a tsconfig.json. */
export async function typecheckCommand(folder: string): Promise<string | undefined> {
  const read = (name: string) => readFile(join(folder, name), "utf8").catch(() => undefined);
  const manifest = parseJson((await read("package.json")) ?? "");
  if (typeof valueAt(manifest, ["scripts", "typecheck"]) === "string") return "npm run --silent typecheck";
  return (await read("tsconfig.json")) === undefined ? undefined : "npx --no-install tsc --noEmit";
}

/** Runs a line of the shell in the folder. Never rejects for what the command does. */
export function runCommand(
  command: string,
  folder: string,
  { env = {}, signal }: { env?: Record<string, string>; signal?: AbortSignal | undefined } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, {
      cwd: folder,
      shell: true,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    let output = "";
    const take = (piece: string) => {
      output = `${output}${piece}`.slice(-MOST_OUTPUT);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (error) => resolve({ command, code: null, output: `${output}${error.message}\n` }));
    child.on("close", (code) => resolve({ command, code, output }));
  });
}

/** A line of the compiler: where, and what. */
export interface TypeProblem {
  file: string;
  line: number;
  message: string;
}

/** `src/a.ts(3,5): error TS2339: …`, line by line. */
export function typeProblems(output: string): TypeProblem[] {
  return output.split("\n").flatMap((line) => {
    const [, file, number, message] =
      /^([^\s(][^(\n]{0,500})\((\d+),\d+\): error (TS\d+: .*)$/.exec(line) ?? [];
    return file && message ? [{ file, line: Number(number), message }] : [];
  });
}
