import { onTestFinished } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type EmbeddedGroqServerOptions, startEmbeddedGroq } from "../../src/testing/server.ts";

export interface Run {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  stdin?: string;
  env?: Record<string, string>;
  isTTY?: boolean;
  signal?: AbortSignal;
  /** Called with each text that is written to standard output. */
  onOut?: (text: string) => void;
}

async function* lines(text: string) {
  yield text;
}

/** Runs the command in this process, with its own standard streams and environment. */
export async function run(
  args: readonly string[],
  { stdin = "", env = {}, isTTY = false, signal, onOut }: RunOptions = {},
): Promise<Run> {
  const written = { out: "", err: "" };
  const output = (name: "out" | "err") => ({
    isTTY,
    write: (text: string) => {
      written[name] += text;
      if (name === "out") onOut?.(text);
    },
  });
  const input = Object.assign(lines(stdin), { isTTY: stdin === "" });
  const io = { stdin: input, stdout: output("out"), stderr: output("err"), env, ...(signal && { signal }) };
  const code = await main(args, io);
  return { code, ...written };
}

export const KEY = "gsk_0123456789abcdefghij";

/** A Groq on this machine for the time of the test, and the environment that leads to it. */
export async function embedded(options: EmbeddedGroqServerOptions = {}) {
  const server = await startEmbeddedGroq({ apiKey: KEY, ...options });
  onTestFinished(() => server.close());
  return { server, env: { GROQ_BASE_URL: server.baseUrl, GROQ_API_KEY: KEY } };
}
