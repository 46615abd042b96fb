/** Whatever untyped code hands in, a call ends: in a valid answer where it was right, else in `InvalidRequest`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { completion, json, stubbed } from "../provider/support.ts";
import {
  anyJson,
  type Ends,
  expectEnd,
  isChatResponse,
  type Json,
  mutated,
  numRuns,
  timeout,
} from "./support.ts";

const { provider, sent } = stubbed(() => json(completion("Hi")));

const circle: Record<string, unknown> = {};
circle.self = circle;
/** What JSON can't hold, and what throws when it is read. */
const odd = fc.constantFrom<unknown>(
  undefined,
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  10n,
  Symbol("s"),
  () => 1,
  circle,
  new Map([[1, 2]]),
  new Date(Number.NaN),
  Object.create(null),
  {
    get role(): string {
      throw new RangeError("no");
    },
  },
  {
    toJSON() {
      throw new Error("no");
    },
  },
);

const call: Json = {
  messages: [
    { role: "system", content: "Be brief" },
    {
      role: "user",
      content: [
        { type: "text", text: "Hi" },
        { type: "image", image: "https://a.example/b.png" },
      ],
    },
    {
      role: "assistant",
      toolCalls: [{ id: "1", type: "function", function: { name: "f", arguments: {}, rawArguments: "{}" } }],
    },
    { role: "tool", content: "1", toolCallId: "1" },
  ],
  options: {
    tools: [{ type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } }],
    toolChoice: { type: "function", function: { name: "f" } },
    temperature: 1,
    maxTokens: 10,
    stop: ["a"],
    user: "u",
    timeoutMs: 1000,
    maxRetries: 1,
    maxWaitMs: 1,
    priority: 1,
    extra: { search_settings: { country: "x" } },
  },
};

const names = [
  "messages",
  "tools",
  "extra",
  "stop",
  "signal",
  "timeoutMs",
  "maxRetries",
  "responseFormat",
  "model",
];
const calls = fc
  .tuple(mutated(call), fc.option(fc.tuple(fc.constantFrom(...names), fc.oneof(odd, anyJson)), { freq: 2 }))
  .map(([changed, planted]) => {
    const { messages, options } = Object(changed);
    if (!planted) return { messages, options };
    const [name, value] = planted;
    return name === "messages"
      ? { messages: [value], options }
      : { messages, options: { ...Object(options), [name]: value } };
  });

test(
  "messages and options of other types",
  async () => {
    const ends: Ends = { good: 0, bad: 0 };
    await fc.assert(
      fc.asyncProperty(calls, fc.boolean(), async ({ messages, options }, asStream) => {
        await expectEnd(
          ends,
          async () => {
            sent.length = 0;
            if (!asStream) return provider.chat(messages, options);
            const stream = provider.chatStream(messages, options);
            stream.cancel();
            return stream.response;
          },
          isChatResponse,
        );
      }),
      { numRuns },
    );
    expect(Math.min(ends.good, ends.bad)).toBeGreaterThan(numRuns / 50);
  },
  timeout,
);

test.each<[string, () => Promise<unknown>]>([
  ["messages null", () => provider.chat(null as never)],
  ["messages a text", () => provider.chat("Hi" as never)],
  ["a message null", () => provider.chat([null] as never)],
  ["options null", () => provider.chat([{ role: "user", content: "Hi" }], null as never)],
  ["timeoutMs a text", () => provider.chat([{ role: "user", content: "Hi" }], { timeoutMs: "1s" as never })],
  ["maxRetries NaN", () => provider.chat([{ role: "user", content: "Hi" }], { maxRetries: Number.NaN })],
  ["signal no signal", () => provider.chat([{ role: "user", content: "Hi" }], { signal: {} as never })],
  ["tools a text", () => provider.chat([{ role: "user", content: "Hi" }], { tools: "f" as never })],
  ["a tool null", () => provider.chat([{ role: "user", content: "Hi" }], { tools: [null] as never })],
  [
    "a circle",
    () => provider.chat([{ role: "user", content: "Hi" }], { extra: { search_settings: circle } as never }),
  ],
  ["a bigint", () => provider.chat([{ role: "user", content: "Hi" }], { seed: 1n as never })],
  ["prompt null", () => provider.complete(null as never)],
  ["a model's name", () => provider.ensureModel(undefined as never)],
  ["options of a list", () => provider.listModels(null as never)],
])("%s is an InvalidRequest, and nothing is sent", async (_name, make) => {
  sent.length = 0;
  const error = await make().catch((error: unknown) => error);
  expect(error).toMatchObject({ name: "LlmError", kind: "InvalidRequest", retryable: false });
  expect(sent).toEqual([]);
});
