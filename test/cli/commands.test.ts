/** Commands against the embedded Groq, over a real socket. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findConnection } from "../../src/cli/connection.ts";
import { UsageError } from "../../src/cli/io.ts";
import { embedded, KEY, run } from "./support.ts";

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

const bodyOf = (request: { body: unknown } | undefined) => request?.body as Record<string, unknown>;

describe("nothing, and --help", () => {
  const COMMANDS = ["chat", "models", "limits", "serve", "generate", "drift"];

  test("say what there is, and how it ends", async () => {
    for (const args of [[], ["--help"], ["help"]]) {
      const { code, out, err } = await run(args);
      expect([code, err]).toEqual([0, ""]);
      for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${name} `, "m"));
      expect(out).toContain("GROQ_API_KEY");
      expect(out).toContain("Exit codes: 0 fine; 1 ");
    }
  });

  test.each(COMMANDS)("of %s: its own, and no option for a key", async (name) => {
    const { code, out, err } = await run([name, "--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`^Usage: groq-provider ${name}`));
    expect(out).not.toMatch(/--(api-?)?(key(?!-env)|secret|token)\b/i);
    expect((await run(["help", name])).out).toBe(out);
  });

  test.each([
    [["chatt"], "unknown command, did you mean chat? See groq-provider --help"],
    [["chat", "--modle", "m"], "unknown option '--modle', did you mean --model? See groq-provider --help"],
    [
      ["models", "x"],
      "too many arguments for 'models'. Expected 0 arguments but got 1. See groq-provider --help",
    ],
    [
      ["serve", "--port", "70000"],
      /^option '-p, --port <n>' argument '70000' is invalid\. Expected a number, 0 to 65535\. /,
    ],
    [["chat", "--max-tokens", "1.5", "Hi"], /Expected a whole number\./],
    [
      ["chat", "--json", "--schema", "s.json", "Hi"],
      /^option '--json' cannot be used with option '--schema <file>'\. /,
    ],
    [["chat", "--reasoning", "--json", "Hi"], /^option '--json' cannot be used with option '--reasoning'\. /],
    [["chat", "--json=3", "Hi"], "option '--json' takes no value. See groq-provider --help"],
    [["chat", "--base-url", "xx", "Hi"], "--base-url: expected a URL, such as https://llm.example/v1"],
    [["generate"], "required option '--out <folder>' not specified. See groq-provider --help"],
    [["chat", `--api-key=${KEY}`], "unknown option '--api-key'. See groq-provider --help"],
    [["chat", "--temperature", KEY], /argument 'gsk_\[removed\]' is invalid/],
  ])("%j is refused in one line", async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err.endsWith("\n")).toBe(true);
    const [line = "", ...more] = err.slice("groq-provider: ".length, -1).split("\n");
    if (typeof message === "string") expect(line).toBe(message);
    else expect(line).toMatch(message);
    expect(more).toEqual([]);
    expect(err).not.toContain(KEY);
  });
});

describe("chat", () => {
  test("prints the answer as it comes", async () => {
    const { server, env } = await embedded({ reply: { text: "One two three", reasoning: "Count." } });
    const pieces: string[] = [];
    const { code, out, err } = await run(["chat", "Count", "to", "three"], {
      env,
      onOut: (text) => pieces.push(text),
    });
    expect([code, out, err]).toEqual([0, "One two three\n", ""]);
    expect(pieces.length).toBeGreaterThan(3);
    expect(bodyOf(server.requests[0])).toMatchObject({
      model: "openai/gpt-oss-20b",
      stream: true,
      messages: [{ role: "user", content: "Count to three" }],
    });
  });

  test("reads standard input: alone, or where - stands", async () => {
    const { server, env } = await embedded();
    await run(["chat"], { env, stdin: "What is this?\n" });
    await run(["chat", "Summarise:", "-"], { env, stdin: "A long text.\n" });
    // Without a -, it is left alone: who runs the command may never close it.
    await run(["chat", "Hello"], { env, stdin: "not read" });
    const asked = server.requests.map((request) => bodyOf(request).messages);
    expect(asked).toEqual([
      [{ role: "user", content: "What is this?\n" }],
      [{ role: "user", content: "Summarise:\n\nA long text.\n" }],
      [{ role: "user", content: "Hello" }],
    ]);
  });

  test("options become those of the call", async () => {
    const { server, env } = await embedded();
    const options = [
      "--model",
      "qwen/qwen3.8-27b",
      "-s",
      "Be brief",
      "--max-tokens",
      "20",
      "--temperature",
      "0",
    ];
    await run(["chat", ...options, "Hi"], { env });
    expect(bodyOf(server.requests[0])).toMatchObject({
      model: "qwen/qwen3.8-27b",
      max_completion_tokens: 20,
      temperature: 0,
      messages: [
        { role: "system", content: "Be brief" },
        { role: "user", content: "Hi" },
      ],
    });
  });

  test("--json prints the whole answer, --schema an object that fits", async () => {
    const { server, env } = await embedded();
    const { out } = await run(["chat", "--json", "Hi"], { env });
    expect(JSON.parse(out)).toMatchObject({ content: "You said: Hi", finishReason: "stop", usage: {} });
    const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
    await writeFile(at("person.json"), JSON.stringify(schema));
    const object = await run(["chat", "--schema", at("person.json"), "I am Ada"], { env });
    expect([object.code, JSON.parse(object.out)]).toEqual([0, { name: "Ada" }]);
    expect(bodyOf(server.requests[1]).response_format).toMatchObject({ type: "json_schema" });
    for (const [file, fault] of [
      ["gone.json", "no such file"],
      [at("list.json"), "expected a JSON Schema: an object in JSON"],
    ] as const) {
      await writeFile(at("list.json"), "[1]");
      const { code, err } = await run(["chat", "--schema", file, "Hi"], { env });
      expect([code, err]).toEqual([2, `groq-provider: ${file}: ${fault}\n`]);
    }
  });

  test.each([
    ["length", [], "The answer\n", "it reached the longest length"],
    ["content_filter", [], "The answer\n", "the service's filter stopped it"],
    ["length", ["--json"], /"finishReason": "length"/, "it reached the longest length"],
  ])("an answer that was cut (%s, %j) is told, and is 1", async (finishReason, options, printed, says) => {
    const { env } = await embedded({ reply: { text: "The answer", finishReason } });
    const { code, out, err } = await run(["chat", ...options, "Hi"], { env });
    expect(code).toBe(1);
    if (typeof printed === "string") expect(out).toBe(printed);
    else expect(out).toMatch(printed);
    expect(err).toMatch(/^groq-provider: the answer is cut: .*\n$/);
    expect(err).toContain(says);
  });

  test("a schema file may begin with the mark that editors put there", async () => {
    const { env } = await embedded();
    await writeFile(at("marked.json"), `\ufeff${JSON.stringify({ type: "object", properties: {} })}`);
    expect(await run(["chat", "--schema", at("marked.json"), "Hi"], { env })).toMatchObject({
      code: 0,
      out: "{}\n",
    });
  });

  test("--reasoning goes to standard error", async () => {
    const { env } = await embedded({ reply: { text: "Four", reasoning: "Two and two." } });
    expect(await run(["chat", "--reasoning", "2+2?"], { env })).toEqual({
      code: 0,
      out: "Four\n",
      err: "Two and two.\n",
    });
  });

  test("an answer is no command to a terminal", async () => {
    const { env } = await embedded({ reply: "\u001b]0;owned\u0007\u001b[2Jdone\r\u009b1A" });
    expect((await run(["chat", "Hi"], { env, isTTY: true })).out).toBe("]0;owned[2Jdone1A\n");
    expect((await run(["chat", "Hi"], { env })).out).toContain("\u001b[2J");
  });

  test("a call that fails is 1, what can't be asked is 2, and what the user stops is 130", async () => {
    const { env } = await embedded();
    const gone = await run(["chat", "--model", "no-such-model", "Hi"], { env });
    expect(gone.code).toBe(1);
    expect(gone.err).toMatch(/^groq-provider: ModelNotFound: .*no-such-model.*\n$/);
    const wrong = await run(["chat", "Hi"], { env: { ...env, GROQ_API_KEY: "gsk_another_key_of_mine" } });
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/^groq-provider: Authentication: /);
    expect(wrong.err).not.toContain("gsk_another_key_of_mine");
    expect((await run(["chat"], { env, isTTY: true })).err).toContain("expected a question");
    expect((await run(["chat"], { env, stdin: "  \n" })).code).toBe(2);
    expect((await run(["chat", "Hi"])).err).toContain(
      "expected a key in the environment variable GROQ_API_KEY",
    );

    const { env: slow } = await embedded({ reply: { text: "a b c d e", eventDelayMs: 50 } });
    const stop = new AbortController();
    const stopped = await run(["chat", "Hi"], { env: slow, signal: stop.signal, onOut: () => stop.abort() });
    expect(stopped.code).toBe(130);
  });

  test("tells of further tries", async () => {
    const { env } = await embedded({
      fault: (_request, count) =>
        count === 1 ? { type: "answer", status: 503, headers: { "retry-after": "0" } } : undefined,
    });
    const { code, out, err } = await run(["chat", "Hi"], { env });
    expect([code, out]).toEqual([0, "You said: Hi\n"]);
    expect(err).toMatch(/^groq-provider: ServiceUnavailable \(503\): trying again/);
  });
});

describe("models", () => {
  test("a table, and the same as JSON", async () => {
    const { env } = await embedded();
    const { code, out, err } = await run(["models"], { env });
    expect([code, err]).toEqual([0, ""]);
    const [head, ...rows] = out.trimEnd().split("\n");
    expect(head).toMatch(/^MODEL +CONTEXT +MAX OUTPUT +\$\/M IN +\$\/M OUT +IN +OUT +FEATURES$/);
    expect(rows.find((row) => row.startsWith("openai/gpt-oss-20b "))).toMatch(
      / 131,072 +65,536 +0\.075 +0\.30 +text +text +tools, json_mode, structured_outputs, reasoning$/,
    );
    const list = JSON.parse((await run(["models", "--json"], { env })).out);
    expect(list.map(({ id }: { id: string }) => id)).toEqual(rows.map((row) => row.split(" ")[0]));
  });

  test("colours on a terminal alone, and not where NO_COLOR stands", async () => {
    const { env } = await embedded();
    const plain = (await run(["models"], { env })).out;
    const painted = (await run(["models"], { env, isTTY: true })).out;
    expect(plain).not.toContain("\u001b");
    expect(painted).toContain("\u001b[1m");
    expect((await run(["models"], { env: { ...env, NO_COLOR: "1" }, isTTY: true })).out).toBe(plain);
  });

  test("names that would be read as more than names", async () => {
    const model = { object: "model" as const, created: 1, owned_by: "x" };
    const models = [
      { ...model, id: "::error::x" },
      { ...model, id: "\u001b[31m##[error]y" },
    ];
    const { env } = await embedded({ models });
    const { out } = await run(["models"], { env });
    expect(out).not.toMatch(/^::|##\[/m);
    expect(out).not.toContain("\u001b");
  });
});

describe("limits", () => {
  test("what the headers say, for the price of a token", async () => {
    const { server, env } = await embedded({ limits: { requestsPerDay: 1000, tokensPerMinute: 8000 } });
    const { code, out, err } = await run(["limits"], { env });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^LIMIT +PER +ALLOWED +LEFT +FULL AGAIN IN$/m);
    expect(out).toMatch(/^requests +24 h +1,000 +999 /m);
    expect(out).toMatch(/^tokens +1 min +8,000 +7,9\d\d /m);
    expect(bodyOf(server.requests[0])).toMatchObject({ max_completion_tokens: 1 });
    const { limits } = JSON.parse((await run(["limits", "--json"], { env })).out);
    expect(limits).toMatchObject([
      { counts: "requests", limit: 1000 },
      { counts: "tokens", limit: 8000 },
    ]);
  });

  test("a server that says nothing of them", async () => {
    const { env } = await embedded();
    expect(await run(["limits"], { env })).toEqual({
      code: 1,
      out: "",
      err: "groq-provider: the answer's headers say nothing of limits\n",
    });
  });
});

describe("serve", () => {
  test("serves until it is stopped, and tells of what is asked", async () => {
    const stop = new AbortController();
    let answered = "";
    let asking: Promise<void> | undefined;
    const { code, out, err } = await run(["serve", "--port", "0", "--requests-per-minute", "1"], {
      signal: stop.signal,
      onOut: (text) => {
        const baseUrl = /http:\S+/.exec(text)?.[0] ?? "";
        asking = (async () => {
          const env = { GROQ_BASE_URL: baseUrl, GROQ_API_KEY: "any" };
          answered = (await run(["chat", "Hi"], { env })).out;
          answered += (await run(["limits"], { env })).code;
          stop.abort();
        })();
      },
    });
    await asking;
    expect([code, answered]).toEqual([0, "You said: Hi\n1"]);
    expect(out).toContain("export GROQ_BASE_URL=http://127.0.0.1:");
    expect(err).toMatch(/^groq-provider: POST \/openai\/v1\/chat\/completions\n/);
  });

  test("answers by a document, overlaid", async () => {
    const stop = new AbortController();
    let asking: Promise<unknown> | undefined;
    const overlay = at("overlay.json");
    const update = { properties: { system_fingerprint: { const: "tomorrow" } } };
    const target = "$.components.schemas.CreateChatCompletionResponse";
    await writeFile(overlay, JSON.stringify({ overlay: "1.0.0", actions: [{ target, update }] }));
    const by = ["--document", "openapi/groq.yaml", "--overlay", overlay, "--bodies", "maximal"];
    const { code, out } = await run(["serve", "--port", "0", ...by], {
      signal: stop.signal,
      onOut: (text) => {
        const env = { GROQ_BASE_URL: /http:\S+/.exec(text)?.[0] ?? "", GROQ_API_KEY: "any" };
        asking = run(["chat", "--json", "Hi"], { env }).finally(() => stop.abort());
      },
    });
    expect(await asking).toMatchObject({
      code: 0,
      out: expect.stringContaining('"systemFingerprint": "tomorrow"'),
    });
    expect([code, out]).toEqual([0, expect.stringMatching(/^What openapi\/groq\.yaml says, on http/)]);
  });

  test.each([
    [["--bodies", "maximal"], "--overlay and --bodies say how to answer by a --document"],
    [["--document", "openapi/groq.yaml", "--bodies", "all"], "expected --bodies minimal|maximal, found all"],
    [["--document", "gone.yaml"], "gone.yaml: no such file"],
    [["--document", "package.json"], /^package\.json: expected an OpenAPI 3 document/],
  ])("%j can't be used", async (args, message) => {
    const { code, err } = await run(["serve", "--port", "0", ...args]);
    expect([code, err.slice("groq-provider: ".length, -1)]).toEqual([
      2,
      typeof message === "string" ? message : expect.stringMatching(message),
    ]);
  });

  test("a port that is taken", async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    const address = taken.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { code, err } = await run(["serve", "--port", String(port)]);
    taken.close();
    expect([code, err]).toEqual([2, `groq-provider: port ${port} is taken; name another one with --port\n`]);
  });
});

describe("generate", () => {
  test("writes what this package's own files are, and --check compares them", {
    timeout: 60_000,
  }, async () => {
    const out = at("generated");
    expect((await run(["generate", "--out", out, "--check"])).code).toBe(1);
    const { code, out: told } = await run(["generate", "--out", out]);
    expect([code, told]).toEqual([0, expect.stringContaining("types.ts")]);
    expect(await readdir(out)).toContain("checks.ts");
    expect((await run(["generate", "--out", out, "--check"])).code).toBe(0);
    const broken = await run(["generate", "--spec", at("gone.yaml"), "--out", out]);
    expect(broken.code).toBe(2);
    expect(broken.err).toMatch(/^groq-provider: generate: .*gone\.yaml/);
  });
});

describe("which key goes where", () => {
  const env = { GROQ_API_KEY: "groqs", OPENROUTER_API_KEY: "routers", MINE: "mine", EMPTY: " " };
  const key = (options: Parameters<typeof findConnection>[0], more: Record<string, string> = {}) =>
    findConnection(options, { env: { ...env, ...more } }).key;

  test("the service's own, for the service's own host", () => {
    expect(key({})).toBe("groqs");
    expect(key({ baseUrl: "https://api.groq.com/openai/v1" })).toBe("groqs");
    expect(key({ provider: "openrouter", model: "m" })).toBe("routers");
    expect(key({ provider: "ollama", model: "m" })).not.toMatch(/groqs|routers|mine/);
  });

  test("the one that is named, anywhere", () => {
    for (const baseUrl of [undefined, "https://other.example/v1", "http://127.0.0.1:1/v1"])
      expect(key({ baseUrl, keyEnv: "MINE" })).toBe("mine");
  });

  test("none for this machine, and never one for another host", () => {
    for (const baseUrl of ["http://localhost:1/v1", "http://127.0.0.1/v1", "http://[::1]:1/v1"])
      expect(key({ baseUrl })).not.toMatch(/groqs|routers|mine/);
    for (const baseUrl of [
      "https://other.example/v1",
      "https://api.groq.com.other.example/v1",
      "https://api.groq.com@other.example/v1",
      "http://api.groq.com/openai/v1",
      "https://api.groq.com:8443/v1",
      "not a url",
    ])
      expect(() => key({ baseUrl })).toThrow(UsageError);
    expect(() => key({ provider: "openrouter", baseUrl: "https://api.groq.com/openai/v1" })).toThrow(
      UsageError,
    );
    expect(() => key({ provider: "openai-compatible" })).toThrow("expected --key-env NAME");
  });

  test("who sets GROQ_BASE_URL has set the key for it; another --base-url is another host again", () => {
    const more = { GROQ_BASE_URL: "https://proxy.example/v1" };
    expect(key({}, more)).toBe("groqs");
    expect(key({ baseUrl: "https://proxy.example/other" }, more)).toBe("groqs");
    expect(() => key({ baseUrl: "http://proxy.example/v1" }, more)).toThrow(UsageError);
    expect(() => key({ baseUrl: "https://other.example/v1" }, more)).toThrow(UsageError);
  });

  test.each(["GONE", "EMPTY", "constructor", KEY])("no key in %s", (keyEnv) => {
    expect(() => key({ keyEnv })).toThrow("--key-env: expected the name of a variable that holds the key");
  });
});
