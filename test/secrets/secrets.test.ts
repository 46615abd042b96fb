/**
 * What leaves the library never holds the key; nor the prompt, but where a field is documented to hold a model's words
 * (`failedGeneration`, `partial`) or a server's own sentence repeats it. The servers here repeat both wherever they can.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { createDriftChecker } from "../../src/drift/in-app.ts";
import { createRecorder } from "../../src/drift/index.ts";
import { LlmError } from "../../src/provider/base/error.ts";
import { createRedact } from "../../src/provider/base/redact.ts";
import type { ProviderDependencies } from "../../src/provider/call/dependencies.ts";
import { parseModelConfig } from "../../src/provider/config/load-config.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { run } from "../cli/support.ts";
import { completion, groqConfig } from "../provider/support.ts";

const KEY = "gsk_SecretSecretSecret0123456789";
const HEADER = "gateway-Secret-0123456789";
const PROMPT = "the merger with Quokka is on Tuesday";
const echo = `Bearer ${KEY} by ${HEADER} asked: ${PROMPT}`;

/** All texts that can be read of a value: messages, stacks, hidden members, getters, causes, JSON. */
function everything(value: unknown): string {
  const texts: string[] = [
    String(value),
    safeJson(value),
    inspect(value, { showHidden: true, depth: 20, getters: true }),
  ];
  const seen = new Set<unknown>();
  const walk = (at: unknown, depth: number): void => {
    if (typeof at === "string") texts.push(at);
    if ((typeof at !== "object" && typeof at !== "function") || at === null || seen.has(at) || depth > 12)
      return;
    seen.add(at);
    for (const key of Reflect.ownKeys(at)) {
      texts.push(String(key));
      walk(Reflect.get(at, key), depth + 1);
    }
  };
  walk(value, 0);
  return texts.join("\n");
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => listener(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const errorBody = (more: object = {}) =>
  JSON.stringify({ error: { message: echo, type: echo, code: "bad", param: KEY, ...more } });
const reply =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, {
      "content-type": "application/json",
      "x-request-id": KEY,
      "x-echo": echo,
      ...headers,
    });
    response.end(body);
  };
const events = (...parts: string[]) => reply(200, parts.join(""), { "content-type": "text/event-stream" });
const chunk = (content: string) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

const answers: [string, RequestListener][] = [
  ...[400, 401, 403, 404, 408, 409, 413, 418, 422, 424, 429, 498, 499, 500, 501, 502, 503].map(
    (status): [string, RequestListener] => [String(status), reply(status, errorBody())],
  ),
  ["a retired model", reply(400, errorBody({ code: "model_decommissioned" }))],
  ["a tool call that failed", reply(400, errorBody({ code: "tool_use_failed", failed_generation: KEY }))],
  ["too long", reply(400, errorBody({ code: "context_length_exceeded" }))],
  ["a redirect", reply(302, echo, { location: `https://evil.example/?key=${KEY}` })],
  [
    "an HTML page",
    reply(502, `<html><title>${KEY} ${KEY}</title>${echo}</html>`, { "content-type": "text/html" }),
  ],
  [
    "an HTML page with 200",
    reply(200, `<html><title>${echo}</title></html>`, { "content-type": "text/html" }),
  ],
  ["text", reply(500, echo, { "content-type": "text/plain" })],
  ["broken JSON", reply(200, `{"id":"${echo}`)],
  ["another shape", reply(200, JSON.stringify({ id: echo, [KEY]: 1, choices: echo }))],
  ["an odd content type", reply(200, echo, { "content-type": `text/${KEY}` })],
  ["an error event", events(`event: error\ndata: ${errorBody()}\n\n`)],
  ["an error event after text", events(chunk("Hi"), `event: error\ndata: ${errorBody()}\n\n`)],
  ["an error event that is text", events(`event: error\ndata: ${echo}\n\n`)],
  [
    "x_groq.error",
    events(chunk("Hi"), `data: ${JSON.stringify({ x_groq: { error: echo }, choices: [] })}\n\n`),
  ],
  ["an event that is text", events(chunk("Hi"), `data: ${echo}\n\n`)],
  ["a stream cut off", events(chunk("Hi"))],
  ["a reset", (request) => void request.socket.destroy()],
];

