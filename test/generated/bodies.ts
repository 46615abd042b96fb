/** Bodies of each kind, as servers send them. Written by hand. */

export const usage = {
  queue_time: 0.05,
  prompt_tokens: 38,
  prompt_time: 0.002,
  completion_tokens: 7,
  completion_time: 0.03,
  total_tokens: 45,
  total_time: 0.032,
};
export const toolCall = { id: "fc_1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
export const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "vendor/model-1",
  choices: [
    { index: 0, message: { role: "assistant", content: "Hello." }, logprobs: null, finish_reason: "stop" },
  ],
  usage,
  usage_breakdown: null,
  system_fingerprint: "fp_0123456789",
  x_groq: { id: "req_1", seed: 7 },
  service_tier: "on_demand",
};
export const calling = {
  ...completion,
  choices: [
    {
      index: 0,
      message: { role: "assistant", tool_calls: [toolCall] },
      logprobs: null,
      finish_reason: "tool_calls",
    },
  ],
};
export const chunk = {
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_790_000_000,
  model: "vendor/model-1",
  system_fingerprint: null,
  choices: [
    { index: 0, delta: { reasoning: "Hm", channel: "analysis" }, logprobs: null, finish_reason: null },
  ],
};
export const trailer = { ...chunk, choices: [], usage, service_tier: "on_demand" };
export const streamError = {
  error: {
    message: "m",
    type: "invalid_request_error",
    code: "tool_use_failed",
    failed_generation: "",
    status_code: 400,
  },
};
export const model = {
  id: "vendor/model-1",
  object: "model",
  created: 1_790_000_000,
  owned_by: "Vendor",
  active: true,
  context_window: 131_072,
  max_completion_tokens: 65_536,
  public_apps: null,
  input_modalities: ["text"],
  supported_features: ["tools"],
  pricing: { prompt: "0.0000001", completion: "0.0000005" },
};

export const embeddings = {
  object: "list",
  model: "m",
  data: [{ object: "embedding", index: 0, embedding: [0.5, -1] }],
  usage: { prompt_tokens: 2, total_tokens: 2 },
};

export const withMessage = (message: unknown) => ({
  ...completion,
  choices: [{ ...completion.choices[0], message }],
});

export const withUsage = (change: object) => ({ ...completion, usage: { ...usage, ...change } });
