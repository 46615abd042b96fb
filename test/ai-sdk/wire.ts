/** A Groq whose answers are written out, and what it was sent. */
import type { FetchLike } from "../../src/provider/base/exchange.ts";

export type Body = Record<string, unknown>;
export type Answer = Body | readonly Body[] | Response | ((body: Body) => Body | readonly Body[] | Response);

export interface FakeGroq {
  fetch: FetchLike;
  /** The bodies of the requests. */
  sent: Body[];
  /** The signals of the requests. */
  signals: AbortSignal[];
}

/** One answer for each request, the last for all that follow: a body, or the chunks of a stream. */
export function fakeGroq(...answers: Answer[]): FakeGroq {
  const sent: Body[] = [];
  const signals: AbortSignal[] = [];
  return {
    sent,
    signals,
    fetch: async (_, { body = "{}", signal }) => {
      const request: Body = JSON.parse(body);
      sent.push(request);
      signals.push(signal);
      const answer = answers[Math.min(sent.length, answers.length) - 1] ?? {};
      const given = typeof answer === "function" ? answer(request) : answer;
      if (given instanceof Response) return given;
      return isList(given) ? stream(given) : json(given);
    },
  };
}

const isList = (value: Body | readonly Body[]): value is readonly Body[] => Array.isArray(value);

const HEADERS = {
  "x-request-id": "req_1",
  "x-ratelimit-limit-tokens": "8000",
  "x-ratelimit-remaining-tokens": "7990",
  "x-ratelimit-reset-tokens": "75ms",
};

export const json = (body: Body, status = 200, headers: Record<string, string> = HEADERS) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

/** `end`: undefined closes in good order, `"open"` never ends. */
export function stream(chunks: readonly (Body | Error)[], end?: "open"): Response {
  const encoder = new TextEncoder();
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk instanceof Error) controller.error(chunk);
      else if (chunk) controller.enqueue(encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`));
      else if (!end) {
        controller.enqueue(encoder.encode("data: [DONE]\n\n"));
        controller.close();
      }
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", ...HEADERS } });
}

const FACTS = { id: "chatcmpl-1", created: 1_790_000_000, model: "openai/gpt-oss-20b" };

export const USAGE = {
  prompt_tokens: 30,
  completion_tokens: 12,
  total_tokens: 42,
  prompt_time: 0.001,
  completion_time: 0.02,
  total_time: 0.021,
  queue_time: 0.005,
  prompt_tokens_details: { cached_tokens: 10 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

export const answer = (message: Body, finish = "stop", rest: Body = {}): Body => ({
  ...FACTS,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", ...message }, logprobs: null, finish_reason: finish }],
  usage: USAGE,
  service_tier: "on_demand",
  system_fingerprint: "fp_1",
  x_groq: { id: "req_1", seed: 7 },
  ...rest,
});

/** The deltas of a stream, its finish, and its usage. */
export const chunks = (deltas: readonly Body[], finish = "stop"): Body[] => [
  ...deltas.map((delta) => chunk(delta)),
  chunk({}, finish),
  { ...FACTS, object: "chat.completion.chunk", choices: [], usage: USAGE, x_groq: { id: "req_1" } },
];

export const chunk = (delta: Body, finish: string | null = null): Body => ({
  ...FACTS,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
});

export const call = (name: string, args: string, id = "call_1"): Body => ({
  id,
  type: "function",
  function: { name, arguments: args },
});

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
export const PDF = bytes("%PDF-1.7");
export const WAV = bytes("RIFF0000WAVEfmt ");
/** A PNG, as far as its first bytes tell. */
export const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