const ask = async (provider: GroqProvider, operation: string): Promise<unknown> => {
  const messages = [{ role: "user" as const, content: PROMPT }];
  if (operation === "listModels") return provider.listModels();
  return operation === "chat" ? provider.chat(messages) : provider.chatStream(messages).text();
};

/** The server's own sentence stays in the message, with the prompt where it repeats it: without it nobody could mend the call. */
const quotes = (error: LlmError) => error.message.includes(PROMPT);

/** Node's own exchange, and a fetch that is handed in. */
const exchanges = { node: undefined, fetch: globalThis.fetch };
const onBoth = answers.flatMap(([name, listener]) =>
  (["node", "fetch"] as const).map((exchange) => [name, exchange, listener] as const),
);

test.each(onBoth)(
  "%s, on %s: neither error, event nor provider tells a secret",
  async (_name, exchange, listener) => {
    const baseUrl = await serve(listener);
    for (const operation of ["chat", "chatStream", "listModels"]) {
      const told: unknown[] = [];
      const provider = new GroqProvider(
        groqConfig({ api_key: KEY, base_url: baseUrl, max_retries: 1, max_wait_ms: 1, timeout_ms: 5000 }),
        {
          fetch: exchanges[exchange],
          headers: { "x-gateway-key": HEADER, cookie: `session=${HEADER}` },
          onEvent: (event) => told.push(event),
          random: () => 0,
        },
      );
      const error = await ask(provider, operation).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(LlmError.is(error), operation).toBe(true);
      if (!LlmError.is(error)) continue;
      for (const secret of [KEY, HEADER]) {
        expect(everything(error), operation).not.toContain(secret);
        expect(everything(told), operation).not.toContain(secret);
      }
      expect(everything(told), operation).not.toContain(PROMPT);
      // Where the prompt shows, the server said it in its error's message; what came instead of one is never quoted.
      if (quotes(error)) expect(error.message).toContain("[key]");
      else expect(everything(error), operation).not.toContain(PROMPT);
      const { config: _config, ...rest } = provider;
      expect(
        inspect(provider, { showHidden: true, depth: 20 }) + safeJson(provider) + inspect(rest),
      ).not.toContain(KEY);
    }
  },
);

const BASIC = btoa("operator:hunter2hunter2");

test.each([
  ["cookie", "tok=S3cretCookie99; other=Zzz88888", "S3cretCookie99"],
  ["cookie", "tok=S3cretCookie99; other=Zzz88888", "Zzz88888"],
  ["cookie", "tok=correcthorse", "correcthorse"],
  ["x-signature", 'keyId="abc123", signature="c2lnbmVk"', "c2lnbmVk"],
  ["x-tokens", "Abcdefgh,hunter2", "hunter2"],
  ["proxy-authorization", `Basic ${BASIC}`, "hunter2hunter2"],
  ["proxy-authorization", `Basic ${BASIC}`, BASIC],
])("a part of the header %s: %s is removed: %s", async (name, value, part) => {
  const body = { error: { message: `bad ${part}`, type: part, code: part, param: part } };
  const baseUrl = await serve((_request, response) => {
    const headers = { "content-type": "application/json", "x-echo": part, "x-request-id": part };
    response.writeHead(400, headers).end(JSON.stringify(body));
  });
  const provider = new GroqProvider(groqConfig({ api_key: KEY, base_url: baseUrl }), {
    headers: { [name]: value },
  });
  const error = await ask(provider, "chat").catch((error: unknown) => error);
  expect(LlmError.is(error) && error.message).toContain(`[${name}]`);
  expect(everything(error)).not.toContain(part);
});

test("ordinary words of a header's value stay in errors", () => {
  const redact = createRedact(KEY, { "x-note": "Application, text/event-stream; no-transform, Bearer abc" });
  for (const word of ["Application", "text/event-stream", "no-transform", "Bearer"])
    expect(redact(`a ${word} b`)).toBe(`a ${word} b`);
});

test.each([
  ["a line end", `${HEADER}\n`],
  ["a character beyond Latin-1", `${HEADER} – 東京`],
  ["no text", { secret: HEADER }],
])("a header's value with %s is refused by its name alone", (_, value) => {
  for (const fetch of Object.values(exchanges)) {
    let error: unknown;
    try {
      new GroqProvider(groqConfig({ api_key: KEY }), {
        fetch,
        headers: { "x-gateway-key": value as string },
      });
    } catch (caught) {
      error = caught;
    }
    expect(LlmError.is(error) && error.kind).toBe("ConfigError");
    expect(everything(error)).toContain("x-gateway-key");
    expect(everything(error)).not.toContain(HEADER);
  }
});

