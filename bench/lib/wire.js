/** What the stub and the server answer: invented content in the shapes that Groq sends. */

export const MODEL = "llama-3.1-8b-instant";
export const QUESTION = "Name one thing that a lighthouse keeper does before dusk.";
export const ANSWER =
  "A keeper trims the wick, wipes the lens and winds the clockwork, so that the light turns all night.";

const ID = "chatcmpl-5b0e7c1a-93d4-4c2f-8a6e-0d1f2b3c4d5e";
const REQUEST_ID = "req_01kbench000000000000000000";
const USAGE = {
  queue_time: 0.041,
  prompt_tokens: 46,
  prompt_time: 0.0021,
  completion_tokens: 24,
  completion_time: 0.031,
  total_tokens: 70,
  total_time: 0.0331,
};

// So much is left that no limiter has a reason to wait.
const LIMIT_HEADERS = {
  "x-ratelimit-limit-requests": "1000000000",
  "x-ratelimit-limit-tokens": "1000000000",
  "x-ratelimit-remaining-requests": "999999999",
  "x-ratelimit-remaining-tokens": "999999930",
  "x-ratelimit-reset-requests": "6ms",
  "x-ratelimit-reset-tokens": "7.66ms",
};

const COMMON_HEADERS = {
  "cache-control": "private, max-age=0, no-store, no-cache, must-revalidate",
  vary: "Origin",
  "x-groq-region": "fra",
  "x-request-id": REQUEST_ID,
  ...LIMIT_HEADERS,
};

export const CHAT_HEADERS = { "content-type": "application/json", ...COMMON_HEADERS };
export const STREAM_HEADERS = { ...COMMON_HEADERS, "content-type": "text/event-stream" };

export const CHAT_BODY = JSON.stringify({
  id: ID,
  object: "chat.completion",
  created: 1790000000,
  model: MODEL,
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: ANSWER },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: USAGE,
  usage_breakdown: null,
  system_fingerprint: "fp_0a1b2c3d4e",
  x_groq: { id: REQUEST_ID, seed: 12345 },
  service_tier: "on_demand",
});

const event = (fields) =>
  `data: ${JSON.stringify({
    id: ID,
    object: "chat.completion.chunk",
    created: 1790000000,
    model: MODEL,
    system_fingerprint: "fp_0a1b2c3d4e",
    ...fields,
  })}\n\n`;

const choice = (delta, finish_reason = null) => ({
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
});

export const ROLE_EVENT = event({
  ...choice({ role: "assistant", content: "" }),
  x_groq: { id: REQUEST_ID, seed: 12345 },
});

/** Pieces as a tokeniser cuts them: a space and a few letters. */
const PIECES = ANSWER.match(/\s?\w{1,4}|[^\w\s]/g) ?? [];
export const TEXT_EVENTS = PIECES.map((content) => event(choice({ content })));
export const piece = (index) => PIECES[index % PIECES.length];
export const textEvent = (index) => TEXT_EVENTS[index % TEXT_EVENTS.length];

export const END_EVENTS = [
  event({ ...choice({}, "stop"), x_groq: { id: REQUEST_ID, usage: USAGE }, usage: USAGE }),
  event({ choices: [], usage: USAGE, service_tier: "on_demand" }),
  "data: [DONE]\n\n",
];

/** The events of a stream with so many text chunks. */
export function streamEvents(chunks) {
  return [ROLE_EVENT, ...Array.from({ length: chunks }, (_, index) => textEvent(index)), ...END_EVENTS];
}

export function streamLength(chunks) {
  let length = 0;
  for (let index = 0; index < chunks; index++) length += piece(index).length;
  return length;
}
