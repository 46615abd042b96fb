import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the demo shows each part and ends well", async () => {
  const { GROQ_API_KEY: _, ...env } = process.env;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "scripts/demo.ts"],
    {
      env: { ...env, NO_COLOR: "1" },
    },
  );
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
