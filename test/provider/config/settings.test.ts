import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { ModelConfig } from "../../../src/provider/base/model-config.ts";
import { hideKey } from "../../../src/provider/config/hide-key.ts";
import { parseSettings } from "../../../src/provider/config/settings.ts";

const service = { provider: "groq", baseUrl: "https://api.groq.com/openai/v1" };
const key = "gsk_0123456789abcdefghij";

const make = (changes: object = {}, config: object = {}) =>
  ({
    name: "fast",
    provider: "groq",
    model: "openai/gpt-oss-20b",
    config: { api_key: key, ...config },
    ...changes,
  }) as ModelConfig;

function problemOf(config: unknown): string {
  try {
    parseSettings(config as ModelConfig, service);
  } catch (error) {
    if (LlmError.is(error) && error.kind === "ConfigError") return error.message;
    throw error;
  }
  throw new Error("expected a ConfigError, got none");
}

describe("a configuration that is right", () => {
  test("has defaults", () => {
    expect(parseSettings(make(), service)).toMatchObject({
      endpoints: ["chat", "completion"],
      baseUrl: "https://api.groq.com/openai/v1",
      apiKey: key,
      timeoutMs: 60_000,
      stallTimeoutMs: 30_000,
      maxRetries: 2,
      maxWaitMs: 60_000,
      windows: [],
      autoLimit: false,
      onLimit: "wait",
    });
  });

  test("takes numbers and numeric texts alike", () => {
    const settings = parseSettings(
      make(
        {},
        { temperature: "0.5", max_tokens: "100", top_p: 1, seed: "7", timeout_ms: "1e3", max_retries: "0" },
      ),
      service,
    );
    expect(settings).toMatchObject({
      timeoutMs: 1000,
      maxRetries: 0,
      defaults: { temperature: 0.5, maxTokens: 100, topP: 1, seed: 7 },
    });
  });

  test.each([
    ["one window", { renewal_period: "minutes", calls: 30 }, [{ periodMs: 60_000, calls: 30 }]],
    [
      "several windows",
      [
        { renewal_period: "seconds", calls: "2" },
        { renewal_period: "hours", tokens: 5 },
        { renewal_period: "days", calls: 1000, tokens: 200_000 },
      ],
      [
        { periodMs: 1000, calls: 2 },
        { periodMs: 3_600_000, tokens: 5 },
        { periodMs: 86_400_000, calls: 1000, tokens: 200_000 },
      ],
    ],
  ])("%s", (_, limit, windows) => expect(parseSettings(make({ limit }), service).windows).toEqual(windows));

  test("learned limits", () => {
    expect(parseSettings(make({ limit: "auto" }), service)).toMatchObject({ autoLimit: true, windows: [] });
  });

  test("on_limit", () => {
    const changes = { limit: { renewal_period: "minutes", calls: 1 }, on_limit: "error" };
    expect(parseSettings(make(changes), service).onLimit).toBe("error");
  });
});

