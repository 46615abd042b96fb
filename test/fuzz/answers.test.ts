/** Whatever a server answers, a call ends: in a value of the promised shape, or in an `LlmError`. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { completion, groqConfig, json } from "../provider/support.ts";
import { EXCHANGES, serving, stopServing } from "./served.ts";
import {
  anyJson,
  areModels,
  type Ends,
  expectEnd,
  isChatResponse,
  isEmbedding,
  type Json,
  mutated,
  mutatedBytes,
  numRuns,
  timeout,
} from "./support.ts";

const hello = [{ role: "user" as const, content: "Hello" }];

const chat = completion("Hello", {
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: "Hi",
        reasoning: "hm",
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } }],
        executed_tools: [{ index: 0, type: "search", arguments: "{}", output: "found" }],
      },
      finish_reason: "tool_calls",
    },
  ],
  service_tier: "on_demand",
  system_fingerprint: "fp_1",
}) as unknown as Json;
const models: Json = {
  object: "list",
  data: [{ id: "a/b", object: "model", created: 1, owned_by: "a", active: true, pricing: { prompt: "0.1" } }],
};
const embedding: Json = {
  object: "list",
  model: "e",
  data: [
    { object: "embedding", index: 1, embedding: [0.5, 1] },
    { object: "embedding", index: 0, embedding: "AACAPw==" },
  ],
  usage: { prompt_tokens: 1, total_tokens: 1 },
};
const embeds = {
  ...groqConfig({ max_retries: 0, base_url: "https://other.example/v1" }),
  provider: "openai-compatible",
  supported_endpoints: ["embedding" as const],
};

const failure: Json = {
  error: {
    message: "Rate limit reached for model `m` on tokens per minute (TPM): Limit 1, Used 1, Requested 1.",
    type: "tokens",
    code: "rate_limit_exceeded",
    param: "messages",
    failed_generation: "{}",
    status_code: 400,
  },
};
const headerValue = fc.constantFrom(
  "",
  "0",
  "-1",
  "7.5s",
  "1e999",
  "NaN",
  "soon",
  "true",
  "false",
  "2m59.56s",
);

afterAll(stopServing);

describe.each(EXCHANGES)("on %s", async (exchange) => {
  let reply: () => Response = () => new Response();
  const make = await serving(exchange, () => reply());
  const groq = make();
  const other = make(embeds);

  const ask = {
    chat: [() => groq.chat(hello), isChatResponse, chat],
    listModels: [() => groq.listModels(), areModels, models],
    embed: [() => other.embed(["a", "b"]), isEmbedding, embedding],
  } as const;

  test.each(Object.entries(ask))(
    "changed and arbitrary JSON: %s",
    async (_name, [call, isValid, original]) => {
      const ends: Ends = { good: 0, bad: 0 };
      await fc.assert(
        fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: mutated(original) }, anyJson), async (body) => {
          reply = () => json(body);
          await expectEnd(ends, call, isValid);
        }),
        { numRuns },
      );
      // Both ways are met often, or the property would test little.
      expect(Math.min(ends.good, ends.bad)).toBeGreaterThan(numRuns / 20);
    },
    timeout,
  );

  test(
    "changed bytes",
    async () => {
      const ends: Ends = { good: 0, bad: 0 };
      await fc.assert(
        fc.asyncProperty(mutatedBytes(JSON.stringify(chat)), async (bytes) => {
          reply = () => new Response(bytes);
          await expectEnd(ends, ask.chat[0], isChatResponse);
        }),
        { numRuns },
      );
      expect(Math.min(ends.good, ends.bad)).toBeGreaterThan(numRuns / 50);
    },
    timeout,
  );

  test(
    "changed failures, with any status and odd headers",
    async () => {
      const ends: Ends = { good: 0, bad: 0 };
      const headers = fc.dictionary(
        fc.constantFrom(
          "retry-after",
          "x-should-retry",
          "x-ratelimit-reset-tokens",
          "x-ratelimit-limit-tokens",
        ),
        headerValue,
      );
      await fc.assert(
        fc.asyncProperty(
          mutated(failure),
          fc.integer({ min: 300, max: 599 }),
          headers,
          async (body, status, odd) => {
            const bare = status === 304;
            reply = () => new Response(bare ? null : JSON.stringify(body), { status, headers: odd });
            // Of its own provider: a refusal makes the next call wait.
            await expectEnd(
              ends,
              () => make().chat(hello),
              () => false,
            );
          },
        ),
        { numRuns },
      );
      expect(ends.bad).toBe(numRuns);
    },
    timeout,
  );
});
