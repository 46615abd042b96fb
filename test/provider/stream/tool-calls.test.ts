import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatChunk } from "../../../src/provider/base/types.ts";
import { ObjectEnd } from "../../../src/provider/stream/object-end.ts";
import { ToolCallAssembly, type WireToolCallDelta } from "../../../src/provider/stream/tool-calls.ts";
import { growth, LINEAR } from "../growth.ts";
import { chunk, collect, failure, finish, sse, start, text } from "./harness.ts";

interface Delta {
  index?: number | null;
  id?: string | null;
  name?: string;
  args?: string | null;
}

/** One chunk with these tool-call deltas. */
const calls = (...deltas: Delta[]) =>
  chunk({
    tool_calls: deltas.map(({ name, args, ...rest }) => ({
      ...rest,
      type: "function",
      function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
    })),
  });

/** Of a call that came without one. */
const MADE_UP = expect.stringMatching(/^[A-Za-z0-9]{9}$/);

async function run(...chunks: object[]) {
  const { stream } = start([sse(...chunks, finish("tool_calls"))]);
  const given = await collect(stream);
  if (given.error) throw given.error;
  const response = await stream.response;
  const short = response.toolCalls.map(({ id, function: { name, rawArguments } }) => [
    id,
    name,
    rawArguments,
  ]);
  const assembled = given.chunks.flatMap((one) => (one.type === "toolCall" ? [one.toolCall] : []));
  expect(assembled).toEqual(response.toolCalls);
  return { chunks: given.chunks, response, short };
}

const order = (chunks: readonly ChatChunk[]) =>
  chunks.map((one) =>
    one.type === "toolCall"
      ? `call ${one.toolCall.id}`
      : one.type === "toolCallDelta"
        ? `delta ${one.index}`
        : one.type,
  );

describe("one call", () => {
  test("whole, in one delta", async () => {
    const { chunks, response } = await run(calls({ index: 0, id: "a", name: "look", args: '{"x":1}' }));
    expect(chunks).toEqual([
      { type: "toolCallDelta", index: 0, id: "a", name: "look", arguments: '{"x":1}' },
      { type: "toolCall", toolCall: response.toolCalls[0] },
      { type: "finish", finishReason: "tool_calls", rawFinishReason: "tool_calls" },
    ]);
    expect(response.toolCalls).toEqual([
      { id: "a", type: "function", function: { name: "look", arguments: { x: 1 }, rawArguments: '{"x":1}' } },
    ]);
  });

  test("in fragments, with the id in the first alone", async () => {
    const { chunks, short } = await run(
      calls({ index: 0, id: "a", name: "look", args: "" }),
      calls({ index: 0, args: '{"x"' }),
      calls({ index: 0, args: ":1}" }),
    );
    expect(short).toEqual([["a", "look", '{"x":1}']]);
    expect(order(chunks)).toEqual(["delta 0", "delta 0", "delta 0", "call a", "finish"]);
    expect(chunks[1]).toEqual({ type: "toolCallDelta", index: 0, arguments: '{"x"' });
  });

  test.each([
    ["no index, and the id in every fragment", { id: "a" }, { id: "a" }],
    ["no index, and the id in the first alone", { id: "a" }, {}],
    ["null as index and as later id", { id: "a", index: null }, { id: null, index: null }],
    ["an index, and another id in each fragment", { id: "a", index: 0 }, { id: "z", index: 0 }],
    ["the name in every fragment", { id: "a", index: 0 }, { index: 0, name: "look" }],
    ["the name in every fragment, and nothing else", { id: "a" }, { name: "look" }],
  ])("in fragments, with %s", async (_, first, later) => {
    const { short } = await run(
      calls({ ...first, name: "look", args: '{"x' }),
      calls({ ...later, args: '":' }),
      calls({ ...later, args: "1}" }),
    );
    expect(short).toEqual([["a", "look", '{"x":1}']]);
  });

  test.each([
    ["blank", " "],
    ["empty", ""],
    ["absent", undefined],
    ["null", null],
  ])("%s arguments are {}", async (_, args) => {
    const { response } = await run(
      calls({ index: 0, id: "a", name: "now", ...(args !== undefined && { args }) }),
    );
    expect(response.toolCalls[0]?.function).toEqual({ name: "now", arguments: {}, rawArguments: args ?? "" });
  });

  test("arguments that are no JSON object are kept, and marked", async () => {
    const { response } = await run(calls({ index: 0, id: "a", name: "look", args: '{"x":' }));
    expect(response.toolCalls[0]?.function).toEqual({
      name: "look",
      arguments: {},
      rawArguments: '{"x":',
      invalid: true,
    });
  });

  test("without an id gets one", async () => {
    const { short } = await run(calls({ name: "look", args: "{}" }));
    expect(short).toEqual([[MADE_UP, "look", "{}"]]);
  });

  test("without a name is an invalid response", async () => {
    const { stream } = start([
      sse(text("so"), calls({ index: 0, id: "a", args: "{}" }), finish("tool_calls")),
    ]);
    const error = await failure(stream.response);
    expect(error).toMatchObject({ kind: "InvalidResponse", partial: "so" });
    expect(error.message).toContain("Tool call 0 of the stream has no function name");
  });
});

