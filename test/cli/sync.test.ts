import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { run } from "./support.ts";

const OWN = fileURLToPath(new URL("../../openapi/groq.yaml", import.meta.url));

async function project() {
  const folder = await mkdtemp(join(tmpdir(), "sync-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  await writeFile(at("vendor.yaml"), await readFile(OWN, "utf8"));
  const args = [
    "sync",
    "--vendor",
    at("vendor.yaml"),
    "--overlay",
    at("o.yaml"),
    "--out",
    at("llm"),
    "--write",
  ];
  return { at, args: [...args, "--no-typecheck"] };
}

test("1 the first time, 0 when all is as it was, 1 with a page where it is not", async () => {
  const { at, args } = await project();
  expect(await run(args)).toMatchObject({ code: 1, out: expect.stringContaining("seen for the first time") });
  expect(await run(args)).toMatchObject({ code: 0, out: expect.stringContaining("Nothing changed.") });

  const document = parse(await readFile(OWN, "utf8"));
  document.components.schemas.CreateChatCompletionResponse.properties.region = { type: "string" };
  await writeFile(at("vendor.yaml"), stringify(document));
  const { code, out, err } = await run([...args, "--pr-body", at("page.md")]);
  expect(code).toBe(1);
  expect(out).toContain("| additive | `POST /chat/completions response` `region` |");
  expect(err).toContain("groq-provider: generating");
  expect(await readFile(at("page.md"), "utf8")).toBe(out);
});

test("recorded answers become actions of the overlay", async () => {
  const { at, args } = await project();
  const message = { role: "assistant", content: "Yes." };
  const answer = {
    ...{ id: "c", object: "chat.completion", created: 1, model: "m", region: "eu" },
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
  };
  await writeFile(at("answers.jsonl"), `${JSON.stringify(answer)}\n`);
  const { code, out } = await run([...args, "--answers", at("answers.jsonl")]);
  expect(code).toBe(1);
  expect(out).toContain("1 action more, from the answers");
  expect(await readFile(at("o.yaml"), "utf8")).toMatch(/region:[\s\S]*x-evidence:[\s\S]*seen: 1/);
});

test.each([
  [["--vendor", "nowhere.yaml"], "nowhere.yaml: no such file"],
  [["--answers", "nowhere"], "nowhere"],
  [["--pr-body", "no/such/page.md"], "--pr-body: no/such/page.md: no such file"],
  [["--model", "m"], "--base-url, --key-env and --model need --live"],
  [["--live", "--answers", "a"], "expected --answers or --live, found both"],
])("%j is 2, with a line that says why", async (more, message) => {
  const { args } = await project();
  const { code, out, err } = await run([...args, ...more]);
  expect(code).toBe(2);
  expect(err + out).toContain(message);
});

test("serve --check tells whether the client reads what a document allows", async () => {
  expect(await run(["serve", "--document", OWN, "--check"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^The client reads all that .* as far as \d+ calls met it\.\n$/),
  });
  const { at } = await project();
  const document = parse(await readFile(OWN, "utf8"));
  document.components.schemas.ChatCompletionChoice.properties.message = { type: "string" };
  await writeFile(at("vendor.yaml"), stringify(document));
  const { code, out } = await run(["serve", "--document", at("vendor.yaml"), "--check"]);
  expect(code).toBe(1);
  expect(out).toContain("chat, minimal bodies: the client refuses what the document allows: InvalidResponse");
  expect(await run(["serve", "--check"])).toMatchObject({ code: 2 });
});
