import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";

/** Whether tests can have a Redis: their own, or one at `REDIS_URL`. */
export const hasRedisServer = spawnSync("redis-server", ["--version"]).status === 0;
export const redisUrl = process.env.REDIS_URL;

export interface TestRedis {
  readonly port: number;
  stop(): Promise<void>;
  /** Ends it and begins it again, with nothing kept. */
  start(): Promise<void>;
  /** Keeps the connection, and answers nothing until `wake`. */
  sleep(): void;
  wake(): void;
}

/** A `redis-server` on a free port, which keeps nothing on disk. */
export async function startRedis(options: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async () => {
    const args = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      ...options,
    ];
    const started = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
      started.stdout?.on("data", (data: Buffer) => {
        if (data.includes("Ready to accept connections")) resolve();
      });
    });
  };
  const stop = async () => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill("SIGCONT");
    ending.kill("SIGKILL");
    await ended;
  };
  await start();
  return { port, start, stop, sleep: () => child?.kill("SIGSTOP"), wake: () => child?.kill("SIGCONT") };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
