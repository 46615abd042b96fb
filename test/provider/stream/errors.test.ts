import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import {
  Body,
  chunk,
  collect,
  DONE,
  event,
  failure,
  finish,
  sse,
  start,
  text,
  textOf,
  usage,
} from "./harness.ts";

const failed = {
  error: {
    message: "tool call validation failed",
    type: "invalid_request_error",
    code: "tool_use_failed",
    failed_generation: '{"name":"look"',
    status_code: 400,
  },
};
const errorEvent = (data: object | string) => `event: error\n${event(data)}`;

describe("an error inside a 200 stream", () => {
  const known = {
    kind: "GenerationFailed",
    status: 400,
    code: "tool_use_failed",
    type: "invalid_request_error",
    failedGeneration: '{"name":"look"',
    requestId: "req_h",
  };
  const headers = { "x-request-id": "req_h" };

  test("ends it after the chunks that came before, in the same read too", async () => {
    const { stream, outcomes } = start([event(text("a")) + event(text("b")) + errorEvent(failed)], {
      headers,
    });
    const { chunks, error } = await collect(stream);
    expect(textOf(chunks)).toBe("ab");
    expect(error).toMatchObject({ ...known, partial: "ab" });
    expect(await failure(stream.response)).toBe(error);
    expect(outcomes).toEqual([{ error, firstEventMs: expect.any(Number) }]);
  });

  test("as the first event", async () => {
    const { stream } = start([errorEvent(failed)], { headers });
    const { chunks, error } = await collect(stream);
    expect(chunks).toEqual([]);
    expect(error).toMatchObject({ ...known, partial: "" });
  });

  test("closes the connection", async () => {
    const body = new Body([errorEvent(failed)], "open");
    await collect(start(body).stream);
    expect(body.cancelled).toBe(true);
  });

  test("without the event's name", async () => {
    const { stream } = start([event(text("a")), event(failed)]);
    expect(await failure(stream.response)).toMatchObject({ kind: "GenerationFailed", partial: "a" });
  });

  test("after finish fails the stream as well", async () => {
    const { stream } = start([event(text("a")) + event(finish()) + event(failed)]);
    expect(await failure(stream.response)).toMatchObject({ kind: "GenerationFailed", partial: "a" });
  });

  test("without a status says so, and hides the key", async () => {
    const { stream } = start([
      event({ error: { message: "no luck with gsk_secret", type: "server_error" } }),
    ]);
    const error = await failure(stream.response);
    expect(error).toMatchObject({ kind: "ProviderError", type: "server_error" });
    expect(error.message).toBe(
      "The server broke its answer off with an error (200 server_error: no luck with [key])",
    );
  });

  test("as text that is no JSON", async () => {
    const { stream } = start([errorEvent("upstream gone")]);
    const error = await failure(stream.response);
    expect([error.kind, error.message]).toEqual(["ProviderError", expect.stringContaining("upstream gone")]);
  });

  test("in x_groq.error, text or object", async () => {
    const asText = chunk({}, null, { x_groq: { id: "r", error: "over capacity" } });
    const textual = await failure(start([event(text("a")) + event(asText)]).stream.response);
    expect(textual).toMatchObject({ kind: "ProviderError", partial: "a" });
    expect(textual.message).toContain("over capacity");
    const asObject = chunk({}, null, { x_groq: { error: failed.error } });
    expect(await failure(start([event(asObject)]).stream.response)).toMatchObject({
      kind: "GenerationFailed",
    });
  });

  test("as an object that calls itself an error", async () => {
    const { stream } = start([
      event({ object: "error", message: "too long", code: "context_length_exceeded" }),
    ]);
    expect(await failure(stream.response)).toMatchObject({ kind: "ContextLengthExceeded" });
  });

  test("empty or null is none", async () => {
    const quiet = chunk({ content: "a" }, null, { error: null, x_groq: { error: "" } });
    expect(await start([sse(quiet, finish())]).stream.text()).toBe("a");
  });

  test("usage that was told before is not lost", async () => {
    const counted = chunk({ content: "a" }, null, { usage: usage(3) });
    const { stream, outcomes } = start([event(counted) + errorEvent(failed)]);
    await collect(stream);
    expect(outcomes[0]?.usage?.completionTokens).toBe(3);
  });
});