describe("several calls", () => {
  const a = { id: "a", name: "look", args: '{"x":1}' };
  const b = { id: "b", name: "find", args: '{"y":2}' };
  const both = [
    ["a", "look", '{"x":1}'],
    ["b", "find", '{"y":2}'],
  ];

  test.each([
    ["in one chunk, with indices", [calls({ ...a, index: 0 }, { ...b, index: 1 })]],
    ["in one chunk, without", [calls(a, b)]],
    ["in a chunk each, without indices", [calls(a), calls(b)]],
    ["all under index 0", [calls({ ...a, index: 0 }), calls({ ...b, index: 0 })]],
  ])("whole, %s", async (_, chunks) => {
    expect((await run(...chunks)).short).toEqual(both);
  });

  test("in fragments, a new id without an index begins the next", async () => {
    const { short, chunks } = await run(
      calls({ id: "a", name: "look", args: '{"x"' }),
      calls({ args: ":1}" }),
      calls({ id: "b", name: "find", args: '{"y"' }),
      calls({ args: ":2}" }),
    );
    expect(short).toEqual(both);
    // The first is given out when the second begins, not only at the end.
    expect(order(chunks)).toEqual(["delta 0", "delta 0", "call a", "delta 1", "delta 1", "call b", "finish"]);
  });

  test("fragments that are mixed", async () => {
    const { short, chunks } = await run(
      calls({ index: 0, id: "a", name: "look" }, { index: 1, id: "b", name: "find" }),
      calls({ index: 1, args: '{"y"' }, { index: 0, args: '{"x"' }),
      calls({ index: 0, args: ":1}" }),
      calls({ index: 1, args: ":2}" }),
    );
    expect(short).toEqual(both);
    expect(order(chunks).slice(-3)).toEqual(["call a", "call b", "finish"]);
  });

  test("of one function, with neither id nor index", async () => {
    const { short } = await run(
      calls({ name: "now", args: "" }, { name: "now", args: "" }),
      calls({ name: "now", args: "{}" }),
    );
    expect(short.slice(0, 2)).toEqual([
      [MADE_UP, "now", ""],
      [MADE_UP, "now", "{}"],
    ]);
  });

  test("of one function, whole, in a chunk each, with neither id nor index", async () => {
    const { short } = await run(
      calls({ name: "look", args: '{"x":1}' }),
      calls({ name: "look", args: '{"x":2}' }),
    );
    expect(short.map(([, , args]) => args)).toEqual(['{"x":1}', '{"x":2}']);
  });

  const fa = '{"a":1}';
  const fb = '{"a":2}';
  test.each<[string, object[], string[]]>([
    [
      "one index and no id",
      [calls({ index: 0, name: "f", args: fa }), calls({ index: 0, name: "f", args: fb })],
      [fa, fb],
    ],
    [
      "one index and an empty id, the second in fragments",
      [
        calls({ index: 0, id: "", name: "f", args: fa }),
        calls({ index: 0, id: "", name: "f", args: "" }),
        calls({ index: 0, id: "", args: '{"a"' }),
        calls({ index: 0, id: "", args: ":2}" }),
      ],
      [fa, fb],
    ],
    [
      "one id, a chunk each",
      [calls({ id: "x", name: "f", args: fa }), calls({ id: "x", name: "f", args: fb })],
      [fa, fb],
    ],
    [
      "one id, in one chunk",
      [calls({ id: "x", name: "f", args: fa }, { id: "x", name: "f", args: fb })],
      [fa, fb],
    ],
    [
      "blank, a chunk each, with neither",
      [calls({ name: "f", args: "" }), calls({ name: "f", args: "" })],
      ["", ""],
    ],
    [
      "the name in a last fragment that is blank is no call",
      [calls({ index: 0, name: "f", args: fa }), calls({ index: 0, name: "f", args: "" })],
      [fa],
    ],
  ])("of one function: %s", async (_, chunks, args) => {
    const { short } = await run(...chunks);
    expect(short.map(([, , rawArguments]) => rawArguments)).toEqual(args);
    expect(new Set(short.map(([id]) => id)).size).toBe(args.length);
  });

  test("of two functions under one id, in one chunk", async () => {
    const { short } = await run(calls({ id: "x", name: "f", args: fa }, { id: "x", name: "g", args: fb }));
    expect(short.map(([, name, args]) => [name, args])).toEqual([
      ["f", fa],
      ["g", fb],
    ]);
  });

  test("under indexes that are text, mixed", async () => {
    const of = (index: string, rest: object) => chunk({ tool_calls: [{ index, ...rest }] });
    const { short } = await run(
      of("0", { id: "x", function: { name: "f", arguments: "" } }),
      of("1", { id: "y", function: { name: "g", arguments: "" } }),
      of("0", { function: { arguments: fa } }),
      of("1", { function: { arguments: fb } }),
    );
    expect(short).toEqual([
      ["x", "f", fa],
      ["y", "g", fb],
    ]);
  });

  test.each([["{}"], [{}], [" { } "]])("%j before arguments that are text means none", async (first) => {
    const of = (args: unknown, rest: object = {}) =>
      chunk({ tool_calls: [{ index: 0, ...rest, function: { ...rest, arguments: args } }] });
    const { short } = await run(of(first, { id: "x", name: "f" }), of('{"a"'), of(":1}"));
    expect(short).toEqual([["x", "f", fa]]);
  });

  test("the older function_call, in fragments", async () => {
    const { short } = await run(
      chunk({ function_call: { name: "f", arguments: "" } }),
      chunk({ function_call: { arguments: '{"a"' } }),
      chunk({ function_call: { arguments: ":1}" } }),
    );
    expect(short).toEqual([[MADE_UP, "f", fa]]);
  });

  test("beside text, and where the finish reason says stop", async () => {
    const { stream } = start([sse(text("Wait. "), calls(a), finish("stop"))]);
    const response = await stream.response;
    expect(response).toMatchObject({
      content: "Wait. ",
      finishReason: "tool_calls",
      rawFinishReason: "stop",
    });
    expect(response.toolCalls).toHaveLength(1);
  });
});

