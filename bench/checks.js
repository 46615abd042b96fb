/**
 * What the check of an answer costs beside parsing it: `npm run bench:checks`. Both are measured in turn in one run; medians.
 * The texts are of the size that Groq sends.
 */
import { checks } from "../src/generated/checks.ts";

const head = {
  id: "chatcmpl-00000000-0000-0000-0000-000000000000",
  created: 1_790_000_000,
  model: "some/model-1",
};
const usage = {
  ...{ queue_time: 0.05, prompt_tokens: 38, prompt_time: 0.002, completion_tokens: 7 },
  ...{ completion_time: 0.03, total_tokens: 45, total_time: 0.032 },
};
const delta = (delta, rest = {}) => ({
  ...head,
  object: "chat.completion.chunk",
  system_fingerprint: "fp_0123456789",
  choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
  ...rest,
});
const toolCall = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1,"b":2}' } };
const answer = (message) => ({
  ...head,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", ...message }, logprobs: null, finish_reason: "stop" }],
  usage,
  usage_breakdown: null,
  system_fingerprint: "fp_0123456789",
  x_groq: { id: "req_01k000000000000000000000", seed: 7 },
  service_tier: "on_demand",
});
const models = Array.from({ length: 20 }, (_, i) => ({
  ...{ id: `vendor/model-${i}`, object: "model", created: 1_790_000_000, owned_by: "Vendor", active: true },
  ...{ context_window: 131_072, public_apps: null, max_completion_tokens: 65_536 },
}));
const vector = Array.from({ length: 768 }, (_, i) => Math.sin(i));

/** [what, check, body] */
const rows = [
  ["chunk of text", checks.StreamChunk, delta({ content: " word" })],
  ["chunk of a tool call", checks.StreamChunk, delta({ tool_calls: [{ index: 0, ...toolCall }] })],
  ["usage trailer", checks.StreamChunk, delta({}, { choices: [], usage })],
  ["answer of 1,000 letters", checks.ChatAnswer, answer({ content: "a word, ".repeat(125) })],
  ["answer of 3 tool calls", checks.ChatAnswer, answer({ tool_calls: [toolCall, toolCall, toolCall] })],
  ["20 models", checks.ModelList, { object: "list", data: models }],
  ["an embedding", checks.EmbeddingAnswer, { data: [{ index: 0, embedding: vector }] }],
];

const rounds = 15;
const warmup = 5;
const nanoseconds = (times, run) => {
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) run(i);
  return Number(process.hrtime.bigint() - start) / times;
};
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

console.log("what | check, ns | JSON.parse, ns | check / parse");
console.log("--- | ---: | ---: | ---:");
for (const [what, check, body] of rows) {
  const text = JSON.stringify(body);
  // Several, as the same object again and again is no call.
  const bodies = Array.from({ length: 64 }, () => JSON.parse(text));
  const times = { check: [], parse: [], ratio: [] };
  for (let round = 0; round < rounds; round++) {
    const own = nanoseconds(64_000, (i) => {
      if (check(bodies[i & 63])) throw new Error(`${what}: expected a body that passes`);
    });
    const parse = nanoseconds(2000, () => JSON.parse(text));
    if (round < warmup) continue;
    times.check.push(own);
    times.parse.push(parse);
    times.ratio.push(own / parse);
  }
  const cells = [
    median(times.check).toFixed(0),
    median(times.parse).toFixed(0),
    median(times.ratio).toFixed(3),
  ];
  console.log(`${what} | ${cells.join(" | ")}`);
}
