/** What `onEvent` receives: enough for metrics and logs, with no key, no prompt and no answer in it. */
import type { LlmErrorKind } from "./error.ts";
import type { LimitMetric } from "./limits.ts";
import type { FinishReason, Usage } from "./types.ts";

export type Operation = "chat" | "chatStream" | "embed" | "listModels" | "retrieveModel" | "pullModel";

interface CallEvent {
  /** One number for each call, the same over its tries. */
  callId: number;
  operation: Operation;
  model: string;
}

interface TryEvent extends CallEvent {
  /** 1 for the first try. */
  attempt: number;
}

export type ProviderEvent =
  | (TryEvent & { type: "request" })
  /** A try that was answered with success; for a stream, at its end. `durationMs` is from its request. */
  | (TryEvent & {
      type: "response";
      status: number;
      durationMs: number;
      requestId?: string;
      usage?: Usage;
      /** For a stream: milliseconds from the request to its first event. */
      firstEventMs?: number;
    })
  /** A try that failed; where another follows, a `retry` event tells it. */
  | (TryEvent & {
      type: "error";
      kind: LlmErrorKind;
      status?: number;
      durationMs: number;
      requestId?: string;
    })
  /**
   * Another try follows the one that failed, in `waitMs` milliseconds. `paced`: the limiter makes it wait, and a `limitWait`
   * event tells how long it took.
   */
  | (TryEvent & { type: "retry"; waitMs: number; kind: LlmErrorKind; status?: number; paced?: true })
  /** A try had to wait `waitMs` for the limit before it could go. */
  | (TryEvent & { type: "limitWait"; waitMs: number })
  /**
   * A call is over: exactly one for each, also for one that failed before any try (`tries: 0`), by its own fault or the
   * limiter's. A stream is over when it was read to its end, failed, or was left.
   */
  | (CallEvent & {
      type: "end";
      /** `name` of the configuration. */
      config: string;
      /** `id` of the call's options. */
      id?: string;
      /** Absent: it succeeded. */
      kind?: LlmErrorKind;
      /** HTTP status of the last answer. */
      status?: number;
      finishReason?: FinishReason;
      usage?: Usage;
      tries: number;
      /** Milliseconds that it waited, for the limit and between its tries. */
      waitedMs: number;
      /** Milliseconds in all. */
      durationMs: number;
    })
  /** A limit was learned from an answer's headers or from a refusal. */
  | {
      type: "limitLearned";
      model: string;
      /** `requests` or `tokens` where the period is another than that of a metric. */
      metric: LimitMetric | "requests" | "tokens";
      limit: number;
      windowMs: number;
      source: "header" | "refusal";
    }
  /** All calls of this key and model pause. */
  | { type: "pause"; model: string; waitMs: number; metric?: LimitMetric }
  /** The shared store of limits can't be reached, or can again. */
  | { type: "limitStore"; state: "unavailable" | "available"; policy: "closed" | "local"; message?: string }
  /** An answer does not fit the document (see the drift option). Paths have `[]` for any index. */
  | { type: "drift"; schema: string; place: string; problem: string; breaking: boolean };

/** What it throws, or rejects with where it is asynchronous, is ignored: a listener's fault must not become a call's. */
export type EventListener = (event: ProviderEvent) => void;

/** The listener with its faults kept away from the caller. */
export function guardListener(listener: EventListener | undefined): EventListener {
  if (!listener) return () => {};
  return (event) => {
    try {
      // An `async` function passes for one that gives nothing.
      const given: unknown = listener(event);
      if (given instanceof Promise) given.catch(() => {});
    } catch {
      // As above.
    }
  };
}

export type DriftEvent = Extract<ProviderEvent, { type: "drift" }>;

/** What an answer can be compared with in the document, by what it is. */
export type DriftSchema =
  | "ChatAnswer"
  | "StreamChunk"
  | "EmbeddingAnswer"
  | "ModelList"
  | "Model"
  | "ErrorAnswer";

/** Looks for drift in answers. A provider that is given none does not look, and pays nothing. */
export interface DriftChecker {
  /**
   * The differences of a body, or of one chunk of a stream, from the schema; what was told lately, and what sampling
   * passes over, is left out. Never throws, never changes the body.
   */
  check(schema: DriftSchema, body: unknown): readonly DriftEvent[];
}
