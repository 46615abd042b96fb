/** Whatever a server streams, the stream ends: in chunks and a whole response, or in an `LlmError`. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { EXCHANGES, serving, stopServing } from "./served.ts";
import {
  type Ends,
  expectEnd,
  isChatResponse,
  type Json,
  mutated,
  mutatedBytes,
  numRuns,
  timeout,
} from "./support.ts";

const head = { id: "c", object: "chat.completion.chunk", created: 1, model: "m" };
const chunk = (delta: Json, finish_reason: string | null = null, rest: object = {}) => ({
  ...head,
  choices: [{ index: 0, delta, finish_reason }],
  ...rest,
});
const tokens = {
  prompt_tokens: 1,
  completion_tokens: 2,
  total_tokens: 3,
  prompt_time: 0.1,
  completion_time: 0.2,
};
const whole = [
  chunk({ role: "assistant", content: "" }, null, { x_groq: { id: "req_1", seed: 1 } }),
  chunk({ reasoning: "hm", channel: "analysis" }),
  chunk({ content: "Hello" }),
  chunk({
    tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: '{"x":' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
  chunk({ executed_tools: [{ index: 0, type: "search", arguments: "{}", output: "found" }] }),
  chunk({}, "tool_calls", { usage: tokens, x_groq: { id: "req_1", usage: tokens } }),
  { ...head, choices: [], usage: tokens, service_tier: "on_demand" },
] as unknown as Json;

const toBody = (events: Json) =>
  `${(Array.isArray(events) ? events : [events]).map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")}data: [DONE]\n\n`;

const KINDS = ["text", "reasoning", "toolCallDelta", "toolCall", "executedTool", "finish", "usage"];

afterAll(stopServing);

describe.each(EXCHANGES)("on %s", async (exchange) => {
  let body: Uint8Array<ArrayBuffer> = new Uint8Array();
  const make = await serving(exchange, () => {
    const [first, second] = [body.slice(0, body.length >> 1), body.slice(body.length >> 1)];
    const parts = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(first);
        controller.enqueue(second);
        controller.close();
      },
    });
    return new Response(parts, { headers: { "content-type": "text/event-stream" } });
  });
  const provider = make();

  async function readStream(): Promise<unknown> {
    const stream = provider.chatStream([{ role: "user", content: "Hello" }]);
    for await (const { type } of stream)
      if (!KINDS.includes(type)) throw new Error(`A chunk of type ${type}`);
    return stream.response;
  }

  test.each([
    ["events", mutated(whole).map((events) => new TextEncoder().encode(toBody(events)))],
    ["bytes", mutatedBytes(toBody(whole))],
  ])(
    "changed %s",
    async (_name, bodies) => {
      const ends: Ends = { good: 0, bad: 0 };
      await fc.assert(
        fc.asyncProperty(bodies, async (changed) => {
          body = changed;
          await expectEnd(ends, readStream, isChatResponse);
        }),
        { numRuns },
      );
      expect(Math.min(ends.good, ends.bad)).toBeGreaterThan(numRuns / 20);
    },
    timeout,
  );
});