test("a key that no header can hold is refused without it, and so is a value that was put in a name's place", () => {
  for (const [key, headers] of [
    [`${KEY}\n${KEY}`, {}],
    [KEY, { [`x-key: ${HEADER}`]: "1" }],
    [KEY, { "transfer-encoding": HEADER }],
  ] as const) {
    let error: unknown;
    try {
      new GroqProvider(groqConfig({ api_key: key }), { headers });
    } catch (caught) {
      error = caught;
    }
    expect(LlmError.is(error) && error.kind).toBe("ConfigError");
    for (const secret of [KEY, HEADER]) expect(everything(error)).not.toContain(secret);
  }
});

test("a fetch whose own errors carry the request, and a time-out, tell neither", async () => {
  const faults: ProviderDependencies["fetch"][] = [
    (url, init) => {
      const cause = Object.assign(new Error(`refused ${KEY}`), {
        code: "ECONNREFUSED",
        request: { url, init },
      });
      return Promise.reject(Object.assign(new TypeError("fetch failed", { cause }), { config: init }));
    },
    (_url, init) => Promise.reject(init),
    // Its own mistake, which is told as such.
    (_url, init) => Promise.reject(new TypeError(`${init.headers.authorization} is not a function`)),
    () => Promise.reject(KEY),
    () => new Promise(() => {}),
  ];
  for (const fetch of faults) {
    const provider = new GroqProvider(groqConfig({ api_key: KEY, max_retries: 0, timeout_ms: 20 }), {
      fetch,
    });
    for (const operation of ["chat", "chatStream", "listModels"]) {
      const error = await ask(provider, operation).catch((error: unknown) => error);
      expect(LlmError.is(error)).toBe(true);
      expect(everything(error)).not.toContain(KEY);
      expect(everything(error)).not.toContain(PROMPT);
    }
  }
});

test("configurations that are wrong, in code and as YAML, do not tell the key", () => {
  const wrong: unknown[] = [
    { ...groqConfig({ api_key: KEY }), provider: KEY },
    groqConfig({ api_key: KEY, base_url: `https://${KEY}@a.example:x` }),
    groqConfig({ api_key: KEY, base_url: `http://a.example/?key=${KEY}` }),
    groqConfig({ api_key: KEY, timeout_ms: KEY }),
    groqConfig({ api_key: [KEY] as never }),
    groqConfig({ api_key: KEY, [KEY]: 1 } as never),
    { ...groqConfig({ api_key: KEY }), limit: KEY },
  ];
  for (const config of wrong) {
    let error: unknown;
    try {
      new GroqProvider(config as never);
    } catch (caught) {
      error = caught;
    }
    expect(LlmError.is(error) && error.kind).toBe("ConfigError");
    expect(everything(error)).not.toContain(KEY);
  }
  for (const yaml of [
    `config:\n  api_key: "${KEY}\n`,
    `config: {api_key: ${KEY}`,
    `${KEY}: &a [*b]\nconfig: *${KEY}`,
  ]) {
    let error: unknown;
    try {
      parseModelConfig(yaml, { env: {} });
    } catch (caught) {
      error = caught;
    }
    expect(LlmError.is(error) && error.kind).toBe("ConfigError");
    expect(everything(error)).not.toContain(KEY);
  }
});

