import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = createRequire(import.meta.url).resolve("tsx/cli");

/** Runs `npx tsx examples/NAME` as the README prints it, without a key. */
async function run(name: string): Promise<{ stdout: string; stderr: string }> {
  const { GROQ_API_KEY: _, ...env } = process.env;
  return promisify(execFile)(process.execPath, [tsx, `examples/${name}`], {
    cwd: root,
    env,
    timeout: 60_000,
  });
}

const expected: Record<string, RegExp> = {
  "chat.ts": /^You said: What is the Seine\?\n\d+ tokens, [\d.]+ ms\n$/,
  "streaming.ts": /^You said: Count to five in words\.\nstop after \d+ tokens\n$/,
  "tools.ts": /^calling get_weather\(\{"city":"Lisbon"\}\)\nThe tool says: .*"celsius":17.*\n2 turns\n$/,
  "structured-output.ts": /^1 in Lisbon, outside\n$/,
  "yaml-config.ts": /^You said: Say that you are ready, in one word\.\n\{ limit: 30, used: 1, left: 29 \}\n$/,
  "errors.ts": /^The model "mixtral-8x7b-32768" was retired.*\nThere are: .*openai\/gpt-oss-20b.*\n$/,
};

describe("examples run as printed", () => {
  it("each is tested", () => {
    expect(readdirSync(`${root}examples`).sort()).toEqual(Object.keys(expected).sort());
  });

  it.concurrent.each(Object.entries(expected))("%s", { timeout: 90_000 }, async (name, output) => {
    const { stdout, stderr } = await run(name);
    expect(stderr).toBe("");
    expect(stdout).toMatch(output);
  });
});
