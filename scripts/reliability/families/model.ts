/** What a model may write where a tool's arguments or an object are expected. */
import type { Family, Operation } from "../assault.ts";
import { deep, MEMBERS, mutate, text, value, wide } from "../hostile.ts";
import { Random } from "../random.ts";
import {
  DONE,
  EVENT_TYPE,
  framed,
  isStream,
  JSON_TYPE,
  type Json,
  OBJECT,
  pieces,
  Raw,
  type Request,
  toEvent,
  toJson,
  validBody,
  validChunks,
} from "../wire.ts";

function withMessage(request: Request, message: Json, finish: string): Json {
  const body = validBody({ ...request, body: {} }) as { [key: string]: Json };
  return { ...body, choices: [{ index: 0, message, logprobs: null, finish_reason: finish }] };
}

/** Events with these deltas, and an end in good order. */
function withDeltas(request: Request, deltas: readonly Json[], finish: string): string[] {
  const [first, ...rest] = validChunks({ ...request, body: {} }) as { [key: string]: Json }[];
  const head = first ?? {};
  const chunk = (delta: Json, finish_reason: string | null): Json => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  const last = rest.at(-1) ?? {};
  return [
    toEvent(toJson(head)),
    ...deltas.map((delta) => toEvent(toJson(chunk(delta, null)))),
    toEvent(toJson(chunk({}, finish))),
    toEvent(toJson(last)),
    DONE,
  ];
}

const FINISHES = ["tool_calls", "stop", "length", "function_call", "content_filter"];

function aCall(random: Random, longest: number): { [key: string]: Json } {
  const args: Json = random.pick<Json>([
    '{"city":"Lisbon","days":3}',
    "{}",
    "",
    " ",
    "null",
    "[]",
    '{"city":',
    '{"city":1,"days":"x"}',
    '{"__proto__":{"polluted":true},"city":"a","days":1}',
    toJson(value(random, longest)),
    deep(random, random.size(10, longest)),
    wide(random, random.size(10, longest)),
    { city: "Lisbon", days: 3 },
    null,
    text(random, longest),
  ]);
  const name = random.chance(0.8)
    ? "get_weather"
    : random.pick([...MEMBERS, "get_weathr", "", "functions.get_weather", "get_weather\u0000"]);
  const call: { [key: string]: Json } = {
    id: `call_${random.int(1, 9)}`,
    type: "function",
    function: { name, arguments: args },
  };
  return random.chance(0.4) ? (mutate(random, call, 1, 200) as { [key: string]: Json }) : call;
}

const INDICES: Json[] = [0, 0, 0, 1, 2, -1, 1e9, 0.5, "0", null, new Raw("1e999"), 4_294_967_295, 2 ** 53];

export const toolCalls: Family = {
  name: "tool calls",
  weight: 3,
  operations: ["chat", "chatStream", "runTools", "runToolsStream"],
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const heavy = random.chance(0.25);
    const many = heavy ? random.size(500, 20_000) : random.int(0, 6);
    const kind = random.pick(["calls", "deltas", "letters", "endless turns"] as const);
    const finish = random.pick(FINISHES);
    return {
      name: `${kind}, ${many}, finish ${finish}`,
      heavy,
      answer(request) {
        const inner = new Random(seed);
        const calls = Array.from({ length: kind === "endless turns" ? 1 : many }, () =>
          aCall(inner, heavy ? 3000 : 1000),
        );
        if (!isStream(request)) {
          const message: Json = { role: "assistant", content: null, tool_calls: calls };
          return framed({ type: JSON_TYPE }, [toJson(withMessage(request, message, finish))], "length");
        }
        const deltas =
          kind === "letters"
            ? [
                {
                  tool_calls: [
                    {
                      index: 0,
                      id: "call_1",
                      type: "function",
                      function: { name: "get_weather", arguments: "" },
                    },
                  ],
                },
                ...pieces(`{"city":"${"a".repeat(heavy ? 100_000 : 50)}","days":3}`, 3).map(
                  (part): Json => ({
                    tool_calls: [{ index: 0, function: { arguments: part } }],
                  }),
                ),
              ]
            : calls.map((call): Json => {
                const index = inner.chance(0.7) ? inner.int(0, Math.max(1, many)) : inner.pick(INDICES);
                return { tool_calls: [{ ...(inner.chance(0.9) && { index }), ...call }] };
              });
        return framed({ type: EVENT_TYPE }, withDeltas(request, deltas, finish), "chunked");
      },
    };
  },
};

const WRITTEN: Record<string, (random: Random, length: number) => string> = {
  right: () => JSON.stringify(OBJECT),
  cut: (random) => JSON.stringify(OBJECT).slice(0, random.int(0, 60)),
  "in a fence": () => `Here it is:\n\`\`\`json\n${JSON.stringify(OBJECT)}\n\`\`\``,
  twice: () => JSON.stringify(OBJECT) + JSON.stringify(OBJECT),
  changed: (random) => toJson(mutate(random, OBJECT, 2, 500)),
  deep: (random, length) => deep(random, length),
  wide: (random, length) => wide(random, length),
  "a long text": (random, length) =>
    `{"city":"${"a".repeat(length)}","people":${random.int(1, 9)},"tags":[],"outside":true}`,
  "a long list": (_, length) =>
    `{"city":"Lisbon","people":4,"tags":[${Array.from({ length: Math.ceil(length / 4) }, () => '"a"').join(",")}],"outside":true}`,
  "many names": (_, length) =>
    `{${Array.from({ length: Math.ceil(length / 12) }, (_, index) => `"name${index}":1`).join(",")}}`,
  escapes: (_, length) =>
    `{"city":"${"\\u0041".repeat(Math.ceil(length / 6))}","people":4,"tags":[],"outside":true}`,
  digits: (_, length) => `{"city":"Lisbon","people":${"1".repeat(length)},"tags":[],"outside":true}`,
  blanks: (_, length) => `${" ".repeat(length)}${JSON.stringify(OBJECT)}`,
  anything: (random, length) => toJson(value(random, length)),
  prototype: () =>
    '{"__proto__":{"polluted":true},"city":"a","people":1,"tags":["__proto__"],"outside":true}',
};

const MOST_PIECES = 30_000;
const OBJECT_OPERATIONS: readonly Operation[] = ["chatObject", "chatObjectStream"];

export const objects: Family = {
  name: "objects",
  weight: 3,
  operations: OBJECT_OPERATIONS,
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const name = random.pick(Object.keys(WRITTEN));
    const heavy = random.chance(0.35);
    const length = heavy ? random.size(20_000, 300_000) : random.size(10, 2000);
    // Not more events than a busy machine reads in time.
    const step = Math.max(random.pick([1, 4, 4, 30, 5000]), Math.ceil(length / MOST_PIECES));
    const finish = random.pick(["stop", "stop", "length", "content_filter"]);
    return {
      name: `${name}, ${length}, pieces of ${step}, finish ${finish}`,
      heavy,
      answer(request) {
        const content = (WRITTEN[name] as (random: Random, length: number) => string)(
          new Random(seed),
          length,
        );
        if (!isStream(request))
          return framed(
            { type: JSON_TYPE },
            [toJson(withMessage(request, { role: "assistant", content }, finish))],
            "length",
          );
        const deltas = pieces(content, step).map((part): Json => ({ content: part }));
        return framed({ type: EVENT_TYPE }, [withDeltas(request, deltas, finish).join("")], "chunked");
      },
    };
  },
};