test("a recording, and every report made of it, hold neither key nor prompt", async () => {
  const folder = await mkdtemp(join(tmpdir(), "secrets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "recorded.jsonl");
  const recorder = createRecorder({ file });
  const bodies = [
    reply(200, JSON.stringify(completion(echo, { created: echo, note: echo }))),
    reply(400, errorBody({ message: `Invalid key ${KEY}`, failed_generation: PROMPT })),
    reply(200, `${chunk(echo)}event: error\ndata: ${errorBody({ message: KEY })}\n\n`, {
      "content-type": "text/event-stream",
    }),
  ];
  for (const listener of bodies) {
    const provider = new GroqProvider(
      groqConfig({ api_key: KEY, base_url: await serve(listener), max_retries: 0 }),
      { fetch: recorder.fetch },
    );
    for (const operation of ["chat", "chatStream"]) await ask(provider, operation).catch(() => undefined);
  }
  await recorder.close();
  const recorded = await readFile(file, "utf8");
  expect(recorded.split("\n").length).toBeGreaterThan(6);
  expect(recorded).not.toContain(KEY);
  expect(recorded).not.toContain(PROMPT);
  for (const format of ["table", "json", "github", "junit", "html"]) {
    const { out, err } = await run(["drift", file, "--format", format]);
    for (const secret of [KEY, PROMPT]) expect(out + err, format).not.toContain(secret);
  }
  const suggested = await run(["drift", file, "--suggest"]);
  for (const secret of [KEY, PROMPT]) expect(suggested.out + suggested.err).not.toContain(secret);
});

/** Answers as someone kept them by other means, with key and prompt wherever a check looks. */
const raw: Record<string, unknown[]> = {
  "an unknown field": [completion("Hi", { note: echo, more: { deep: [PROMPT, KEY, `a ${KEY}`] } })],
  "a field's name": [completion("Hi", { [KEY]: 1, [PROMPT]: 2, extra: { [KEY]: { [PROMPT]: 1 } } })],
  "an enum": [PROMPT, KEY, echo, `${KEY}.${KEY}`].map((word) =>
    completion("Hi", { object: "chat.completion", service_tier: word }),
  ),
  "another type": [completion("Hi", { created: echo, choices: PROMPT }), completion("Hi", { usage: KEY })],
  "the whole answer": [{ ...completion(echo), id: KEY, model: PROMPT, surplus: true }],
  "no answer of the service": [{ [KEY]: PROMPT }, [PROMPT], { text: echo }],
  "no object": [PROMPT, KEY, echo],
  "an event": [
    {
      ...{ method: "POST", url: `https://llm.example/openai/v1/chat/completions?key=${KEY}`, status: 200 },
      events: [
        { event: PROMPT, data: { note: PROMPT } },
        { event: KEY, data: echo },
        { event: "odd", data: { note: PROMPT, [KEY]: KEY } },
      ],
    },
  ],
};

test.each(Object.entries(raw))(
  "a raw recording with key and prompt in %s: no report holds them",
  async (_name, answers) => {
    const folder = await mkdtemp(join(tmpdir(), "secrets-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "raw.jsonl");
    await writeFile(file, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(""));
    for (const format of [
      ...["table", "json", "github", "junit", "html"].map((name) => ["--format", name]),
      ["--suggest"],
    ]) {
      const { code, out, err } = await run(["drift", file, ...format, "--fail-on", "any"]);
      expect(code, "something is told").toBeGreaterThan(0);
      for (const secret of [KEY, PROMPT]) expect(out + err, format.join(" ")).not.toContain(secret);
    }
    const baseline = join(folder, "baseline.json");
    await run(["drift", file, "--baseline", baseline, "--update-baseline"]);
    const accepted = await readFile(baseline, "utf8").catch(() => "");
    for (const secret of [KEY, PROMPT]) expect(accepted).not.toContain(secret);
  },
);

test("the check inside an application tells no key and no text, whether value or name", () => {
  for (const word of [KEY, PROMPT]) {
    // Places are told once a minute, so each word needs a check of its own.
    const check = createDriftChecker({ sample: 1 });
    const body = { ...completion(word), service_tier: word, [word]: { [word]: word } };
    const told = check.check("ChatAnswer", body);
    expect(told.length).toBeGreaterThan(0);
    expect(everything(told)).not.toContain(word);
  }
});

test("the command takes no key as an argument, and does not repeat one", async () => {
  const help = await run(["drift", "--help"]);
  expect(help.out).not.toMatch(/--(api-?)?(key(?!-env)|token|secret)/i);
  for (const args of [
    [KEY],
    ["drift", "--key", KEY],
    ["drift", `--api-key=${KEY}`],
    ["drift", "--live", KEY],
  ]) {
    const { code, out, err } = await run(args);
    expect(code).toBe(2);
    expect(out + err).not.toContain(KEY);
  }
});

test("a live check tells neither, whatever the server repeats", async () => {
  const baseUrl = await serve(reply(401, errorBody()));
  const { code, out, err } = await run(
    ["drift", "--live", "--base-url", baseUrl, "--key-env", "GROQ_API_KEY"],
    {
      env: { GROQ_API_KEY: KEY },
    },
  );
  expect(code).toBe(2);
  expect(out + err).not.toContain(KEY);
}, 60_000);
