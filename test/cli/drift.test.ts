import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { run } from "./support.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/recorded", import.meta.url));
const choice = {
  index: 0,
  message: { role: "assistant", content: "Hi" },
  logprobs: null,
  finish_reason: "stop",
};
const completion = {
  id: "c",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "m",
  choices: [choice],
};

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drift-cli-"));
  const breaking = { ...completion, created: "yesterday" };
  await writeFile(at("clean.json"), JSON.stringify(completion));
  await writeFile(at("additive.json"), JSON.stringify({ ...completion, more: 1 }));
  await writeFile(at("breaking.json"), JSON.stringify(breaking));
  await writeFile(at("broken.jsonl"), `${JSON.stringify(completion)}\n{"id":\n`);
});
afterAll(() => rm(folder, { recursive: true }));

test("the project's own recordings fit the packaged document", async () => {
  const { code, out } = await run(["drift", FIXTURES, "--fail-on", "any"]);
  expect(out).toContain("23 answers against openapi/groq.yaml");
  expect(out).toContain("Clean: every answer fits the document (0 breaking, 0 additive)");
  expect(code).toBe(0);
});

describe("exit codes", () => {
  test.each<[string[], number]>([
    [["clean.json"], 0],
    [["additive.json"], 0],
    [["additive.json", "--fail-on", "any"], 1],
    [["breaking.json"], 1],
    [["breaking.json", "--fail-on", "none"], 0],
    [["broken.jsonl"], 2],
    [["breaking.json", "broken.jsonl", "--fail-on", "none"], 2],
    [["gone.json"], 2],
  ])("%j: %i", async (args, code) => {
    const [files, options] = [
      args.filter((arg) => arg.includes(".")),
      args.filter((arg) => !arg.includes(".")),
    ];
    expect((await run(["drift", ...files.map(at), ...options])).code).toBe(code);
  });

  test("unusable input is told with file and line, in any format", async () => {
    const table = await run(["drift", at("broken.jsonl")]);
    expect(table.out).toContain(
      `unusable: ${at("broken.jsonl")}:2: expected JSON: Unexpected end of JSON input`,
    );
    const json = await run(["drift", at("broken.jsonl"), "--format", "json"]);
    expect(json.err).toBe(
      `groq-provider: ${at("broken.jsonl")}:2: expected JSON: Unexpected end of JSON input\n`,
    );
    expect(JSON.parse(json.out).verdict).toBe("unusable");
    expect(table.err).toBe(json.err);
    expect((await run(["drift", "nofile"])).err).toBe("groq-provider: nofile: no such file\n");
    expect(await run(["drift", "-"], { stdin: " " })).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^groq-provider: \(standard input\): .+\n$/),
    });
  });
});

