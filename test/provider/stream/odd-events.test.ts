/** Events that are no ordinary chunks, in streams that are good. */
import { describe, expect, test } from "vitest";
import { chunk, DONE, event, failure, finish, sse, start, text, usage } from "./harness.ts";

const good = [text("It "), text("rains."), finish()];
const tokens = { promptTokens: 10, completionTokens: 2, totalTokens: 12 };

const answerOf = (parts: string[], type = "text/event-stream") =>
  start(parts, { headers: { "content-type": type } }).stream.response;

describe("an event without choices breaks nothing", () => {
  test.each<[string, string]>([
    ["an empty object", event({})],
    ["a ping", event({ type: "ping" })],
    ["null", event("null")],
    ["an empty list", event("[]")],
    ["blanks", "data: \n\n"],
    ["no choices but an id", event({ id: "g", choices: null })],
  ])("%s", async (_, odd) => {
    const [first, second, last] = good.map(event);
    const response = await answerOf([`${odd}${first}${odd}${second}${odd}${last}${odd}${DONE}`]);
    expect(response).toMatchObject({ content: "It rains.", finishReason: "stop" });
  });

  test.each<[string, object]>([
    ["choices of null", { choices: null, usage: usage(2) }],
    ["no choices", { id: "g", usage: usage(2) }],
    ["usage in the choice", { choices: [{ index: 0, delta: {}, usage: usage(2) }] }],
  ])("usage with %s", async (_, trailer) => {
    const response = await answerOf([sse(...good, trailer)]);
    expect(response.usage).toEqual(tokens);
  });

  test("and is no beginning of an answer", async () => {
    const error = await failure(
      answerOf([event({ type: "ping" }), event({ error: { code: 503, message: "down" } })]),
    );
    expect(error).toMatchObject({ kind: "ServiceUnavailable", retryable: true });
  });
});

describe("usage in several chunks", () => {
  test.each<[string, object[], object]>([
    ["an empty one last", [usage(2), {}], tokens],
    ["nulls last", [usage(2), { prompt_tokens: null, completion_tokens: null, total_tokens: null }], tokens],
    ["one half after the other", [{ prompt_tokens: 10 }, { completion_tokens: 2 }], tokens],
    [
      "a total that was the prompt's",
      [{ prompt_tokens: 10, total_tokens: 10 }, { completion_tokens: 2 }],
      tokens,
    ],
    ["growing", [usage(1), usage(2)], tokens],
    [
      "details first",
      [
        { ...usage(1), prompt_tokens_details: { cached_tokens: 3 } },
        { ...usage(2), prompt_tokens_details: {} },
      ],
      { ...tokens, cachedTokens: 3 },
    ],
  ])("%s", async (_, usages, expected) => {
    const response = await answerOf([sse(...good, ...usages.map((one) => ({ choices: [], usage: one })))]);
    expect(response.usage).toEqual(expected);
  });
});

describe("a reason that is none", () => {
  test.each(["", " ", "null", "None", "FINISH_REASON_UNSPECIFIED"])("%j", async (none) => {
    const response = await answerOf([
      sse(chunk({ content: "a" }, none), chunk({ content: "b" }, none), finish("length")),
    ]);
    expect(response).toMatchObject({ content: "ab", finishReason: "length", rawFinishReason: "length" });
    expect((await failure(answerOf([sse(chunk({ content: "a" }, none))]))).kind).toBe("InvalidResponse");
  });
});

describe("a service that leaves the reason out", () => {
  const run = (parts: string[]) => start(parts, { finishReason: "optional" }).stream.response;

  test("ends with [DONE]", async () => {
    expect(await run([event(text("a")), DONE])).toMatchObject({ content: "a", finishReason: "other" });
    expect(await run([event(text("a")), "data:  [DONE]\n\n"])).toMatchObject({ content: "a" });
  });

  test("and is cut without it", async () => {
    expect(await failure(run([event(text("a"))]))).toMatchObject({ kind: "InvalidResponse", partial: "a" });
  });
});

describe("a whole message", () => {
  const message = { role: "assistant", content: "It rains.", reasoning: "hm" };
  const whole = { choices: [{ index: 0, message, finish_reason: "stop" }], usage: usage(2) };
  const expected = { content: "It rains.", reasoning: "hm", finishReason: "stop", usage: tokens };

  test.each<[string, string, string]>([
    ["in an event", sse(whole), "text/event-stream"],
    [
      "beside an empty delta",
      sse({ ...whole, choices: [{ ...whole.choices[0], delta: {} }] }),
      "text/event-stream",
    ],
    ["as JSON", JSON.stringify(whole), "application/json"],
    ["as JSON that is called text", JSON.stringify(whole), "text/plain"],
    [
      "as JSON that is called a stream, on several lines",
      `\n${JSON.stringify(whole, null, 2)}`,
      "text/event-stream",
    ],
    [
      "in the older form",
      sse(
        { choices: [{ text: "It rains." }] },
        { ...whole, choices: [{ delta: { reasoning: "hm" }, finish_reason: "stop" }] },
      ),
      "text/event-stream",
    ],
    [
      "as lines of JSON",
      [text("It rains."), chunk({ reasoning: "hm" }), { ...whole, ...finish() }]
        .map((one) => JSON.stringify(one))
        .join("\n"),
      "application/x-ndjson",
    ],
  ])("%s", async (_, body, type) => {
    expect(await answerOf([body], type)).toMatchObject(expected);
    const bytes = [...body];
    expect(await answerOf(bytes, type)).toMatchObject(expected);
  });

  test("after deltas of the same adds what they lack, and no more", async () => {
    const call = { id: "x", type: "function", function: { name: "f", arguments: "{}" } };
    const deltas = [chunk({ reasoning: "hm" }), text("It "), chunk({ tool_calls: [{ index: 0, ...call }] })];
    const last = {
      choices: [{ index: 0, message: { ...message, tool_calls: [call] }, finish_reason: "stop" }],
    };
    const response = await answerOf([sse(...deltas, last)]);
    expect(response).toMatchObject({ content: "It rains.", reasoning: "hm" });
    expect(response.toolCalls).toHaveLength(1);
  });
});

test("what decorates a chunk and has another type than it should does no harm", async () => {
  const odd = {
    ...{
      id: 5,
      created: "2025-01-01T00:00:00Z",
      model: {},
      system_fingerprint: 7,
      service_tier: {},
      x_groq: "x",
    },
    choices: [
      {
        index: "0",
        delta: { content: { type: "text", text: "a" }, refusal: {}, executed_tools: "x", tool_calls: {} },
      },
    ],
  };
  const response = await answerOf([sse(odd, finish("stop", { id: 5, model: "m" }))]);
  expect(response).toMatchObject({
    id: "5",
    content: "a",
    created: 1735689600,
    model: "m",
    systemFingerprint: "7",
  });
});