describe("each mistake is named with its place", () => {
  test.each<[string, unknown, RegExp]>([
    ["no key", make({ config: {} }), /^config\.api_key: expected the service's key, got none \(a spread/],
    ["a blank key", make({}, { api_key: "  " }), /^config\.api_key: expected/],
    ["a key that is no text", make({}, { api_key: 5 }), /^config\.api_key: expected/],
    [
      "no config",
      { ...make(), config: undefined },
      /^config: expected a mapping with api_key, got nothing; .* createGroq or createProvider$/,
    ],
    ["nothing at all", undefined, /^the configuration: expected a mapping, got nothing$/],
    ["a list", [], /^the configuration: expected a mapping, got a list$/],
    ["no name", make({ name: undefined }), /^name: expected a text, got nothing$/],
    ["a blank model", make({ model: " " }), /^model: expected a text that is not blank, got " "$/],
    ["another provider", make({ provider: "openai" }), /^provider: expected "groq", got "openai"$/],
    ["an unknown key", make({ modle: "x" }), /^modle: unknown key; did you mean "model"\?$/],
    [
      "an unknown key in config",
      make({}, { temprature: 1 }),
      /^config\.temprature: unknown key; did you mean "temperature"\?$/,
    ],
    [
      "an unknown key in limit",
      make({ limit: { renewal_period: "minutes", call: 3 } }),
      /^limit(\.0)?\.call: unknown key; did you mean "calls"\?/m,
    ],
    ["a far-off key", make({}, { zzzzzzzzzzzz: 1 }), /^config\.zzzzzzzzzzzz: unknown key$/],
    [
      "temperature too high",
      make({}, { temperature: 3 }),
      /^config\.temperature: expected a number from 0 to 2, got 3$/,
    ],
    [
      "temperature in words",
      make({}, { temperature: "hot" }),
      /^config\.temperature: expected a number from 0 to 2, got "hot"$/,
    ],
    ["temperature blank", make({}, { temperature: "" }), /^config\.temperature: expected a number/],
    [
      "half a token",
      make({}, { max_tokens: 0.5 }),
      /^config\.max_tokens: expected a whole number of at least 1, got 0\.5$/,
    ],
    [
      "no time",
      make({}, { timeout_ms: 0 }),
      /^config\.timeout_ms: expected a number of milliseconds above 0, got 0$/,
    ],
    [
      "negative retries",
      make({}, { max_retries: -1 }),
      /^config\.max_retries: expected a whole number of at least 0, got -1$/,
    ],
    [
      "an effort that is none",
      make({}, { reasoning_effort: "max" }),
      /^config\.reasoning_effort: expected one of none, default/,
    ],
    [
      "an endpoint that is none",
      make({ supported_endpoints: ["chat", "fly"] }),
      /^supported_endpoints\.1: expected one of chat/,
    ],
    [
      "a period that is none",
      make({ limit: { renewal_period: "weeks", calls: 1 } }),
      /renewal_period: expected one of seconds/,
    ],
    ["an empty window", make({ limit: { renewal_period: "minutes" } }), /expected calls, tokens, or both/],
    [
      "no calls a minute",
      make({ limit: { renewal_period: "minutes", calls: 0 } }),
      /calls: expected a whole number of at least 1, got 0/,
    ],
    ["no windows", make({ limit: [] }), /^limit: expected at least one window/],
    ["a limit that is none", make({ limit: "fast" }), /^limit.*: expected .*, got "fast"$/],
    [
      "on_limit inside a window",
      make({ limit: { renewal_period: "minutes", calls: 1, on_limit: "error" } }),
      /^limit\.on_limit: unknown key$/,
    ],
    [
      "on_limit that is none",
      make({ on_limit: "explode" }),
      /^on_limit: expected one of wait, error, got "explode"$/,
    ],
    ["a URL that is none", make({}, { base_url: "groq" }), /^config\.base_url: expected a URL/],
    [
      "another protocol",
      make({}, { base_url: "ftp://x/y" }),
      /^config\.base_url: expected http or https, got ftp$/,
    ],
    [
      "plain http",
      make({}, { base_url: "http://example.org" }),
      /plain http would send the key unprotected to example\.org/,
    ],
    [
      "a password in the URL",
      make({}, { base_url: "https://me:pw@example.org" }),
      /no user name or password/,
    ],
    ["a fragment in the URL", make({}, { base_url: "https://example.org#x" }), /no fragment/],
  ])("%s", (_, config, message) => expect(problemOf(config)).toMatch(message));

  test("all at once", () => {
    const message = problemOf(make({ name: 5 }, { top_p: 2, colour: "red" }));
    expect(message.split("\n")).toHaveLength(3);
  });

  test("mistakes of limits, provider and URL beside the others", () => {
    const message = problemOf(
      make(
        { provider: "openai", limit: [{ renewal_period: "weeks", calls: 1 }, { renewal_period: "days" }] },
        { temperature: 9, base_url: "ftp://x/y" },
      ),
    );
    expect(message.split("\n")).toHaveLength(5);
    for (const place of [
      "provider",
      "limit.0.renewal_period",
      "limit.1",
      "config.temperature",
      "config.base_url",
    ])
      expect(message).toContain(`${place}: expected`);
  });

  test.each(["automatic", "AUTO", "learned"])("limit: %s tells of auto", (limit) => {
    expect(problemOf(make({ limit }))).toMatch(/^limit: expected "auto", a window .*did you mean "auto"\?$/);
  });

  test.each<[string, unknown]>([
    ["a number", 5],
    ["null", null],
    [
      "a getter that throws",
      {
        get name() {
          throw new Error(key);
        },
      },
    ],
    [
      "a proxy that throws",
      new Proxy(
        {},
        {
          get: () => {
            throw key;
          },
        },
      ),
    ],
    ["words that all objects have", { constructor: 1, toString: 2, config: { constructor: 1, valueOf: 2 } }],
  ])("%s is a ConfigError, without the key", (_, config) => {
    expect(problemOf(config)).toMatch(/expected|unknown key/);
    expect(problemOf(config)).not.toContain(key);
  });

  test.each(["gsk_line\nbreak", "gsk_ключ", "[hidden]"])("a key that no header can hold: %j", (api_key) => {
    expect(problemOf(make({}, { api_key }))).toMatch(/^config\.api_key: expected /);
    expect(problemOf(make({}, { api_key }))).not.toContain("gsk_");
  });

  test("a key in the wrong place is not repeated", () => {
    expect(problemOf(make({ on_limit: key }))).not.toContain(key);
    expect(problemOf(make({ model: 5 }, { base_url: `https://${key}@example.org` }))).not.toContain(key);
  });
});

describe("base URL", () => {
  const baseUrl = (text: string, config: object = {}) =>
    parseSettings(make({}, { base_url: text, ...config }), service).baseUrl;

  test.each([
    ["https://api.groq.com/openai/v1/", "https://api.groq.com/openai/v1"],
    ["https://api.groq.com/openai/v1/openai/v1", "https://api.groq.com/openai/v1"],
    ["https://api.groq.com/openai/v1//openai/v1//", "https://api.groq.com/openai/v1"],
    ["https://api.groq.com", "https://api.groq.com/openai/v1"],
    ["https://api.groq.com/openai/v1/chat/completions", "https://api.groq.com/openai/v1"],
    [" https://example.org/v1/ ", "https://example.org/v1"],
    ["http://localhost:11434/v1", "http://localhost:11434/v1"],
    ["http://127.0.0.1:80/v1", "http://127.0.0.1/v1"],
    ["http://[::1]:8080", "http://[::1]:8080"],
    ["https://proxy.example", "https://proxy.example"],
    ["https://example.org/v1/completions", "https://example.org/v1"],
  ])("%s is %s", (text, expected) => expect(baseUrl(text)).toBe(expected));

  test("plain http elsewhere when allowed", () => {
    expect(baseUrl("http://10.0.0.5:8000/v1", { allow_insecure: true })).toBe("http://10.0.0.5:8000/v1");
  });

  test.each(["http://localhost.example.org", "http://127.0.0.1.example.org", "http://1270.0.0.1.example"])(
    "%s is not this machine",
    (text) => expect(() => baseUrl(text)).toThrow(/plain http/),
  );
});

describe("the key is hidden", () => {
  const config = hideKey(make());

  test("but there for who asks", () => {
    expect(config.config.api_key).toBe(key);
    expect(parseSettings(config, service).apiKey).toBe(key);
  });

  test.each([
    ["JSON", () => JSON.stringify({ config })],
    ["inspect", () => inspect(config, { depth: 9, showHidden: true, getters: true })],
    ["a spread", () => JSON.stringify({ ...config.config })],
    ["its entries", () => String(Object.entries(config.config))],
  ])("from %s", (_, show) => expect(show()).not.toContain(key));

  test.each([
    ["a spread", { ...config, config: { ...config.config } }],
    ["structuredClone", structuredClone(config)],
    ["JSON", JSON.parse(JSON.stringify(config))],
  ])("%s leaves it out, and a provider made of it says so", (_, copy) => {
    expect(problemOf(copy)).toMatch(/^config\.api_key: expected .*loaded configuration/);
  });
});
