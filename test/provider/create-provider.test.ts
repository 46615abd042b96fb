import { afterEach, expect, test, vi } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import { connectionFields, limitFields, modelConfigFields } from "../../src/provider/config/settings.ts";
import { createGroq, createProvider } from "../../src/provider/create-provider.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { splitOptions } from "../../src/provider/options.ts";
import { failure } from "./stream/harness.ts";
import { completion, json } from "./support.ts";

const hello = [{ role: "user" as const, content: "Hello" }];
const model = "openai/gpt-oss-20b";
const toCamel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

afterEach(() => vi.unstubAllEnvs());

/** A `fetch` that remembers what it was sent. */
function heard(answer = () => json(completion("Hi"))) {
  const sent: { url: string; authorization: string | undefined; body: Record<string, unknown> }[] = [];
  const fetch = async (url: string, init: { headers: Readonly<Record<string, string>>; body?: string }) => {
    sent.push({ url, authorization: init.headers.authorization, body: JSON.parse(init.body ?? "{}") });
    return answer();
  };
  return { fetch, sent };
}

function problem(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (LlmError.is(error) && error.kind === "ConfigError") return error.message;
    throw error;
  }
  throw new Error("expected a ConfigError, got none");
}

test("createGroq needs a key and a model, and nothing else", async () => {
  const { fetch, sent } = heard();
  const groq = createGroq({ apiKey: "gsk_one", model, fetch });
  expect(groq).toBeInstanceOf(GroqProvider);
  expect((await groq.chat(hello)).content).toBe("Hi");
  expect(sent[0]).toMatchObject({
    url: "https://api.groq.com/openai/v1/chat/completions",
    authorization: "Bearer gsk_one",
  });
});

test("the key and the address come from the environment, where it has them", async () => {
  vi.stubEnv("GROQ_API_KEY", "gsk_two");
  vi.stubEnv("GROQ_BASE_URL", "http://127.0.0.1:9/openai/v1");
  const { fetch, sent } = heard();
  await createGroq({ model, fetch }).chat(hello);
  expect(sent[0]).toMatchObject({
    authorization: "Bearer gsk_two",
    url: /^http:\/\/127.0.0.1:9\//.exec(sent[0]?.url ?? "") ? sent[0]?.url : "",
  });
});

test("without one it says so, in the name that code has for it", () => {
  vi.stubEnv("GROQ_API_KEY", "");
  expect(problem(() => createGroq({ model }))).toBe(
    "apiKey, or GROQ_API_KEY in the environment: expected the service's key, got none",
  );
  expect(problem(() => createProvider({ provider: "openrouter", model }))).toContain(
    "OPENROUTER_API_KEY in the environment: expected",
  );
  expect(problem(() => createGroq({ model, apiKey: " " }))).toMatch(/^apiKey: expected/);
  vi.stubEnv("GROQ_API_KEY", "gsk_\u20ac");
  expect(problem(() => createGroq({ model }))).toBe(
    "GROQ_API_KEY of the environment: expected a text that a header can hold",
  );
});

test("a key that is asked for is asked at each try, and never told", async () => {
  let asked = 0;
  const { fetch, sent } = heard(() =>
    sent.length === 1 ? json({}, 503) : json({ error: { message: `no ${sent.at(-1)?.authorization}` } }, 401),
  );
  const groq = createGroq({ apiKey: async () => `gsk_number_${++asked}`, model, fetch, random: () => 0 });
  const error = await failure(groq.chat(hello));
  expect(sent.map(({ authorization }) => authorization)).toEqual([
    "Bearer gsk_number_1",
    "Bearer gsk_number_2",
  ]);
  expect(error).toMatchObject({ kind: "Authentication" });
  expect(JSON.stringify(error) + error.message + JSON.stringify(error.body)).not.toContain("gsk_number");
});

test.each([
  [
    "throws",
    () => Promise.reject(new Error("vault is sealed")),
    "The function apiKey that the application handed in failed",
  ],
  ["gives none", () => "", "apiKey: expected that its function gives the service's key, got none"],
  ["gives nothing", () => undefined as unknown as string, "gives the service's key, got none"],
])("a function that %s ends the call, before anything is sent", async (_, apiKey, message) => {
  const { fetch, sent } = heard();
  const error = await failure(createGroq({ apiKey, model, fetch }).chat(hello));
  expect(error).toMatchObject({ kind: "ConfigError" });
  expect(error.message).toContain(message);
  expect(error.message).not.toContain("clone");
  expect(sent).toHaveLength(0);
});