test("a finish reason of tool_calls without any is other", async () => {
  const { response } = await run(text("x"));
  expect(response.finishReason).toBe("other");
});

test("arguments can't reach a prototype", async () => {
  const { response } = await run(
    calls({ index: 0, id: "a", name: "look", args: '{"__proto__":{"polluted":1}}' }),
  );
  const found: unknown = response.toolCalls[0]?.function.arguments;
  expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  expect({}).not.toHaveProperty("polluted");
});

describe("what deltas cost grows with them, and no faster", () => {
  const piece = (args: string, rest: object = {}) => ({ ...rest, function: { arguments: args } });

  test.each<[string, (i: number, last: number) => WireToolCallDelta]>([
    [
      "the name in every fragment",
      (i) => ({ function: { name: "look", arguments: i === 0 ? '{"a":"' : "}}}}" } }),
    ],
    ["the id in every fragment", (i) => piece(i === 0 ? '{"a":"' : "}}}}", { id: "a" })],
    ["an index in every fragment", (i) => piece(i === 0 ? '{"a":"' : "}}}}", { index: 0 })],
    ["each a call with an id", (i) => ({ id: `${i}`, function: { name: "look", arguments: "{" } })],
    ["each a call with an index", (i) => ({ index: i, function: { name: "look", arguments: "{}" } })],
    [
      "each a call of the same index",
      (i) => ({ index: 0, id: `${i}`, function: { name: "look", arguments: "{" } }),
    ],
    [
      "many calls behind a long one that goes on",
      (i, last) =>
        i < last / 2
          ? { index: 0, function: { name: "look", arguments: i === 0 ? '{"a":"' : "xxxxxxxx" } }
          : { index: i, function: { name: "look", arguments: "{" } },
    ],
    ["blanks after the end", (i) => ({ function: { name: "look", arguments: i === 0 ? "{}" : "    " } })],
  ])("%s", async (_name, delta) => {
    const run = (size: number) => {
      const assembly = new ToolCallAssembly(() => {});
      for (let i = 0; i < size; i++) assembly.accept([{ ...delta(i, size) }]);
    };
    expect(await growth(run, 500)).toBeLessThan(LINEAR);
  });
});

test("an object that came in pieces is known to be whole when JSON.parse takes it", () => {
  const isObject = (value: string) => {
    try {
      JSON.parse(value);
      return value.trimEnd().endsWith("}");
    } catch {
      return false;
    }
  };
  const word = fc.constantFrom("{", "}", "[", "]", '"', "\\", ":", ",", " ", "\n", "a", "1", '"a":', '"\\""');
  const anyText = fc.oneof(
    fc.array(word).map((words) => words.join("")),
    fc.dictionary(fc.string(), fc.jsonValue()).map((value) => `${JSON.stringify(value)} `),
  );
  fc.assert(
    fc.property(anyText, fc.nat(), (whole, at) => {
      const end = new ObjectEnd();
      const cut = at % (whole.length + 1);
      end.push(whole.slice(0, cut));
      end.push(whole.slice(cut));
      // Not the other way round: what is balanced may still be no JSON.
      if (isObject(whole)) expect(end.isReached).toBe(true);
    }),
    { numRuns: 500 },
  );
});