describe("a stream that breaks off", () => {
  test.each([
    ["by its end", [event(text("a"))]],
    ["by [DONE]", [event(text("a")) + DONE]],
    ["within an event", [event(text("a")) + event(text("b")).slice(0, 60)]],
  ])("%s without finish_reason", async (_, parts) => {
    const { stream, outcomes } = start(parts, { requestId: "req_1" });
    const { chunks, error } = await collect(stream);
    expect(textOf(chunks)).toBe("a");
    expect(error).toMatchObject({
      kind: "InvalidResponse",
      partial: "a",
      retryable: true,
      status: 200,
      requestId: "req_1",
    });
    expect(error?.message).toBe(
      "The stream ended after 1 event without a finish_reason, from api.example.com",
    );
    expect(outcomes).toHaveLength(1);
  });

  test("after finish, within the trailer, is whole", async () => {
    const cut = event({ ...finish(), choices: [], usage: usage(1) }).slice(0, 50);
    expect(await start([event(text("a")) + event(finish()) + cut]).stream.text()).toBe("a");
  });

  test("by a fault of the connection", async () => {
    const fault = Object.assign(new Error("read ECONNRESET at gsk_secret"), { code: "ECONNRESET" });
    const { stream, outcomes } = start(
      new Body([event(text("a"))], new TypeError("terminated", { cause: fault })),
    );
    const { chunks, error } = await collect(stream);
    expect(textOf(chunks)).toBe("a");
    expect(error).toMatchObject({
      kind: "ServiceUnavailable",
      code: "ECONNRESET",
      partial: "a",
      retryable: true,
    });
    expect(inspect(error)).not.toContain("gsk_secret");
    expect(outcomes).toHaveLength(1);
  });
});

describe("an answer out of protocol", () => {
  test.each([
    ["a page of HTML", "<!doctype html>\n<html>\n<p>Blocked</p>\n</html>\n", "text/html"],
    ["a whole answer", '{"choices":[]}', "application/json"],
    ["nothing", "", "text/event-stream"],
  ])("%s", async (_, body, type) => {
    const { stream } = start([body], { headers: { "content-type": type } });
    const error = await failure(stream.response);
    expect(error.kind).toBe("InvalidResponse");
    expect(error.message).toBe(
      `Expected an event stream, got ${type} without any event, from api.example.com`,
    );
  });

  test("the wrong content type alone does no harm", async () => {
    const { stream } = start([sse(text("a"), finish())], { headers: { "content-type": "text/plain" } });
    expect(await stream.text()).toBe("a");
  });

  test.each([
    ["broken JSON", '{"choices":[', "Expected JSON in event 2, got 12 characters of other text"],
    ["no object", "42", "Event 2 is no chunk: expected object at its root, got number"],
    ["no choices", { id: "x" }, "Event 2 is no chunk: expected array at choices, got nothing"],
    [
      "a delta of another type",
      { choices: [{ index: 0, delta: { content: 5 }, finish_reason: null }] },
      "Event 2 is no chunk: expected string at choices[0].delta.content, got number",
    ],
  ])("%s", async (_, data, message) => {
    const { stream } = start([event(text("a")) + event(data)]);
    const error = await failure(stream.response);
    expect(error).toMatchObject({ kind: "InvalidResponse", partial: "a", status: 200 });
    expect(error.message).toBe(`${message}, from api.example.com`);
  });
});

