/** Starts the processes that are measured, one at a time. */
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const exec = promisify(execFile);

/** Runs a Node in the folder of the bench; what it printed. */
export async function node(args, { binary = process.execPath, cwd = BENCH } = {}) {
  const { stdout } = await exec(binary, args, { cwd, maxBuffer: 1 << 24 });
  return stdout;
}

export async function measure(binary, subject, scenario, options, flags = []) {
  const args = [...flags, "worker.js", subject, scenario, JSON.stringify(options)];
  return JSON.parse(await node(args, { binary }));
}

/** The server of the loopback, in a process of its own; it ends with this one, or at `stop`. */
export async function startServer() {
  const child = fork(`${BENCH}lib/server.js`, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const [port] = await once(child.stdout, "data");
  return { url: `http://127.0.0.1:${String(port).trim()}`, stop: () => child.disconnect() };
}