describe("a command line that can't be is refused with 2, one line, and no trace", () => {
  test.each<[string[], RegExp]>([
    [["gsk_oops"], /unknown command/],
    [["drift", "--live", "gsk_oops"], /--live takes no files/],
    [["drift"], /expected files or folders of recorded answers/],
    [["drift", "x", "--format", "xml"], /expected --format table\|json\|github\|junit\|html, found xml/],
    [["drift", "x", "--format", "html="], /expected a file name after --format/],
    [["drift", "x", "--format", "json", "--format", "html"], /json and html can't both be printed/],
    [["drift", "x", "--fail-on", "all"], /expected --fail-on client\|breaking\|any\|none, found all/],
    [["drift", "x", "--update-baseline"], /--update-baseline needs --baseline FILE/],
    [["drift", "x", "--update-presence"], /--update-presence needs --presence FILE/],
    [["drift", "x", "--service", "acme"], /expected --service groq\|/],
    [["drift", "x", "--schema", "gone.yaml"], /gone.yaml: no such file/],
    [["drift", "x", "--api-key=gsk_secret"], /unknown option '--api-key'/],
    [["drift", "x", "--model", "m"], /--model needs --live/],
    [["drift", "--live"], /expected a key in the environment variable GROQ_API_KEY, or --key-env NAME/],
    [["drift", "--live", "--key-env", "gsk_oops"], /--key-env: expected the name of a variable/],
    [["drift", "--live", "--base-url", "https://other.example/v1"], /another host needs --key-env NAME/],
    [["drift", "x", "--record", "a.jsonl"], /--record needs --live/],
    [["drift", "x", "--key-env", "A"], /--key-env needs --live/],
    [["drift", "--live", "x"], /--live takes no files/],
    [["drift", "--spec"], /expected --spec NEW, or --spec OLD NEW; found 0 documents/],
    [["drift", "--spec", "a", "b", "--scope", "some"], /expected --scope adapter|all, found some/],
    [["drift", "x", "--rules", "r.yaml"], /--rules needs --spec/],
    [["drift", "--spec", "a", "b", "--suggest"], /--suggest does not go with --spec/],
  ])("%j", async (args, message) => {
    const { code, out, err } = await run(args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(message);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(err).not.toContain("gsk_");
  });
});

test("standard input, and a document of one's own", async () => {
  await writeFile(
    at("own.yaml"),
    "openapi: 3.0.3\npaths:\n  /a:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n              schema: { type: object, required: [n], properties: { n: { type: integer } } }\n",
  );
  const { code, out } = await run(["drift", "--schema", at("own.yaml")], { stdin: '{"n":1}\n{"n":"1"}\n' });
  expect(code).toBe(1);
  expect(out).toContain("other type: string, not integer");
  expect(out).toContain("(standard input):2");
});

test("several formats at once, into files", async () => {
  const { out } = await run([
    "drift",
    at("breaking.json"),
    "--format",
    "github",
    "--format",
    `html=${at("r.html")}`,
    "--format",
    `junit=${at("r.xml")}`,
  ]);
  expect(out).toMatch(/^::error /);
  expect(await readFile(at("r.html"), "utf8")).toMatch(/^<!doctype html>/);
  expect(await readFile(at("r.xml"), "utf8")).toMatch(/^<\?xml/);
});

test("colours on a terminal, unless NO_COLOR", async () => {
  const args = ["drift", at("breaking.json")];
  expect((await run(args, { isTTY: true })).out).toContain("\u001b[");
  expect((await run(args, { isTTY: true, env: { NO_COLOR: "1" } })).out).not.toContain("\u001b[");
  expect((await run(args)).out).not.toContain("\u001b[");
});

test("a baseline: written, then known, then told when it is gone", async () => {
  const baseline = ["--baseline", at("baseline.json")];
  const written = await run(["drift", at("breaking.json"), ...baseline, "--update-baseline"]);
  expect(written).toMatchObject({ code: 0, err: `${at("baseline.json")}: 1 known difference\n` });
  const known = await run(["drift", at("breaking.json"), ...baseline, "--fail-on", "any"]);
  expect(known.code).toBe(0);
  expect(known.out).toContain("(0 breaking, 0 additive, 1 known)");
  const both = await run([
    "drift",
    at("breaking.json"),
    at("additive.json"),
    ...baseline,
    "--fail-on",
    "any",
  ]);
  expect(both.code).toBe(1);
  const gone = await run(["drift", at("clean.json"), ...baseline]);
  expect(gone.out).toContain("no longer seen: CreateChatCompletionResponse created: other type");
  const before = await readFile(at("baseline.json"), "utf8");
  expect((await run(["drift", at("broken.jsonl"), ...baseline, "--update-baseline"])).code).toBe(2);
  expect(await readFile(at("baseline.json"), "utf8")).toBe(before);
});

test("--suggest prints an overlay alone, for what the baseline does not have", async () => {
  const { out, code } = await run(["drift", at("breaking.json"), at("additive.json"), "--suggest"]);
  const overlay = parse(out);
  expect(code).toBe(1);
  expect(overlay.overlay).toBe("1.0.0");
  expect(overlay.actions.map(({ target }: { target: string }) => target)).toContain(
    "$.components.schemas.CreateChatCompletionResponse.properties",
  );
});

test("--spec compares two documents", async () => {
  const document = (extra: string) =>
    `openapi: 3.1.0\npaths:\n  /models:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n              schema: { type: object, required: [a${extra}], properties: { a: { type: string }, b: { type: string } } }\n`;
  await writeFile(at("old.yaml"), document(", b"));
  await writeFile(at("new.yaml"), document(""));
  const { code, out } = await run(["drift", "--spec", at("old.yaml"), at("new.yaml")]);
  expect(code).toBe(1);
  expect(out).toContain("now sometimes absent");
  expect((await run(["drift", "--spec", at("new.yaml"), at("new.yaml")])).code).toBe(0);
});

test("--spec --scope all compares whole documents, by rules of a file", async () => {
  const document = (paths: object) =>
    JSON.stringify({ openapi: "3.1.0", paths: { "/models": {}, ...paths } });
  await writeFile(at("old.json"), document({ "/files": { get: { responses: { 200: {} } } } }));
  await writeFile(at("new.json"), document({}));
  await writeFile(at("rules.yaml"), "operation-removed: annotation\n");
  await writeFile(at("typing.yaml"), "operation-remove: off\n");
  const spec = ["drift", "--spec", at("old.json"), at("new.json"), "--scope", "all"];
  const told = await run(spec);
  expect(told.code).toBe(1);
  expect(told.out).toContain("GET /files: operation removed  [operation-removed]");
  expect((await run([...spec, "--rules", at("rules.yaml")])).code).toBe(0);
  const refused = await run([...spec, "--rules", at("typing.yaml")]);
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(/unknown rule "operation-remove"; did you mean "operation-removed"\?/);
});

describe("--live", () => {
  let server: Server;
  let keys: (string | undefined)[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      keys.push(request.headers.authorization);
      const isModels = request.method === "GET";
      const models = { object: "list", data: [{ id: "m", object: "model", created: 1, owned_by: "x" }] };
      const body = isModels ? models : { ...completion, surprise: true };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("asks the server, and judges its answers like recorded ones; the key goes nowhere else", async () => {
    keys = [];
    const { port } = server.address() as AddressInfo;
    const env = { GROQ_API_KEY: "gsk_groqs_own_secret", LOCAL_KEY: "gsk_very_secret" };
    const args = [
      "drift",
      ...["--key-env", "LOCAL_KEY", "--record", at("live.jsonl")],
      "--live",
      "--base-url",
      `http://127.0.0.1:${port}/v1`,
      "--format",
      "json",
      "--fail-on",
      "any",
    ];
    const { code, out, err } = await run(args, { env });
    expect(code).toBe(1);
    expect(keys).toContain("Bearer gsk_very_secret");
    const places = JSON.parse(out).findings.map(({ place }: { place: string }) => place);
    expect(places).toContain("surprise");
    expect(err).toContain("questions answered");
    expect(keys.join()).not.toContain("gsk_groqs_own_secret");
    expect(out + err).not.toContain("gsk_very_secret");
    const recorded = await readFile(at("live.jsonl"), "utf8");
    expect(recorded.trimEnd().split("\n")).toHaveLength(keys.length);
    expect(recorded).not.toContain("gsk_very_secret");
    expect(recorded).not.toContain("gsk_groqs_own_secret");
    expect((await run(["drift", at("live.jsonl"), "--fail-on", "none", "--format", "json"])).out).toContain(
      "surprise",
    );
  });

  test("a server that is not there is told in one line", async () => {
    const env = { GROQ_API_KEY: "gsk_very_secret" };
    const { code, err } = await run(["drift", "--live", "--base-url", "http://127.0.0.1:9/v1"], { env });
    expect(code).toBe(2);
    expect(err).toMatch(/^groq-provider: http:\/\/127.0.0.1:9\/v1: /);
  });
});

test("help and version", async () => {
  expect((await run(["--help"])).out).toMatch(/^Usage: groq-provider <command>/);
  expect((await run(["drift", "--help"])).out).toContain("--update-baseline");
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  expect(await run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
});

const PROGRAM = fileURLToPath(new URL("../../src/cli/index.ts", import.meta.url));

test("the program itself: standard input, exit code, and a reader that goes away", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, "drift", "-"]);
  child.stdout.destroy();
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin.end(JSON.stringify({ ...completion, created: "yesterday" }));
  const code = await new Promise((done) => child.on("exit", done));
  expect([code, err]).toEqual([1, ""]);
});

test("a long stream is checked in less memory than it has", { timeout: 120_000 }, async () => {
  const chunk = (index: number) => {
    const delta = { content: `text ${index} ${"x".repeat(400)}` };
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: null }];
    return `data: ${JSON.stringify({ ...completion, object: "chat.completion.chunk", choices })}\n\n`;
  };
  const heap = ["--max-old-space-size=40", "--max-semi-space-size=2"];
  const child = spawn(process.execPath, [
    ...heap,
    "--import",
    "tsx",
    PROGRAM,
    "drift",
    "-",
    "--format",
    "json",
  ]);
  let out = "";
  child.stdout.on("data", (piece) => {
    out += piece;
  });
  async function* chunks() {
    for (let index = 0; index < 150_000; index += 100) {
      yield Array.from({ length: 100 }, (_, offset) => chunk(index + offset)).join("");
    }
  }
  const written = pipeline(Readable.from(chunks()), child.stdin);
  const code = await new Promise((done) => child.on("close", done));
  await written;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ samples: 150_000, findings: [] });
});

