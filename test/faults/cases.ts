/** What can go wrong on the way, one row each, and how a chat and a stream then end. */
import type { Socket } from "node:net";
import type { LlmErrorKind } from "../../src/provider/base/error.ts";
import type { Fault } from "../../src/testing/index.ts";
import {
  faulty,
  faultyConnection,
  redirecting,
  refusing,
  selfSigned,
  type Target,
  TEXT,
  unknownHost,
} from "./target.ts";

export interface Failure {
  kind: LlmErrorKind;
  status?: number;
  code?: string;
  timeout?: "total" | "stall" | "firstEvent";
  /** Streams: the text that came before. */
  partial?: string;
  failedGeneration?: string;
  /** Lowest and highest. */
  retryAfterMs?: readonly [number, number];
  /** Whether the provider makes another try by itself, which then succeeds. Default false. */
  retried?: true;
}

/** Where a fault does no harm: the text that comes. */
export interface NoHarm {
  text: string;
}

export interface FaultCase {
  name: string;
  start(): Promise<Target>;
  /** Absent: the fault has no meaning there. */
  chat?: Failure | NoHarm;
  stream?: Failure | NoHarm;
  /** The failure instead where `node:http` makes the exchange. */
  onNode?: Failure;
  /** Milliseconds, where the call is to end by its own time limit. */
  times?: { timeoutMs?: number; stallTimeoutMs?: number; firstEventTimeoutMs?: number };
  /** No later call to the same place succeeds either. */
  stays?: true;
}

const whole: NoHarm = { text: TEXT };
/** What stands in the first half of the stream's events. */
const HALF = "one two three four";

const row = (name: string, fault: Fault, rest: Omit<FaultCase, "name" | "start">): FaultCase => ({
  name,
  start: () => faulty(fault),
  ...rest,
});

const answer = (status: number, body = "", headers: Record<string, string> = {}): Fault => ({
  type: "answer",
  status,
  headers: { "content-type": "application/json", ...headers },
  body,
});
const errorBody = (message: string, code: string) =>
  JSON.stringify({ error: { message, type: "requests", code } });
const refused = (retryAfter: string) =>
  answer(429, errorBody("Rate limit reached", "rate_limit_exceeded"), { "retry-after": retryAfter });
const both = (ending: Failure | NoHarm) => ({ chat: ending, stream: ending });
const broken = { kind: "ServiceUnavailable", code: "ECONNRESET", retried: true } as const;
const late = { kind: "Timeout", timeout: "total", retried: true } as const;
const noSense = { kind: "InvalidResponse", status: 200 } as const;
const limited = { kind: "RateLimitExceeded", status: 429, code: "rate_limit_exceeded" } as const;
// Long enough that the request is out, also from a process that has just begun on a busy machine.
const quick = { timeoutMs: 900 };
const HTML = "<html><head><title>Sign in</title></head><body>Welcome to the hotel</body></html>";

/** A head whose lines keep coming. */
function drip(socket: Socket): void {
  socket.write("HTTP/1.1 200 OK\r\n");
  const timer = setInterval(() => socket.write("x-more: to come\r\n"), 20);
  socket.on("close", () => clearInterval(timer));
}

function flood(socket: Socket): void {
  socket.write("HTTP/1.1 200 OK\r\n");
  const more = () => {
    while (!socket.destroyed && socket.write(`x-more: ${"x".repeat(1000)}\r\n`));
  };
  socket.on("drain", more);
  more();
}

