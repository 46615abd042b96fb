/** Invented answers of a service, as many as are wanted, each as an exchange of a recording. */

import { createRandom } from "../../../scripts/presence/answers.ts";
import type { Exchange } from "../../../src/drift/base/exchange.ts";

const MODELS = ["tern-small", "tern-large", "plover-think"];
const HEADERS = {
  "content-type": "application/json",
  "x-ratelimit-limit-requests": "1000",
  "x-ratelimit-remaining-tokens": "5900",
};

/** So many answers and streams, with members that are there always, often, and with one model alone. */
export function invent(count: number, seed = 1, startMs = Date.UTC(2026, 8, 1)): Exchange[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index): Exchange => {
    const model = MODELS[index % MODELS.length] ?? "";
    const withTools = random() < 0.5;
    const request = {
      model,
      messages: [{ role: "user", content: "[text 9]" }],
      ...(withTools && { tools: [] }),
    };
    const about = {
      time: new Date(startMs + index * 60_000).toISOString(),
      method: "POST",
      url: "https://api.example.com/openai/v1/chat/completions",
      status: 200,
      request,
    };
    const id = `${seed}-${startMs}-${index}`;
    const isCall = withTools && random() < 0.6;
    return index % 2 === 0
      ? { ...about, headers: HEADERS, body: answerOf(id, model, isCall) }
      : streamOf(about, id, model, isCall);
  });
}

const CALL = { id: "call_1", type: "function", function: { name: "look", arguments: "{}" } };
const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10, queue_time: 0.1 };

function answerOf(id: string, model: string, isCall: boolean) {
  const said = isCall ? { tool_calls: [CALL] } : { content: "[text 12]" };
  const thought = model === "plover-think" ? { reasoning: "[text 40]" } : {};
  const message = { role: "assistant", ...said, ...thought };
  const choice = { index: 0, message, logprobs: null, finish_reason: isCall ? "tool_calls" : "stop" };
  return {
    ...{ id, object: "chat.completion", created: 1_790_000_000, model, choices: [choice] },
    ...{ usage: USAGE, usage_breakdown: null, system_fingerprint: "fp_1", x_groq: { id: "req_1" } },
  };
}

function streamOf(
  about: Pick<Exchange, "time" | "method" | "url" | "status" | "request">,
  id: string,
  model: string,
  isCall: boolean,
): Exchange {
  const chunk = (delta: object, reason: string | null, more: object = {}) => ({
    ...{ id, object: "chat.completion.chunk", created: 1_790_000_000, model, system_fingerprint: "fp_1" },
    ...{ choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }], ...more },
  });
  const said = isCall ? { tool_calls: [{ index: 0, ...CALL }] } : { content: "[text 5]" };
  const chunks = [
    chunk({ role: "assistant", content: "" }, null, { x_groq: { id: "req_1" } }),
    chunk(said, null),
    chunk({}, isCall ? "tool_calls" : "stop", { x_groq: { id: "req_1", usage: USAGE } }),
  ];
  const events = [...chunks.map((data) => ({ data })), { data: "[DONE]" }];
  return { ...about, headers: { ...HEADERS, "content-type": "text/event-stream" }, events };
}