test("presence: written, added to, and then told what vanished; without its file that is said", async () => {
  const { invent } = await import("../drift/presence/answers.ts");
  const write = (name: string, exchanges: readonly object[]) =>
    writeFile(at(name), exchanges.map((one) => JSON.stringify(one)).join("\n"));
  const later = invent(60, 2, Date.UTC(2026, 9, 1));
  await write("before.jsonl", invent(80));
  await write("after.jsonl", later);
  await write(
    "gone.jsonl",
    later.map(({ body, ...one }) => ({
      ...one,
      ...(typeof body === "object" && body !== null && { body: { ...body, usage: undefined } }),
    })),
  );
  const presence = ["--presence", at("presence.json")];
  const missing = await run(["drift", at("before.jsonl"), ...presence]);
  expect(missing.code).toBe(0);
  expect(missing.err).toContain(
    "presence.json: no such file, so nothing is known yet; --update-presence makes it",
  );
  const written = await run(["drift", at("before.jsonl"), ...presence, "--update-presence"]);
  expect(written).toMatchObject({ code: 0, err: `${at("presence.json")}: 2 kinds of answers\n` });
  expect(await run(["drift", at("after.jsonl"), ...presence])).toMatchObject({ code: 0, err: "" });
  const gone = await run(["drift", at("gone.jsonl"), ...presence, "--update-presence"]);
  expect(gone.code).toBe(1);
  expect(gone.out).toMatch(/BREAKS +fits +usage +vanished: now in none of 30, before in 40 of 40/);
  const { kinds } = JSON.parse(await readFile(at("presence.json"), "utf8"));
  expect(Object.values(kinds).map((kind) => (kind as { answers: number }).answers)).toEqual([40, 70]);
  await writeFile(at("presence.json"), "{}");
  const broken = await run(["drift", at("after.jsonl"), ...presence]);
  expect([broken.code, broken.err]).toEqual([
    2,
    `groq-provider: ${at("presence.json")}: expected an object "kinds"\n`,
  ]);
});

