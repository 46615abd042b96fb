/** Whatever a server sends, a stream ends: in a response that is whole, or in an `LlmError`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChatResponse } from "../../../src/provider/base/types.ts";
import { chunk, collect, event, finish, start, text, usage } from "./harness.ts";

const whole = [
  chunk({ role: "assistant", content: "" }, null, { x_groq: { id: "req_1", seed: 1 } }),
  chunk({ reasoning: "hm", channel: "analysis" }),
  text("Hello"),
  chunk({
    tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: '{"x":' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
  chunk({ executed_tools: [{ index: 0, type: "search", arguments: "{}", output: "found" }] }),
  finish("tool_calls", { usage: usage(3), x_groq: { id: "req_1", usage: usage(3) } }),
  { ...finish(), choices: [], usage: usage(3), service_tier: "on_demand" },
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every place in a JSON value. */
function* placesOf(value: Json, path: (string | number)[] = []): Generator<(string | number)[]> {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* placesOf(inner, [...path, key]);
}

function replaceAt(value: Json, [key, ...rest]: (string | number)[], by: Json | undefined): Json | undefined {
  if (key === undefined) return by;
  if (typeof value !== "object" || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as { [key: string]: Json };
  const changed = replaceAt(copy[key] ?? null, rest, by);
  if (changed === undefined) delete copy[key];
  else copy[key] = changed;
  return copy as Json;
}

const anything = fc.oneof(
  fc.constantFrom<Json | undefined>(undefined, null, 0, -1, 1e308, "", "stop", [], {}, [null], { error: {} }),
  fc.constant<Json>(
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  ),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json),
);

/** A stream whose events were changed in some places, and whose bytes may be too. */
const broken = fc
  .record({
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(), anything), { maxLength: 3 }),
    noise: fc.option(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 6 })), { freq: 3 }),
    end: fc.nat(),
  })
  .map(({ changes, noise, end }) => {
    const chunks = structuredClone(whole) as unknown as (Json | undefined)[];
    for (const [which, where, by] of changes) {
      const at = which % chunks.length;
      const places = [...placesOf(chunks[at] ?? null)];
      chunks[at] = replaceAt(chunks[at] ?? null, places[where % places.length] ?? [], by);
    }
    const body = chunks.map((one) => event(JSON.stringify(one) ?? "")).join("");
    let bytes: Uint8Array = new TextEncoder().encode(`${body}data: [DONE]\n\n`);
    if (noise) {
      const [where, added] = noise;
      const at = where % bytes.length;
      bytes = Uint8Array.from([...bytes.slice(0, at), ...added, ...bytes.slice(at)]);
    }
    // Some are cut off as well.
    return end % 8 === 0 ? bytes.slice(0, end % bytes.length) : bytes;
  });

function expectWhole(response: ChatResponse): void {
  expect(response).toMatchObject({
    id: expect.any(String),
    model: expect.any(String),
    created: expect.any(Number),
    content: expect.any(String),
    toolCalls: expect.any(Array),
    rawFinishReason: expect.any(String),
  });
  for (const { id, function: called } of response.toolCalls) {
    expect([typeof id, typeof called.name, typeof called.rawArguments]).toEqual([
      "string",
      "string",
      "string",
    ]);
    expect(Object.getPrototypeOf(called.arguments)).toBe(Object.prototype);
  }
  if (response.usage) expect(Object.values(response.usage).every(Number.isFinite)).toBe(true);
}

test("changed streams", async () => {
  let good = 0;
  let bad = 0;
  await fc.assert(
    fc.asyncProperty(broken, async (bytes) => {
      const { stream, outcomes } = start([bytes.slice(0, bytes.length >> 1), bytes.slice(bytes.length >> 1)]);
      // Rejects with what is no LlmError, as the property would then.
      const { error } = await collect(stream);
      if (error) bad++;
      else {
        good++;
        expectWhole(await stream.response);
      }
      expect(outcomes).toHaveLength(1);
    }),
    { numRuns: 1500 },
  );
  // Both ways are met often, or the streams would test little.
  expect(Math.min(good, bad)).toBeGreaterThan(100);
  expect({}).not.toHaveProperty("polluted");
});

test("arbitrary bytes are never a stream", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), async (parts) => {
      const { error } = await collect(start(parts).stream);
      expect(error?.kind).toMatch(/^(InvalidResponse|ProviderError)$/);
    }),
    { numRuns: 300 },
  );
});
