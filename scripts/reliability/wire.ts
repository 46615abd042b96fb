/** Right answers, and how anything is written as bytes. */
import type { Random } from "./random.ts";

/** What the server does with a connection, one after the other. */
export type Step =
  | { do: "send"; bytes: Uint8Array }
  /** 0 ends the packet. */
  | { do: "wait"; ms: number }
  /** Sends these bytes again and again, until the client leaves, so many were sent, or so many milliseconds have passed. */
  | { do: "flood"; bytes: Uint8Array; total: number; everyMs?: number; maxMs?: number }
  /** Nothing more comes, and nothing ends. */
  | { do: "hang" }
  | { do: "reset" }
  | { do: "end" };

/** What came in. */
export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

/** JSON that no value stands for: `1e999`, a member twice, a depth that would break a writer. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | number | string | Raw | Json[] | { [key: string]: Json };

export function toJson(value: Json): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${toJson(inner)}`)
    .join(",")}}`;
}

const ID = "chatcmpl-0c6a1f5e-77aa-4d6a-9a2f-3f1f8f0f6c11";
export const TEXT = "The harbour wakes before the town does, and the boats are out by five.";
export const OBJECT = { city: "Lisbon", people: 4, tags: ["sea", "hill"], outside: true };
const ARGUMENTS = { city: "Lisbon", days: 3 };

const usage = (): Json => ({
  queue_time: 0.04,
  prompt_tokens: 20,
  prompt_time: 0.002,
  completion_tokens: 18,
  completion_time: 0.03,
  total_tokens: 38,
  total_time: 0.032,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
});

/** What the model says to this request, in both forms. */
function contentOf(body: unknown): { text: string } | { tool: string } {
  const request = Object(body) as {
    tools?: unknown;
    messages?: { role?: string }[];
    response_format?: { type?: string };
  };
  const last = Array.isArray(request.messages) ? request.messages.at(-1) : undefined;
  if (Array.isArray(request.tools) && last?.role !== "tool") return { tool: JSON.stringify(ARGUMENTS) };
  if (request.response_format?.type === "json_schema") return { text: JSON.stringify(OBJECT) };
  return { text: TEXT };
}

const toolCall = (args: string): { [key: string]: Json } => ({
  id: "call_abc123",
  type: "function",
  function: { name: "get_weather", arguments: args },
});

/** A right answer to any request, as one value. */
export function validBody({ path, body }: Request): Json {
  if (path.endsWith("/embeddings")) {
    return {
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: [0.1, -0.2, 0.3] },
        { object: "embedding", index: 1, embedding: [0.4, 0.5, -0.6] },
      ],
      model: "some-embedding",
      usage: { prompt_tokens: 4, total_tokens: 4 },
    };
  }
  const model = (id: string): Json => ({
    id,
    object: "model",
    created: 1_790_000_000,
    owned_by: "someone",
    active: true,
    context_window: 131_072,
    max_completion_tokens: 65_536,
    public_apps: null,
  });
  if (path.endsWith("/models"))
    return { object: "list", data: [model("openai/gpt-oss-20b"), model("allam-2-7b")] };
  if (/\/models\//.test(path)) return model("openai/gpt-oss-20b");
  const content = contentOf(body);
  const message: Json =
    "tool" in content
      ? { role: "assistant", content: null, tool_calls: [toolCall(content.tool)] }
      : { role: "assistant", content: content.text, reasoning: "Short is good." };
  return {
    id: ID,
    object: "chat.completion",
    created: 1_790_000_000,
    model: "openai/gpt-oss-20b",
    choices: [
      { index: 0, message, logprobs: null, finish_reason: "tool" in content ? "tool_calls" : "stop" },
    ],
    usage: usage(),
    usage_breakdown: null,
    system_fingerprint: "fp_aa11",
    x_groq: { id: "req_01", seed: 7 },
    service_tier: "on_demand",
  };
}

