/** The servers: how each is started, and where it answers. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

export interface Server {
  name: string;
  /** `port` is free. */
  command(port: number): { args: string[]; env?: Record<string, string> };
  /** The path of its interface. */
  path: string;
  /** A path that answers once it is up. */
  ready: string;
  /** It answers by a document, always the same, so that what it says can't be chosen. */
  samplesOnly?: true;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const servers: Server[] = [
  {
    name: "@copilotkit/aimock",
    command: (port) => ({
      args: [
        here("node_modules/@copilotkit/aimock/dist/cli.js"),
        ...["--port", String(port), "--fixtures", here("aimock.json"), "--strict", "--log-level", "silent"],
      ],
    }),
    path: "/v1",
    ready: "/v1/models",
  },
  {
    name: "@dwmkerr/mock-llm",
    command: (port) => ({
      args: [here("node_modules/@dwmkerr/mock-llm/dist/main.js"), "--config", here("mock-llm.yaml")],
      env: { PORT: String(port), HOST: "127.0.0.1" },
    }),
    path: "/v1",
    ready: "/ready",
  },
  {
    name: "@stoplight/prism-cli over openapi/groq.yaml",
    command: (port) => ({
      args: [
        here("node_modules/@stoplight/prism-cli/dist/index.js"),
        ...["mock", here("../../openapi/groq.yaml"), "--host", "127.0.0.1", "--port", String(port)],
      ],
    }),
    path: "",
    ready: "/models",
    samplesOnly: true,
  },
];

/** A server that runs: its base URL, and how it is ended. */
export async function start(server: Server): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const { args, env } = server.command(port);
  const child = spawn(process.execPath, args, {
    cwd: here("."),
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const root = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill();
    await ended;
  };
  try {
    await waitFor(`${root}${server.ready}`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `${root}${server.path}`, stop };
}

async function waitFor(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answer = await fetch(url, { headers: { authorization: "Bearer x" } }).catch(() => undefined);
    if (answer && answer.status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${url} did not answer in a minute`);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
