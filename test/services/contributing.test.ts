/** The steps of CONTRIBUTING.md for a service that is missing, followed to the letter in a copy of the project. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const run = promisify(execFile);

/** The text of a block without the indent that it has in a list. */
const blocksOf = (text: string) =>
  [...text.matchAll(/^ {3}```ts\n([\s\S]*?)^ {3}```$/gm)].map(([, block = ""]) =>
    block.replace(/^ {3}/gm, ""),
  );

test("a service is added by a file, a record, and a line in each table", { timeout: 120_000 }, async () => {
  const guide = await readFile("CONTRIBUTING.md", "utf8");
  const section = guide.slice(guide.indexOf("## A service that is missing"), guide.indexOf("## House rules"));
  const [profile = "", record = ""] = blocksOf(section);
  const [, line = ""] = /`(import [^`]*)`/.exec(section) ?? [];
  expect(profile.trim().split("\n").length).toBeLessThanOrEqual(20);
  const copy = await mkdtemp(join(tmpdir(), "acme-"));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  for (const name of ["package.json", "tsconfig.json", "src", "test/services", "docs/services.md"])
    await cp(name, join(copy, name), { recursive: true });
  await symlink(resolve("node_modules"), join(copy, "node_modules"), "dir");
  const change = async (file: string, from: string | RegExp, to: string) => {
    const text = await readFile(join(copy, file), "utf8");
    expect(text).toMatch(from);
    await writeFile(join(copy, file), text.replace(from, to));
  };
  await writeFile(join(copy, "src/provider/services/acme.ts"), profile);
  await writeFile(join(copy, "test/services/fixtures/acme.ts"), record);
  const services = "src/provider/services/index.ts";
  await change(services, /^import /m, `${line}\nimport `);
  await change(
    services,
    '  "openai-compatible": openAiCompatible',
    '  acme,\n  "openai-compatible": openAiCompatible',
  );
  const fixtures = "test/services/fixtures/index.ts";
  await change(fixtures, /^import /m, `${line}\nimport `);
  await change(fixtures, /\];\s*$/, ", acme];\n");
  const print = ["--import", "tsx", "test/services/print.ts", "--write"];
  const { stdout } = await run(process.execPath, print, { cwd: copy });
  const row =
    "| `acme` | `max_tokens` | `reasoning_content` | yes | yes | yes | yes | yes | yes | yes | yes | – | documented |";
  expect(stdout).toContain(row);
  expect(await readFile(join(copy, "docs/services.md"), "utf8")).toContain(row);
});