describe("a call that gets no stream", () => {
  test("rejects with the call's own error, and does not say that a stream ended", async () => {
    const refused = new LlmError("Authentication", "The key was refused");
    const { stream, outcomes } = start([], { open: () => Promise.reject(refused) });
    expect((await collect(stream)).error).toBe(refused);
    expect(await failure(stream.response)).toBe(refused);
    expect(outcomes).toEqual([]);
  });

  test("wraps what is no LlmError", async () => {
    const { stream } = start([], {
      open: () => {
        throw new TypeError("fetch failed");
      },
    });
    expect(await failure(stream.response)).toMatchObject({ kind: "ConfigError" });
  });
});

test("an error is thrown once; the loop is over then", async () => {
  const { stream } = start([errorEvent(failed)]);
  const iterator = stream[Symbol.asyncIterator]();
  await failure(iterator.next());
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

describe("a body that is no event stream", () => {
  const said = '{"error":{"message":"no such model"}}';

  test("but an error as JSON, loses none of its words", async () => {
    const body = '{"error":{"message":"no such model","code":"model_not_found"}}';
    for (const parts of [[body], [body.slice(0, 7), body.slice(7)], [...body]]) {
      const error = await failure(start(parts).stream.response);
      expect(error).toMatchObject({ kind: "ModelNotFound", code: "model_not_found" });
      expect(error.message).toContain("no such model");
    }
  });

  test.each([
    ["then [DONE]", [`${said}\n\n`, "data: [DONE]\n\n"]],
    ["on several lines", [JSON.stringify({ error: { message: "no such model" } }, null, 2)]],
    ["among lines of other kinds", [`: ping\nretry: 5\n${said}\nid: 5\n\ndata: [DONE]\n\n`]],
    ["after chunks", [event(text("a")), `${said}\n\n`, "data: [DONE]\n\n"]],
    ["after chunks, cut", [event(text("a")), said]],
    ["in an event that the next line ends", [event(text("a")), `data: ${said}\ndata: [DONE]\n\n`]],
    ["in an event that a chunk ends", [`data: ${said}\n${event(text("a"))}`]],
  ])("but an error as JSON, %s", async (_, parts) => {
    const error = await failure(start(parts).stream.response);
    expect(error.message).toContain("no such model");
  });

  test("is told by its type, without its text, which may be an answer or repeat a prompt", async () => {
    const page = "<html><title>Closed</title><h1>You asked for the moon</h1></html>";
    const error = await failure(start([page], { headers: { "content-type": "text/html" } }).stream.response);
    expect(error.message).toBe(
      "Expected an event stream, got text/html without any event, from api.example.com",
    );
    expect(error.body).toBeUndefined();
  });

  test("a sentence is told", async () => {
    const { stream } = start(["no healthy upstream for gsk_secret"], {
      headers: { "content-type": "text/plain" },
    });
    const error = await failure(stream.response);
    expect(error).toMatchObject({ kind: "InvalidResponse" });
    expect(error.message).toContain("text/plain without any event (no healthy upstream for [key])");
  });

  test.each([
    ["alone", []],
    ["after chunks", [event(text("a"))]],
  ])("but an error after `error:`, %s", async (_, before) => {
    const line = `error: {"code":400,"message":"too many","type":"exceed_context_size_error"}\n\n`;
    const error = await failure(start([...before, line]).stream.response);
    expect(error).toMatchObject({ kind: "ContextLengthExceeded", status: 400 });
  });

  test("is told to a bound, and read to one", async () => {
    const body = `{"error":{"message":"${"x".repeat(1_000_000)}"}}`;
    const error = await failure(start([body]).stream.response);
    expect(error.message.length).toBeLessThan(5000);
    const cut = await failure(start([body.slice(0, 500), body], { maxEventLength: 200 }).stream.response);
    expect(cut).toMatchObject({ kind: "InvalidResponse", status: 200 });
    expect(cut.message).toBe(
      "An event of the stream is longer than 200 characters (maxEventLength), from api.example.com",
    );
  });
});