/** A right stream to a chat request, as the values of its events; `[DONE]` is not among them. */
export function validChunks({ body }: Request): Json[] {
  const chunk = (fields: { [key: string]: Json }): Json => ({
    id: ID,
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "openai/gpt-oss-20b",
    system_fingerprint: "fp_aa11",
    ...fields,
  });
  const choice = (delta: Json, finish: string | null = null) => ({
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] as Json,
  });
  const content = contentOf(body);
  const deltas: Json[] =
    "tool" in content
      ? [
          { tool_calls: [{ index: 0, ...toolCall("") }] },
          ...pieces(content.tool, 6).map(
            (part): Json => ({ tool_calls: [{ index: 0, function: { arguments: part } }] }),
          ),
        ]
      : pieces(content.text, 6).map((part): Json => ({ content: part }));
  return [
    chunk({ ...choice({ role: "assistant", content: "" }), x_groq: { id: "req_01" } }),
    ...deltas.map((delta) => chunk(choice(delta))),
    chunk({
      ...choice({}, "tool" in content ? "tool_calls" : "stop"),
      x_groq: { id: "req_01", usage: usage() },
    }),
    chunk({ choices: [], usage: usage() }),
  ];
}

export function pieces(text: string, length: number): string[] {
  return Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
}

export const isStream = ({ body }: Request) => Object(body).stream === true;
export const toEvent = (data: string, name?: string) => `${name ? `event: ${name}\n` : ""}data: ${data}\n\n`;
export const DONE = "data: [DONE]\n\n";

const encoder = new TextEncoder();
export const bytesOf = (text: string | Uint8Array) =>
  typeof text === "string" ? encoder.encode(text) : text;
export const send = (text: string | Uint8Array): Step => ({ do: "send", bytes: bytesOf(text) });

export interface Head {
  status?: number;
  reason?: string;
  /** As pairs, since a name may come twice and in any case. Neither length nor encoding of the transfer. */
  headers?: readonly (readonly [string, string])[];
  type?: string;
}

export type Framing = "length" | "chunked" | "close";
export const FRAMINGS: readonly Framing[] = ["length", "chunked", "close"];

/** Head lines, ended. */
export function headOf(
  { status = 200, reason = "OK", headers = [], type }: Head,
  more: string[] = [],
): string {
  const all = [
    ...(type ? [`content-type: ${type}`] : []),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...more,
  ];
  return `HTTP/1.1 ${status} ${reason}\r\n${all.map((line) => `${line}\r\n`).join("")}\r\n`;
}

/** A well-framed answer whose parts are written one by one, each in a packet of its own. */
export function* framed(
  head: Head,
  parts: readonly (string | Uint8Array)[],
  framing: Framing,
): Generator<Step> {
  const bytes = parts.map(bytesOf);
  if (framing === "length") {
    const length = bytes.reduce((sum, { length }) => sum + length, 0);
    yield send(headOf(head, [`content-length: ${length}`]));
  } else if (framing === "chunked") yield send(headOf(head, ["transfer-encoding: chunked"]));
  else yield send(headOf(head, ["connection: close"]));
  for (const part of bytes) {
    if (part.length === 0) continue;
    if (framing === "chunked") yield send(`${part.length.toString(16)}\r\n`);
    yield { do: "send", bytes: part };
    if (framing === "chunked") yield send("\r\n");
    yield { do: "wait", ms: 0 };
  }
  if (framing === "chunked") yield send("0\r\n\r\n");
  if (framing === "close") yield { do: "end" };
}

export const JSON_TYPE = "application/json";
export const EVENT_TYPE = "text/event-stream";

/** The right answer to a request. */
export function* healthy(request: Request, head: Head = {}, framing: Framing = "length"): Generator<Step> {
  if (!isStream(request)) {
    yield* framed({ type: JSON_TYPE, ...head }, [toJson(validBody(request))], framing);
    return;
  }
  const events = [...validChunks(request).map((chunk) => toEvent(toJson(chunk))), DONE];
  yield* framed({ type: EVENT_TYPE, ...head }, events, framing === "length" ? "chunked" : framing);
}

/** The bytes in up to so many parts, cut anywhere. */
export function cut(random: Random, text: string | Uint8Array, parts: number): Uint8Array[] {
  const bytes = bytesOf(text);
  const places = Array.from({ length: parts - 1 }, () => random.int(0, bytes.length)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}
