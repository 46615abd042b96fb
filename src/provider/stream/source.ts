/** What a stream needs of the call that it belongs to: the one seam between HTTP and `stream.ts`. */

import type { Clock } from "../base/clock.ts";
import type { LlmError } from "../base/error.ts";
import type { AnswerBody, HeaderReader } from "../base/exchange.ts";
import type { RateLimitSnapshot } from "../base/limits.ts";
import type { Usage } from "../base/types.ts";

/** An answer whose headers are there and whose body is still to be read. */
export interface StreamAnswer {
  status: number;
  headers: HeaderReader;
  body: AnswerBody;
  /** When the try that was answered was sent, on the source's clock: the total timeout and `firstEventMs` count from it. */
  startedAt: number;
  requestId?: string | undefined;
  rateLimits?: RateLimitSnapshot | undefined;
}

/** How a stream ended. */
export interface StreamOutcome {
  /** The last that was told, also where the stream then failed. */
  usage?: Usage;
  /** Absent: it ended well. Kind `Cancelled`: the application closed it. */
  error?: LlmError;
  /** Milliseconds from `startedAt` to the first event. */
  firstEventMs?: number;
}

export interface StreamSource {
  /**
   * Sends the request. Limiter, retries and HTTP are the source's. Called at once, and not at all where `signal` is
   * aborted already. `cancelled` aborts when the stream is closed, for whatever reason but its regular end.
   * Rejects with `LlmError`.
   *
   * `begin` waits for an answer's first bytes and rejects with `LlmError` where none come: a source that makes tries calls
   * it within each, since until then another does no harm.
   */
  open(cancelled: AbortSignal, begin: (answer: StreamAnswer) => Promise<void>): Promise<StreamAnswer>;
  /**
   * The exchange is over. Called exactly once where `open` resolved, and never where it rejected: a source knows its own
   * failures. The connection is free, or is being closed.
   */
  onEnd(outcome: StreamOutcome): void;
  /** What keeps a chunk from fitting the loose schema, with its path; `undefined` when it fits. */
  findProblem(chunk: unknown): string | undefined;
  clock: Clock;
  /** The model asked for: named in advice, and in the response where the server does not name it. */
  model: string;
  /** The server, as named in errors. */
  where: string;
  /** Removes the key from text that came from outside. */
  redact(text: string): string;
  signal?: AbortSignal | undefined;
  /** Milliseconds from `startedAt`; absent: no bound. */
  totalTimeoutMs?: number | undefined;
  /** Milliseconds waited for the next event. Default 30 000. */
  stallTimeoutMs?: number | undefined;
  /** Milliseconds waited for the first event. Default: `stallTimeoutMs`. */
  firstEventTimeoutMs?: number | undefined;
  /** Characters of the longest event. Default 16 Mi. */
  maxEventLength?: number | undefined;
}

const STALL_MS = 30_000;

/** Milliseconds to wait for an event, and for the first. */
export function streamTimes({ stallTimeoutMs = STALL_MS, firstEventTimeoutMs }: StreamSource) {
  return { stallMs: stallTimeoutMs, firstEventMs: firstEventTimeoutMs ?? stallTimeoutMs };
}
