/** Starts, asks and ends the processes of the bench. */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A process of this folder; `done` is the message that it sends, or undefined if it ended without one. */
export function start(script, options) {
  const child = fork(path(script), [JSON.stringify(options)]);
  const done = new Promise((resolve) => {
    child.once("message", resolve);
    child.once("exit", () => resolve(undefined));
  });
  return { child, done, kill: () => child.kill("SIGKILL") };
}

export async function startServer(options) {
  const { child, done, kill } = start("server.js", options);
  const first = await done;
  if (!first) throw new Error("The embedded Groq did not start");
  const report = async () => {
    child.send("report");
    const [figures] = await once(child, "message");
    return figures;
  };
  return { baseUrl: first.baseUrl, report, kill };
}

/** A `redis-server` that keeps nothing on disk. */
export async function startRedis() {
  const port = await freePort();
  let child;
  const begin = async () => {
    child = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", ""], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const text of child.stdout) if (String(text).includes("Ready to accept")) break;
  };
  await begin();
  const kill = async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return { port, begin, kill };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
