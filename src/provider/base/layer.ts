/** The one shape of everything that stands around a call, or around each of its tries. */
import type { Abort } from "./abort.ts";
import type { LlmError } from "./error.ts";
import type { Operation } from "./events.ts";
import type { RateLimitSnapshot } from "./limits.ts";
import type { CallOptions, ChatResponse, FinishReason, Usage } from "./types.ts";

/**
 * Stands around a call or a try: may do something before, after, instead, or again.
 *
 * `next` rejects with `LlmError` where the call fails. Where it resolves, `call.handler.onEnd` is called exactly once: for
 * a whole answer before `next` resolves, for a stream when the stream is over. To hear of it, hand on a call with a handler
 * of your own that passes each event on; to change what is sent, a call with other `headers`:
 *
 * ```ts
 * const traced: Layer = (call, next) => next({ ...call, headers: { ...call.headers, traceparent: newTraceId() } })
 * ```
 */
export type Layer = <T>(call: Call, next: Next<T>) => Promise<T>;

/** The rest of the way: what a layer calls once, or again, or not at all. */
export type Next<T> = (call: Call) => Promise<T>;

/** One call on its way to the server. Never changed: a layer hands on a copy. */
export interface Call {
  /** The same over all tries, and another for each call of the process, whichever its provider. */
  readonly id: number;
  /** What the call asks for. */
  readonly operation: Operation;
  /** The service (`provider` of the configuration), and its host. */
  readonly provider: string;
  /** The server's host. */
  readonly host: string;
  /** And its port, also where that is the one of its protocol. */
  readonly port?: number | undefined;
  /** The model asked for. */
  readonly model: string;
  /** False where what is sent names no model, as a call for a list of files: then `model` is the configuration's. */
  readonly namesModel?: boolean | undefined;
  /** 0 around the call; 1 for its first try. */
  readonly attempt: number;
  /** Estimated tokens; absent for calls that no limit counts. */
  readonly tokens?: number | undefined;
  /** The options that the caller gave. */
  readonly options: CallOptions;
  /** As it is sent, for chats and embeddings: it holds the prompt. */
  readonly request?: object | undefined;
  /** When its deadline is over, by the provider's clock; absent without one. */
  readonly endsAt?: number | undefined;
  /** Ends the call early: the caller's signal, a deadline, or the time of a try. */
  readonly abort: Abort;
  /** Sent beside those of the provider. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hears what the wire tells. */
  readonly handler: CallHandler;
  /** What its waits may still take. */
  readonly waits: WaitBudget;
}

/** Hears what the wire tells while a call is under way. */
export interface CallHandler {
  /** The server began to answer a try, whatever the status. */
  onAnswer(answer: AnswerHead): void;
  /** The call that succeeded is over; for a stream it may have failed after its first event (`error`). */
  onEnd(outcome: CallOutcome): void;
}

/** What an answer's status and headers tell. */
export interface AnswerHead {
  /** HTTP status. */
  status: number;
  /** From `x-request-id`. */
  requestId?: string | undefined;
  /** What the headers said of the limits. */
  rateLimits?: RateLimitSnapshot | undefined;
}

/** How a call ended whose answer began well. */
export interface CallOutcome {
  /** Only for a stream: what ended it after its first event. `Cancelled`: the application closed it. */
  error?: LlmError | undefined;
  /** The last that was told, also where a stream then failed. */
  usage?: Usage | undefined;
  /** Why the answer ended. */
  finishReason?: FinishReason | undefined;
  /** The whole answer of a chat that succeeded. */
  response?: ChatResponse | undefined;
  /** For a stream: milliseconds from the request of the successful try to its first event. */
  firstEventMs?: number | undefined;
}

/** What all waits of one call between its tries may take together: one object for each call. */
export interface WaitBudget {
  /** Milliseconds. */
  readonly leftMs: number;
  /** Counts a wait of a later try, at the limiter, against it. */
  spend(ms: number): void;
}

/** Layers as one: the first is the outermost. */
export function compose(layers: readonly Layer[]): Layer {
  return layers.reduceRight<Layer>(
    (inner, layer) => (call, next) => layer(call, (handedOn) => inner(handedOn, next)),
    (call, next) => next(call),
  );
}