export const connectionCases: FaultCase[] = [
  { name: "connection refused", start: refusing, ...both({ ...broken, code: "ECONNREFUSED" }) },
  {
    name: "DNS failure",
    start: unknownHost,
    stays: true,
    ...both({ kind: "ServiceUnavailable", code: "ENOTFOUND" }),
  },
  {
    name: "TLS with a wrong certificate",
    start: selfSigned,
    stays: true,
    ...both({ kind: "ServiceUnavailable", code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
  },
  row("reset before headers", { type: "reset", when: "beforeHead" }, both(broken)),
  row(
    "reset after headers",
    { type: "reset", when: "afterHead" },
    { chat: broken, stream: { ...broken, partial: "" } },
  ),
  row(
    "reset in the body",
    { type: "reset", when: "inBody" },
    { chat: broken, stream: { kind: "ServiceUnavailable", code: "ECONNRESET", partial: HALF } },
  ),
  row("no headers", { type: "stall", when: "beforeHead" }, { times: quick, ...both(late) }),
  {
    name: "headers that never end, slow",
    start: () => faultyConnection(drip),
    times: quick,
    ...both(late),
  },
  {
    name: "headers that never end, fast",
    start: () => faultyConnection(flood),
    ...both({ ...broken, code: "UND_ERR_HEADERS_OVERFLOW" }),
    onNode: { ...broken, code: "HPE_HEADER_OVERFLOW" },
  },
  { name: "redirect to another host", start: redirecting, ...both({ kind: "ProviderError", status: 307 }) },
];

export const bodyCases: FaultCase[] = [
  row(
    "body that stalls at once",
    { type: "stall", when: "afterHead" },
    {
      times: { timeoutMs: 600, firstEventTimeoutMs: 300 },
      chat: late,
      stream: { kind: "Timeout", timeout: "firstEvent", partial: "", retried: true },
    },
  ),
  row(
    "body that stalls",
    { type: "stall", when: "inBody" },
    {
      times: { timeoutMs: 1000, firstEventTimeoutMs: 900, stallTimeoutMs: 300 },
      chat: late,
      stream: { kind: "Timeout", timeout: "stall", partial: HALF },
    },
  ),
  row(
    "stream that stalls, with keep-alive comments",
    { type: "stall", when: "inBody", commentEveryMs: 50 },
    {
      times: { timeoutMs: 1000, firstEventTimeoutMs: 900, stallTimeoutMs: 300 },
      stream: { kind: "Timeout", timeout: "stall", partial: HALF },
    },
  ),
  row("open after [DONE]", { type: "openAfterDone" }, { stream: whole }),
  row("stream cut before finish_reason", { type: "cutStream" }, { stream: { ...noSense, partial: TEXT } }),
  row("HTML with 200", { type: "answer", status: 200, body: HTML }, both(noSense)),
  row("empty 200", answer(200), both(noSense)),
  row("empty 502", answer(502), both({ kind: "ServiceUnavailable", status: 502, retried: true })),
  row("broken JSON", answer(200, '{"id": "a", "choices": ['), both(noSense)),
  row("JSON of another shape", answer(200, '{"result": "ok"}'), both({ kind: "InvalidResponse" })),
  row(
    "event that is broken JSON",
    answer(200, 'data: {"id": \n\n', { "content-type": "text/event-stream" }),
    { stream: noSense },
  ),
  row("wrong content type", { type: "contentType", contentType: "text/plain" }, both(whole)),
  row("content-length too large", { type: "contentLength", offBy: 10 }, { chat: broken, stream: whole }),
  row("content-length too small", { type: "contentLength", offBy: -10 }, { chat: noSense, stream: whole }),
  row("gzip that is cut", { type: "cutGzip" }, { chat: noSense, stream: { ...noSense, retried: true } }),
  row("body of 200 MB", { type: "hugeBody", bytes: 200e6 }, both({ kind: "InvalidResponse" })),
  row("line without end, 200 MB", { type: "longLine", bytes: 200e6 }, { stream: noSense }),
  row("1 byte per packet", { type: "split", bytes: 1 }, both(whole)),
  row(
    "invalid UTF-8",
    { type: "invalidUtf8" },
    // The first character of each piece is broken; a stream has a piece for each word.
    { chat: { text: `\uFFFD${TEXT.slice(1)}` }, stream: { text: TEXT.replace(/^.| /g, "\uFFFD") } },
  ),
];

const generation = {
  kind: "GenerationFailed",
  status: 400,
  code: "tool_use_failed",
  failedGeneration: '{"name":"lookup"',
} as const;
const overloaded = { message: "Over capacity", code: "over_capacity", status_code: 503 };

export const refusalCases: FaultCase[] = [
  row(
    "error event first",
    { type: "errorEvent", position: "first" },
    { stream: { ...generation, partial: "" } },
  ),
  row(
    "error event first, 503",
    { type: "errorEvent", position: "first", error: overloaded },
    { stream: { kind: "ServiceUnavailable", status: 503, partial: "", retried: true } },
  ),
  row(
    "error event in the middle",
    { type: "errorEvent", position: "middle" },
    { stream: { ...generation, partial: HALF } },
  ),
  row(
    "error event last",
    { type: "errorEvent", position: "last" },
    { stream: { ...generation, partial: TEXT } },
  ),
  row("x_groq.error", { type: "xGroqError" }, { stream: { kind: "ProviderError", partial: HALF } }),
  row(
    "498",
    answer(498, errorBody("Flex capacity exceeded", "capacity_exceeded")),
    both({ kind: "ServiceUnavailable", status: 498, code: "capacity_exceeded", retried: true }),
  ),
  row("429, retry-after 120", refused("120"), both({ ...limited, retryAfterMs: [120_000, 120_000] })),
  {
    name: "429, retry-after a date",
    start: () => faulty(refused(new Date(Date.now() + 120_000).toUTCString())),
    ...both({ ...limited, retryAfterMs: [100_000, 120_000] }),
  },
  row("429, retry-after nonsense", refused("soon"), both({ ...limited, retried: true })),
  row(
    "413",
    answer(413, errorBody("Request too large", "rate_limit_exceeded")),
    both({ kind: "RequestTooLarge", status: 413, code: "rate_limit_exceeded" }),
  ),
];