test("a baseline that is missing is said, and the check goes on", async () => {
  const { code, out, err } = await run(["drift", at("breaking.json"), "--baseline", at("none.json")]);
  expect(code).toBe(1);
  expect(out).toContain("Drift: 1 breaking difference");
  expect(err).toContain("none.json: no such file, so nothing is known yet; --update-baseline makes it");
});

test("another service: only what breaks this client, or all by its own document with an overlay", async () => {
  const odd = { ...completion, created: null, mood: 1 };
  await writeFile(at("odd.json"), JSON.stringify(odd));
  await writeFile(at("unread.json"), JSON.stringify({ ...odd, choices: [] }));
  const fine = await run(["drift", at("odd.json"), "--service", "openai"]);
  expect(fine.code).toBe(0);
  expect(fine.out).toContain("only what breaks this client is told");
  expect(fine.out).toContain("Clean: this client reads every answer");
  const unread = await run(["drift", at("unread.json"), "--service", "openai"]);
  expect(unread.code).toBe(1);
  expect(unread.out).toMatch(
    /BREAKS +fits +choices +unreadable to this client: expected an item, found none/,
  );
  const overlay = await run(["drift", at("odd.json"), "--suggest"]);
  await writeFile(at("odd.overlay.yaml"), overlay.out);
  const schema = fileURLToPath(new URL("../../openapi/groq.yaml", import.meta.url));
  const corrected = ["--schema", schema, "--overlay", at("odd.overlay.yaml"), "--service", "openai"];
  const all = await run(["drift", at("odd.json"), ...corrected, "--fail-on", "any"]);
  expect([all.code, all.out]).toEqual([0, expect.stringContaining("Clean: every answer fits the document")]);
});

test("--live refuses a service whose address it does not know, and keeps keys apart", async () => {
  const env = { AZURE_OPENAI_API_KEY: "0123456789abcdef", GROQ_API_KEY: "gsk_0123456789abcdefghij" };
  const azure = await run(["drift", "--live", "--service", "azure"], { env });
  expect([azure.code, azure.err]).toEqual([
    2,
    expect.stringContaining("--service azure needs --base-url URL"),
  ]);
  const other = await run(
    ["drift", "--live", "--service", "openai", "--base-url", "https://api.groq.com/openai/v1"],
    {
      env,
    },
  );
  expect([other.code, other.err]).toEqual([2, expect.stringContaining("another host needs --key-env NAME")]);
});
