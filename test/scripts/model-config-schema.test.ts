import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { modelConfigSchema } from "../../scripts/model-config-schema.ts";
import { LlmError } from "../../src/provider/base/error.ts";
import type {
  CompatConfig,
  ConnectionConfig,
  LimitConfig,
  LimitPeriods,
  ModelConfig,
} from "../../src/provider/base/model-config.ts";
import { compatFields, limitPeriodFields } from "../../src/provider/config/compat.ts";
import type { Fields } from "../../src/provider/config/fields.ts";
import { parseModelConfig } from "../../src/provider/config/load-config.ts";
import {
  connectionFields,
  limitFields,
  modelConfigFields,
  parseSettings,
} from "../../src/provider/config/settings.ts";

const text = await modelConfigSchema();
const validate = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(text));
const service = { provider: "groq", baseUrl: "https://api.example.com/v1" };

function problemOf(config: unknown): string | undefined {
  try {
    parseSettings(config as ModelConfig, service);
  } catch (error) {
    if (LlmError.is(error) && error.kind === "ConfigError") return error.message;
    throw error;
  }
  return undefined;
}

const least = { name: "fast", provider: "groq", model: "a/b", config: { api_key: "key-1" } };

test("the committed file is that of the tables", async () => {
  expect(await readFile("openapi/model-config.schema.json", "utf8")).toBe(text);
});

test("the tables have the fields of the types, and no others", () => {
  expectTypeOf<keyof typeof modelConfigFields>().toEqualTypeOf<keyof ModelConfig>();
  expectTypeOf<keyof typeof connectionFields>().toEqualTypeOf<keyof ConnectionConfig>();
  expectTypeOf<keyof typeof limitFields>().toEqualTypeOf<keyof LimitConfig>();
  expectTypeOf<keyof typeof compatFields>().toEqualTypeOf<keyof CompatConfig>();
  expectTypeOf<keyof typeof limitPeriodFields>().toEqualTypeOf<keyof LimitPeriods>();
});

test("each field has words that an editor shows", () => {
  const schema = JSON.parse(text);
  for (const { properties } of [schema, ...Object.values<{ properties: object }>(schema.definitions)])
    for (const [name, property] of Object.entries<{ description?: string }>(properties))
      expect({ name, words: property.description }).toEqual({ name, words: expect.stringMatching(/\w/) });
});

describe("an editor and the check say the same", () => {
  const values = [
    ...[null, true, false, 0, 1, -1, 0.5, 1.5, 2.5, 1e9, "", " ", "a", "1", "0.5", "1e2", " 7 ", "1,5", "-"],
    ...[[], ["a"], ["chat"], ["fly"], [1], {}, { a: 1 }, "wait", "low", "raw", "auto", "minutes", "parsed"],
    "https://a.example/v1",
  ];
  const withField = (section: string, name: string, value: unknown) => {
    if (section === "config") return { ...least, config: { ...least.config, [name]: value } };
    if (section === "compat") return { ...least, config: { ...least.config, compat: { [name]: value } } };
    if (section === "periods")
      return { ...least, config: { ...least.config, compat: { limit_periods: { [name]: value } } } };
    if (section === "limit") return { ...least, limit: { renewal_period: "hours", calls: 1, [name]: value } };
    return { ...least, [name]: value };
  };
  // Which provider, and what is a good URL, an editor can't know; nor a text's number, which may come from the environment.
  const isBeyondEditors = (name: string, value: unknown, problem: string | undefined) =>
    (name === "provider" && problem?.includes('expected "groq"')) ||
    (name === "base_url" && problem?.includes("expected a URL")) ||
    (typeof value === "string" && problem?.includes("expected a") && /\d/.test(value));

  test.each<[string, Fields]>([
    ["", modelConfigFields],
    ["config", connectionFields],
    ["limit", limitFields],
    ["compat", compatFields],
    ["periods", limitPeriodFields],
  ])("of every field of %j", (section, fields) => {
    const verdicts = { right: 0, wrong: 0 };
    for (const name of Object.keys(fields)) {
      for (const value of values) {
        const config = withField(section, name, value);
        const problem = problemOf(config);
        if (isBeyondEditors(name, value, problem)) continue;
        verdicts[problem === undefined ? "right" : "wrong"]++;
        expect({ name, value, problem, valid: validate(config) }).toEqual({
          name,
          value,
          problem,
          valid: problem === undefined,
        });
      }
    }
    expect(Math.min(verdicts.right, verdicts.wrong)).toBeGreaterThan(10);
  });

  test("of what is missing or unknown", () => {
    const whole = { ...least, limit: [{ renewal_period: "days", tokens: 5 }] };
    const names = fc.constantFrom("name", "model", "config", "limit", "modle", "constructor");
    fc.assert(
      fc.property(fc.subarray(Object.entries(whole)), fc.option(names), (kept, added) => {
        const config = { ...Object.fromEntries(kept), ...(added !== null && { [added]: "x" }) };
        expect({ config, valid: validate(config) }).toEqual({
          config,
          valid: problemOf(config) === undefined,
        });
      }),
    );
  });
});

test.each([
  ["ollama", true],
  ["vllm", true],
  ["openai-compatible", true],
  ["groq", false],
  ["mistral", false],
])("a key may be left out for %s: %s", (provider, valid) => {
  expect(validate({ name: "n", provider, model: "m", config: {} })).toBe(valid);
});

test("a field may be taken from the environment where an editor sees only its name", () => {
  const written = { ...least, config: { api_key: "${KEY}", max_tokens: "${MOST}", service_tier: "${TIER}" } };
  expect(validate(written)).toBe(true);
  const env = { KEY: "key-1", MOST: "100", TIER: "flex" };
  expect(problemOf(parseModelConfig(JSON.stringify(written), { env }))).toBeUndefined();
});
