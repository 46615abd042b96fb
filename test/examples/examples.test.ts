import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedGroqServer, startEmbeddedGroq } from "../../src/testing/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = createRequire(import.meta.url).resolve("tsx/cli");

let groq: EmbeddedGroqServer;
beforeAll(async () => {
  groq = await startEmbeddedGroq();
});
afterAll(() => groq.close());

/** Runs `npx tsx examples/NAME` as the README says, with the embedded Groq in place of the real one. */
async function run(name: string): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, GROQ_API_KEY: "any", GROQ_BASE_URL: groq.baseUrl };
  return promisify(execFile)(process.execPath, [tsx, `examples/${name}`], {
    cwd: root,
    env,
    timeout: 60_000,
  });
}

const expected: Record<string, RegExp> = {
  "chat.ts": /^You said: What is the Seine\? \d+\n$/,
  "streaming.ts": /^You said: Count to five in words\.\nstop after \d+ tokens\n$/,
  "tools.ts": /^calling get_weather\nThe tool says: .*"celsius":17.*\n2 turns\n$/,
  "structured-output.ts": /^1 in Lisbon, outside\n$/,
  "yaml-config.ts": /^You said: Say that you are ready, in one word\.\n\{ limit: 30, used: 1, left: 29 \}\n$/,
  "telemetry/main.ts":
    /name: 'chat openai\/gpt-oss-20b'.*'error.type': 'ModelNotFound'.*gen_ai.client.inference.duration/s,
  "router.ts":
    /^fast: ServiceUnavailable, so spare is asked\nYou said: .*\nspare answered, after 2 were asked\n$/,
  "ai-sdk.ts": /^The tool says: .*"celsius":17.*\n2 steps, \d+ \+ \d+ tokens\n$/,
  "langchain.ts": /^You said: What is the Seine\?\nYou said: Count to five\.\n$/,
  "errors.ts": /^The model "mixtral-8x7b-32768" was retired.*\nThere are: .*openai\/gpt-oss-20b.*\n$/,
};

/** They serve until they are stopped, and have tests of their own. */
const SERVERS = ["server.ts", "web"];

/** It needs what the packed package generates: `npm run lint:package` runs it. */
const PACKED = ["own-document"];

describe("examples run as printed", () => {
  it("each is tested", () => {
    const names = Object.keys(expected).map((name) => name.replace(/\/.*/, ""));
    expect(readdirSync(`${root}examples`).sort()).toEqual([...names, ...SERVERS, ...PACKED].sort());
  });

  it.concurrent.each(Object.entries(expected))("%s", { timeout: 90_000 }, async (name, output) => {
    const { stdout, stderr } = await run(name);
    expect(stderr).toBe("");
    expect(stdout).toMatch(output);
  });
});
