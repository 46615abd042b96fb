/** Whatever a configuration holds, it makes a provider or a `ConfigError`; whatever a recording holds, a report. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { createDriftCheck } from "../../src/drift/check/check.ts";
import { readText } from "../../src/drift/read/input.ts";
import { formatReport, REPORT_FORMATS } from "../../src/drift/report/index.ts";
import { judge } from "../../src/drift/report/verdict.ts";
import { loadDocument, packagedDocument } from "../../src/openapi/document.ts";
import { LlmError } from "../../src/provider/base/error.ts";
import { parseModelConfig } from "../../src/provider/config/load-config.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { completion } from "../provider/support.ts";
import { anyJson, expectUnpolluted, type Json, mutated, mutatedBytes, numRuns, timeout } from "./support.ts";

const config: Json = {
  name: "test",
  provider: "groq",
  model: "a/b",
  supported_endpoints: ["chat"],
  config: {
    api_key: "gsk_0123456789",
    base_url: "https://a.example/v1",
    timeout_ms: "5",
    stop: ["a"],
    seed: 1,
  },
  limit: [{ renewal_period: "minutes", calls: 30, tokens: "6000" }],
  on_limit: "wait",
};

const ends = { good: 0, bad: 0 };

function expectConfigEnd(make: () => GroqProvider): void {
  try {
    const provider = make();
    if (typeof provider.config.name !== "string" || typeof provider.config.config !== "object")
      throw new Error(`Of another shape: ${JSON.stringify(provider.config)}`);
    ends.good++;
  } catch (error) {
    if (!LlmError.is(error)) throw error;
    if (error.kind !== "ConfigError") throw new Error(`Odd: ${error}`);
    ends.bad++;
  }
  expectUnpolluted();
}

test.each<[string, fc.Arbitrary<() => GroqProvider>]>([
  [
    "changed objects",
    fc
      .oneof({ weight: 4, arbitrary: mutated(config) }, anyJson)
      .map((value) => () => new GroqProvider(value as never)),
  ],
  [
    "changed YAML",
    mutatedBytes(`${stringify(config)}anchors: &a [*b, \${HOME}]\n`)
      .map((bytes) => new TextDecoder().decode(bytes))
      .map((text) => () => new GroqProvider(parseModelConfig(text.replace(/anchors:.*\n/, ""), { env: {} }))),
  ],
])(
  "%s",
  (_name, made) => {
    ends.good = 0;
    ends.bad = 0;
    fc.assert(fc.property(made, expectConfigEnd), { numRuns });
    expect(Math.min(ends.good, ends.bad)).toBeGreaterThan(numRuns / 50);
  },
  timeout,
);

test("aliases that explode are refused, in a moment", () => {
  const levels = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]`);
  const bomb = ["name: x", "a0: &a0 [lol]", ...levels].join("\n");
  expect(() => parseModelConfig(bomb)).toThrow(expect.objectContaining({ kind: "ConfigError" }));
});

test("keys of YAML do not reach a prototype", () => {
  for (const key of ["__proto__", "constructor"]) {
    const text = `name: x\n${key}: {polluted: true, prototype: {polluted: true}}\nconfig: {api_key: k, ${key}: {polluted: true}}`;
    expect(() => parseModelConfig(text)).toThrow(expect.objectContaining({ kind: "ConfigError" }));
    expectUnpolluted();
  }
});

const exchange: Json = {
  time: "2026-01-01T00:00:00.000Z",
  method: "POST",
  url: "https://a.example/openai/v1/chat/completions",
  status: 200,
  headers: { "content-type": "application/json" },
  request: { model: "m", messages: [{ role: "user", content: "x" }] },
  response: completion("Hi") as unknown as Json,
};

const document = packagedDocument().then(loadDocument);

async function* pieces(text: string) {
  yield text;
}

test.each<[string, fc.Arbitrary<string>]>([
  [
    "changed exchanges",
    fc
      .array(mutated(exchange), { maxLength: 3 })
      .map((all) => all.map((one) => JSON.stringify(one)).join("\n")),
  ],
  ["changed bytes", mutatedBytes(JSON.stringify(exchange)).map((bytes) => new TextDecoder().decode(bytes))],
])(
  "recordings: %s",
  async (_name, texts) => {
    const opened = await document;
    // Made once for many, since compiling the document costs more than all the rest.
    let check = createDriftCheck(opened);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        if (++count % 50 === 0) check = createDriftCheck(opened);
        await readText(pieces(text), "fuzz.jsonl", check);
        if (count % 50 === 49) {
          const report = judge(check.report(), "breaking");
          for (const format of REPORT_FORMATS)
            expect(formatReport(report, format)).toEqual(expect.any(String));
        }
        expectUnpolluted();
      }),
      { numRuns },
    );
  },
  timeout,
);
