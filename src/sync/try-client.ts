/** Whether a project's client reads what a document allows: asked in a process of its own, with the files on disk. */
import { spawn } from "node:child_process";
import { relative, resolve, sep } from "node:path";

/**
 * Runs `groq-provider serve --document … --check`. In a copy of this package's own sources it is the copy's client, with
 * the files that were just generated; elsewhere the installed one. Gives a line for each thing that it could not read.
 */
export function tryClient(
  document: string,
  folder: string,
  {
    program = process.argv[1] ?? "",
    home = ".",
    signal,
  }: { program?: string; home?: string; signal?: AbortSignal | undefined } = {},
): Promise<readonly string[]> {
  const from = resolve(home);
  const script = resolve(program);
  const isOwn = script.startsWith(`${from}${sep}`) && !script.includes(`${sep}node_modules${sep}`);
  const copied = isOwn ? resolve(folder, relative(from, script)) : script;
  const args = [...process.execArgv, copied, "serve", "--document", document, "--check"];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], signal });
    let [lines, faults] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      lines += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      faults += text;
    });
    child.on("error", fail);
    child.on("close", (code) => {
      const told = code === 1 ? lines : faults || `serve --check ended with ${code}`;
      done(code === 0 ? [] : told.trim().split("\n").filter(Boolean));
    });
  });
}
