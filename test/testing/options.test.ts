/** What an embedded Groq is told wrongly is refused by name: else a test would pass without its fault. */
import { expect, test } from "vitest";
import { createGroq } from "../../src/provider/create-provider.ts";
import {
  createEmbeddedGroq,
  type EmbeddedGroqOptions,
  type Fault,
  type Reply,
  startEmbeddedGroq,
} from "../../src/testing/index.ts";
import { hello, poster, start } from "./support.ts";

const untyped = (options: unknown) => options as EmbeddedGroqOptions;
const configError = (message: string) =>
  expect.objectContaining({ kind: "ConfigError", message: expect.stringContaining(message) });

test.each<[unknown, string]>([
  ["x", "options: expected an object, got string"],
  [{ replies: "x" }, "replies: unknown member"],
  [{ latency: 3 }, 'latency: unknown member; did you mean "latencyMs"?'],
  [{ latencyMs: "3" }, "latencyMs: expected a number, got string"],
  [{ limits: 3 }, "limits: expected an object, got 3"],
  [
    { limits: { requestPerMinute: 1 } },
    'limits.requestPerMinute: unknown member; did you mean "requestsPerMinute"?',
  ],
  [{ limits: { requestsPerMinute: 0 } }, "limits.requestsPerMinute: expected a number above 0, got 0"],
  [{ reply: { content: "a" } }, "reply.content: unknown member"],
  [{ reply: 5 }, "reply: expected an object, got 5"],
  [{ reply: ["a", { txt: "b" }] }, 'reply[1].txt: unknown member; did you mean "text"?'],
  [{ reply: { error: { message: "no" } } }, "reply.error.status: expected a number, got undefined"],
  [{ reply: { toolCalls: [{ nam: "t" }] } }, 'reply.toolCalls[0].nam: unknown member; did you mean "name"?'],
  [
    { reply: { usage: { prompt_tokens: 1 } } },
    'reply.usage.prompt_tokens: unknown member; did you mean "promptTokens"?',
  ],
  [{ reply: { fault: { type: "stal" } } }, "reply.fault: expected { type, … } with a type of reset, stall, "],
  [{ fault: "reset" }, "fault: expected { type, … } with a type of reset, stall, "],
  [{ fault: { type: "html" } }, 'got type "html"'],
  [
    { fault: { type: "reset" } },
    'fault.when: expected "beforeHead" or "afterHead" or "inBody", got undefined',
  ],
  [{ fault: { type: "slow", ms: 1, when: "inBody" } }, "fault.when: unknown member"],
  [{ document: {} }, "document: expected what readDocument gives, got object"],
  [{ now: 5 }, "now: expected a function, got 5"],
])("%j is refused", async (options, message) => {
  expect(() => createEmbeddedGroq(untyped(options))).toThrow(configError(message));
  await expect(startEmbeddedGroq(untyped(options))).rejects.toEqual(configError(message));
});

test("what functions give is checked when they give it", async () => {
  const faulty = createEmbeddedGroq({ fault: () => ({ type: "html" }) as unknown as Fault });
  const groq = createGroq({ apiKey: "any", model: hello.model, fetch: faulty.fetch });
  await expect(groq.chat([{ role: "user", content: "Hi" }])).rejects.toEqual(
    configError("fault(): expected"),
  );
  const server = await start({ reply: () => ({ txt: "a" }) as Reply });
  const answer = await poster(fetch, server.baseUrl)(hello);
  expect([answer.status, await answer.text()]).toEqual([
    500,
    expect.stringContaining("reply().txt: unknown member"),
  ]);
});

test("an answer longer than the request allows is cut, and says so", async () => {
  const { fetch } = createEmbeddedGroq({
    reply: { text: "one two three four five", reasoning: "Let me count." },
  });
  const groq = createGroq({ apiKey: "any", model: hello.model, fetch });
  const ask = (maxTokens: number) => groq.chat([{ role: "user", content: "Count" }], { maxTokens });
  expect(await ask(1)).toMatchObject({ content: "", finishReason: "length", usage: { completionTokens: 1 } });
  expect(await ask(6)).toMatchObject({ content: "one ", reasoning: "Let me count.", finishReason: "length" });
  expect((await ask(6)).usage?.completionTokens).toBe(6);
  expect(await ask(100)).toMatchObject({ content: "one two three four five", finishReason: "stop" });
});
