/** What `onEvent` receives: enough for metrics and logs, with no key, no prompt and no answer in it. */
import type { LlmErrorKind } from "./error.ts";
import type { LimitMetric } from "./limits.ts";
import type { FinishReason, Usage } from "./types.ts";
import { isThenable } from "./values.ts";

/** What a call asks for; `complete` is a `chat`, `request` any operation of the document (`groq-provider/api`). */
export type Operation =
  | "chat"
  | "chatStream"
  | "embed"
  | "listModels"
  | "retrieveModel"
  | "pullModel"
  | "request";

interface CallEvent {
  /** One number for each call of the process, the same over its tries. */
  callId: number;
  operation: Operation;
  model: string;
}

interface TryEvent extends CallEvent {
  /** 1 for the first try. */
  attempt: number;
}

/** What `onEvent` receives: no key, no prompt and no answer is in it. */
export type ProviderEvent =
  | (TryEvent & { type: "request" })
  /** A try that was answered with success; for a stream, at its end. `durationMs` is from its request. */
  | (TryEvent & {
      type: "response";
      /** HTTP status of the answer. */
      status: number;
      /** Milliseconds from the request to the end of the answer. */
      durationMs: number;
      /** From `x-request-id`: quote it to the vendor's support. */
      requestId?: string;
      /** Tokens, where the service told them. */
      usage?: Usage;
      /** For a stream: milliseconds from the request to its first event. */
      firstEventMs?: number;
    })
  /** A try that failed; where another follows, a `retry` event tells it. */
  | (TryEvent & {
      type: "error";
      /** What went wrong. */
      kind: LlmErrorKind;
      /** HTTP status, where an answer came. */
      status?: number;
      /** Milliseconds from the request to the failure. */
      durationMs: number;
      /** From `x-request-id`: quote it to the vendor's support. */
      requestId?: string;
    })
  /**
   * Another try follows the one that failed, in `waitMs` milliseconds. `paced`: the limiter makes it wait, and a `limitWait`
   * event tells how long it took.
   */
  | (TryEvent & {
      type: "retry";
      /** Milliseconds until the next try. */
      waitMs: number;
      /** What went wrong with this try. */
      kind: LlmErrorKind;
      /** HTTP status, where an answer came. */
      status?: number;
      /** The limiter makes it wait. */
      paced?: true;
    })
  /** A try had to wait for the limit before it could go. None comes where it could go at once, or gave up. */
  | (TryEvent & {
      type: "limitWait";
      /** Milliseconds that it waited. */
      waitMs: number;
    })
  /**
   * A call is over: exactly one for each, the last of its events, also for one that failed before any try (`tries: 0`), by its own fault or the
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
      /** HTTP status of the answer to the last try, where one came. */
      status?: number;
      /** Why the answer ended, where there was one. */
      finishReason?: FinishReason;
      /** Tokens, where the service told them. */
      usage?: Usage;
      /** Tries that began; 0 where it failed before. */
      tries: number;
      /** Milliseconds that it waited, for the limit and between its tries. */
      waitedMs: number;
      /** Milliseconds in all. */
      durationMs: number;
    })
  /** A limit was learned from an answer's headers or from a refusal. */
  | {
      type: "limitLearned";
      /** The model that it holds for. */
      model: string;
      /** `requests` or `tokens` where the period is another than that of a metric. */
      metric: LimitMetric | "requests" | "tokens";
      /** Calls or tokens in each period. */
      limit: number;
      /** Milliseconds of the period. */
      windowMs: number;
      /** Where it was learned. */
      source: "header" | "refusal";
    }
  /** All calls of this key and model pause. */
  | {
      type: "pause";
      /** The model whose calls pause. */
      model: string;
      /** Milliseconds of the pause. */
      waitMs: number;
      /** The limit that was hit, where the refusal names it. */
      metric?: LimitMetric;
    }
  /** The shared store of limits can't be reached, or can again. */
  | {
      type: "limitStore";
      /** Whether it can be reached. */
      state: "unavailable" | "available";
      /** What calls do meanwhile: fail (`closed`), or go by what this process knows (`local`). */
      policy: "closed" | "local";
      /** Why it can't be reached. */
      message?: string;
    }
  /** Code that the application handed in failed, and no call failed with it: what it was told, or was to tell, is lost. */
  | {
      type: "fault";
      /** What failed: `limitStore.leave`, `drift`, `clock`, … */
      of: string;
      /** What it threw, or rejected with. */
      message: string;
    }
  | DriftEvent;

/** What it throws, or rejects with where it is asynchronous, is ignored: a listener's fault must not become a call's. */
export type EventListener = (event: ProviderEvent) => void;

/** The listener with its faults kept away from the caller. */
export function guardListener<E>(listener: ((event: E) => unknown) | undefined): (event: E) => void {
  if (!listener) return () => {};
  return (event) => {
    try {
      // An `async` function passes for one that gives nothing.
      hush(listener(event));
    } catch {
      // As above.
    }
  };
}

/** Whether a value is a promise; its failure is then nobody's, and must not end the process. */
export function hush(value: unknown): boolean {
  const isPromise = isThenable(value);
  if (isPromise) Promise.resolve(value).catch(() => {});
  return isPromise;
}

/** An answer does not fit the document (see the option `drift`). */
export interface DriftEvent {
  type: "drift";
  /** The schema's name in the document. */
  schema: string;
  /** Where in the answer: `choices[].message.content`; `[]` is any index. */
  place: string;
  /** What is different, in words. */
  problem: string;
  /** Whether a caller who trusts the document can break. */
  breaking: boolean;
  /** Whether this client can't read the answer there: the call fails. */
  breaksClient: boolean;
}

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
   * passes over, is left out. `service` is who answered, as `provider` of a configuration names it. Never throws, never changes
   * the body.
   */
  check(schema: DriftSchema, body: unknown, service?: string): readonly DriftEvent[];
}
