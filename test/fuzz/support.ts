/** Bounds, mutations and the shape that every answer must have. */
import fc from "fast-check";
import { LLM_ERROR_KINDS, LlmError } from "../../src/provider/base/error.ts";

/** Cases of each property: few in every test run, many where `FUZZ_RUNS` says so. */
export const numRuns = Number(process.env.FUZZ_RUNS ?? 300);
export const timeout = Math.max(30_000, numRuns * 20);

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const hostile: Json[] = [
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  JSON.parse('{"__proto__":null,"toString":1,"length":-1}'),
  ["__proto__", "polluted"],
  '{"__proto__":{"polluted":true}}',
  1e308,
  -1,
  "",
  "\ud800",
  "stop",
  [null],
  { error: { message: { deep: 1 }, code: 7 } },
];

export const anyJson: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom(...hostile),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json),
);

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
  return copy;
}

/** The value with up to three of its places changed or removed, or another value altogether. */
export function mutated(original: Json): fc.Arbitrary<Json> {
  const change = fc.tuple(fc.nat(), fc.option(anyJson, { nil: undefined, freq: 4 }));
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    let value = original;
    for (const [where, by] of changes) {
      const places = [...placesOf(value)];
      value = replaceAt(value, places[where % places.length] ?? [], by) ?? null;
    }
    return value;
  });
}

/** Bytes with some inserted, some changed, some cut off. */
export function mutatedBytes(
  text: string,
  encoding: "utf8" | "latin1" = "utf8",
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const original = [...Buffer.from(text, encoding)];
  return fc
    .tuple(fc.nat(), fc.uint8Array({ maxLength: 6 }), fc.nat(3), fc.option(fc.nat(), { freq: 3 }))
    .map(([where, added, removed, end]) => {
      const bytes = [...original];
      bytes.splice(where % bytes.length, removed, ...added);
      return Uint8Array.from(end === null ? bytes : bytes.slice(0, end % bytes.length));
    });
}

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const list =
  (of: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(of);
const oneOf =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);
const plain: Check = (value) =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** An object with these members, those with `?` perhaps, none of them undefined, and no others. */
function shape(members: Record<string, Check>): Check {
  const names = Object.keys(members).map((name) => name.replace("?", ""));
  return (value) => {
    if (!plain(value)) return false;
    const record = value as Record<string, unknown>;
    return (
      Object.keys(record).every((name) => names.includes(name)) &&
      Object.entries(members).every(([name, check]) => {
        const key = name.replace("?", "");
        return (name.endsWith("?") && !Object.hasOwn(record, key)) || check(record[key]);
      })
    );
  };
}

const toolCall = shape({
  id: text,
  type: oneOf("function"),
  function: shape({ name: text, arguments: plain, rawArguments: text, "invalid?": oneOf(true) }),
  "extra?": plain,
});
const executedTool = shape({
  index: number,
  type: text,
  "name?": text,
  arguments: text,
  "output?": text,
  raw: plain,
});
const ofChoice = {
  content: text,
  "reasoning?": text,
  "reasoningField?": oneOf("reasoning", "reasoning_content", "thinking"),
  "extra?": plain,
  "citations?": list(plain),
  "logprobs?": list(plain),
  "refusal?": text,
  toolCalls: list(toolCall),
  "executedTools?": list(executedTool),
  finishReason: oneOf("stop", "length", "tool_calls", "content_filter", "other"),
  rawFinishReason: (value: unknown) => value === null || text(value),
};
export const isChatResponse = shape({
  ...ofChoice,
  role: (value) => value === "assistant",
  id: text,
  model: text,
  "requestId?": text,
  created: number,
  "usage?": shape({
    "promptTokens?": number,
    "completionTokens?": number,
    "totalTokens?": number,
    "cachedTokens?": number,
    "reasoningTokens?": number,
  }),
  "timing?": shape({ "queueMs?": number, promptMs: number, completionMs: number, totalMs: number }),
  "serviceTier?": text,
  "systemFingerprint?": text,
  "seed?": number,
  choices: list(shape({ ...ofChoice, index: number })),
  "cost?": number,
  "rateLimits?": plain,
});
export const areModels = list(
  shape({
    id: text,
    "ownedBy?": text,
    "created?": number,
    "active?": (value) => typeof value === "boolean",
    "name?": text,
    "contextWindow?": number,
    "maxOutputTokens?": number,
    "sizeBytes?": number,
    "inputModalities?": list(text),
    "outputModalities?": list(text),
    "features?": list(text),
    "pricing?": shape({ "prompt?": number, "completion?": number, "inputCacheRead?": number }),
  }),
);
export const isEmbedding = shape({
  model: text,
  embeddings: list(list(number)),
  "usage?": shape({ "promptTokens?": number, "totalTokens?": number }),
  "requestId?": text,
});

/** How often a property met both ends. */
export interface Ends {
  good: number;
  bad: number;
}

const HUNG = Symbol("hung");

/** The call ends in time, in a value of this shape or in an `LlmError`. Anything else fails the property. */
export async function expectEnd(ends: Ends, call: () => Promise<unknown>, isValid: Check): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<typeof HUNG>((resolve) => {
    timer = setTimeout(resolve, 10_000, HUNG);
  });
  try {
    const value = await Promise.race([call(), hang]);
    if (value === HUNG) throw new Error("The call hangs");
    if (!isValid(value)) throw new Error(`Of another shape: ${JSON.stringify(value)}`);
    ends.good++;
  } catch (error) {
    if (!LlmError.is(error)) throw error;
    if (!LLM_ERROR_KINDS.includes(error.kind) || error.message === "") throw new Error(`Odd: ${error}`);
    ends.bad++;
  } finally {
    clearTimeout(timer);
  }
  expectUnpolluted();
}

export function expectUnpolluted(): void {
  if ("polluted" in {} || "polluted" in Object) throw new Error("Object.prototype was polluted");
}