test("every key of a configuration has its option", () => {
  const { limit: _, config: __, ...top } = modelConfigFields;
  for (const name of [...Object.keys(connectionFields), ...Object.keys(top)]) {
    const { config } = splitOptions({ [toCamel(name)]: "x" });
    expect({ ...config, ...config.config }, name).toHaveProperty(name, "x");
  }
  const window = Object.fromEntries(Object.keys(limitFields).map((name) => [toCamel(name), 1]));
  expect(splitOptions({ limit: [window] }).config.limit).toEqual([
    Object.fromEntries(Object.keys(limitFields).map((name) => [name, 1])),
  ]);
});

test.each([
  [{ temprature: 1 }, 'temprature: unknown option; did you mean "temperature"?'],
  [{ base_url: "https://x" }, 'base_url: unknown option; did you mean "baseUrl"?'],
  [
    { limit: { renewal_period: "minutes", calls: 1 } },
    'limit.renewal_period: unknown option; did you mean "renewalPeriod"?',
  ],
  [{ limit: { renewalPeriod: "minutes" } }, "limit: expected calls, tokens, or both"],
  [{ limit: "automatic" }, 'did you mean "auto"?'],
  [
    {
      limit: [
        { renewalPeriod: "minutes", calls: 1 },
        { renewalPeriod: "minutes", calls: 0 },
      ],
    },
    "limit.1.calls: expected",
  ],
  [
    { apiKey: Promise.resolve("k") },
    "apiKey: expected the service's key, got a promise; await it, or give a function",
  ],
  [{ apiKey: 5 }, "apiKey: expected the service's key, got 5"],
  [
    { provider: "openrouter" },
    "provider: expected none, since createGroq makes a client of Groq; createProvider",
  ],
  [{ timeoutMs: -1 }, "timeoutMs: expected a number of milliseconds above 0, got -1"],
  [{ baseUrl: "http://example.com" }, "baseUrl: plain http"],
])("what is wrong is named as in code: %j", (wrong, message) => {
  expect(problem(() => createGroq({ apiKey: "k", model, ...(wrong as object) }))).toContain(message);
});

test.each([[undefined], [null], [5], ["groq"], [[]], [{}]])("%j is no provider, and says so", (given) => {
  expect(problem(() => createProvider(given as never))).not.toBe("");
  expect(problem(() => createGroq(given as never))).not.toBe("");
});

test("what is no options at all says how it is written, in one line", () => {
  expect(problem(() => createGroq("gsk_0123456789abcdefgh" as never))).toBe(
    "the options: expected an object, as in createGroq({ apiKey, model }), got string",
  );
  expect(problem(() => createProvider({ model } as never))).toMatch(
    /^provider: expected one of groq, .*, got undefined$/,
  );
  expect(problem(() => new GroqProvider({ apiKey: "k", model } as never))).toMatch(
    /^config: .*createGroq.*$/,
  );
});

test("a dependency that is not known is named", () => {
  const config = { name: "a", provider: "groq", model, config: { api_key: "k" } };
  const dependencies = { onEvnt: () => {} };
  expect(problem(() => new GroqProvider(config, dependencies as never))).toBe(
    'onEvnt: unknown option; did you mean "onEvent"?',
  );
});

test("createProvider takes options or a configuration", async () => {
  const { fetch, sent } = heard();
  const options = {
    provider: "openai-compatible" as const,
    baseUrl: "https://a.example/v1",
    apiKey: "k",
    model: "m",
  };
  await createProvider({ ...options, fetch }).chat(hello);
  await createProvider(
    {
      name: "a",
      provider: "openai-compatible",
      model: "m",
      config: { api_key: "k", base_url: "https://a.example/v1" },
    },
    { fetch },
  ).chat(hello);
  expect(sent.map(({ url }) => url)).toEqual(Array(2).fill("https://a.example/v1/chat/completions"));
});

test.each<[string, object, RegExp]>([
  ["a clock that is none", { clock: 5 }, /^clock: expected/],
  ["no clock", { clock: null }, /^clock: expected/],
  ["half a clock", { clock: { now: () => 0 } }, /^clock: expected/],
  ["no layers", { layers: null }, /^layers: expected/],
  ["layers as a function", { layers: () => 1 }, /^layers: expected/],
  ["a listener that is none", { onEvent: "x" }, /^onEvent: expected a function, got string$/],
  ["a limit store that is none", { limitStore: {} }, /^limitStore: expected a LimitStore/],
  ["a layer that is none", { layers: { try: [1] } }, /^layers: expected/],
])("%s is refused before any call", (_, dependency, message) => {
  const options = { apiKey: "gsk_0123456789", model };
  expect(problem(() => createGroq(Object.assign(options, dependency)))).toMatch(message);
});
