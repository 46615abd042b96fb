import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { type EmbeddedGroqServerOptions, startEmbeddedGroq } from "../../src/testing/index.ts";

const run = promisify(execFile);

async function demo(variables: Record<string, string> = {}) {
  const { GROQ_API_KEY: _, GROQ_BASE_URL: __, ...env } = process.env;
  return run(process.execPath, ["--import", "tsx", "scripts/demo.ts"], {
    env: { ...env, NO_COLOR: "1", ...variables },
  });
}

async function demoWithKey(options: EmbeddedGroqServerOptions) {
  const groq = await startEmbeddedGroq(options);
  onTestFinished(() => groq.close());
  return { groq, run: demo({ GROQ_API_KEY: KEY, GROQ_BASE_URL: groq.baseUrl }) };
}

const KEY = "gsk_demodemodemo1234567890";

test("the demo shows each part and ends well", async () => {
  const { stdout, stderr } = await demo();
  expect(stderr).toBe("");
  expect(stdout).toContain("the Groq embedded in this package");
  for (const part of [
    /A chat\n {2}answer +You said: Say hello/,
    /A stream\n {2}answer +You said: Count from one to five\. {2}\[stop\]/,
    /A completion\n {2}answer +You said: The capital/,
    /A tool conversation\n {2}tool +get_weather\(\{"city":"Lisbon"\}\)\n {2}answer +The tool says.*17/,
    /The models\n {2}131072 +openai\/gpt-oss-20b/,
    /An error\n {2}ModelNotFound .*was retired/,
    /A rate limit: two calls a second\n {2}waited +\d+ ms/,
    /Done\.\n$/,
  ]) {
    expect(stdout).toMatch(part);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no colours is what is looked for
  expect(stdout).not.toMatch(/\u001b/);
}, 60_000);

test("with a key it says so, does not show it, and asks for little", async () => {
  const { groq, run } = await demoWithKey({ apiKey: KEY });
  const { stdout, stderr } = await run;
  expect(stdout).toContain("Talking to Groq, since GROQ_API_KEY is set");
  expect(stdout).toMatch(/Done\.\n$/);
  expect(stdout + stderr).not.toContain(KEY);
  const bodies = groq.requests.map(({ body }) => Object(body));
  const chats = bodies.filter(({ messages }) => messages);
  expect(chats.length).toBeLessThan(15);
  for (const body of chats) expect(body.max_completion_tokens).toBeLessThanOrEqual(200);
}, 60_000);

test("a key that is refused ends it with a word and code 1", async () => {
  const { run } = await demoWithKey({ apiKey: "gsk_another" });
  const failure = await run.catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining("Failed: Authentication") });
  expect(JSON.stringify(failure)).not.toContain(KEY);
}, 60_000);
