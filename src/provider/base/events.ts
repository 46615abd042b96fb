/** What `onEvent` receives: enough for metrics and logs, with no key, no prompt and no answer in it. */
import type { LlmErrorKind } from "./error.ts";
import type { LimitMetric } from "./limits.ts";
import type { Usage } from "./types.ts";

export type Operation = "chat" | "chatStream" | "embed" | "listModels" | "retrieveModel";

interface CallEvent {
  /** One number for each call, the same over its tries. */
  callId: number;
  operation: Operation;
  model: string;
  /** 1 for the first try. */
  attempt: number;
}

export type ProviderEvent =
  | (CallEvent & { type: "request" })
  /** A try that was answered with success; for a stream, at its end. `durationMs` is from its request. */
  | (CallEvent & {
      type: "response";
      status: number;
      durationMs: number;
      requestId?: string;
      usage?: Usage;
      /** For a stream: milliseconds from the request to its first event. */
      firstEventMs?: number;
    })
  /** A try that failed; where another follows, a `retry` event tells it. */
  | (CallEvent & {
      type: "error";
      kind: LlmErrorKind;
      status?: number;
      durationMs: number;
      requestId?: string;
    })
  | (CallEvent & { type: "retry"; waitMs: number; kind: LlmErrorKind; status?: number })
  /** A call had to wait `waitMs` for the limit before it could go. */
  | { type: "limitWait"; model: string; waitMs: number }
  /** A limit was learned from an answer's headers or from a refusal. */
  | {
      type: "limitLearned";
      model: string;
      metric: LimitMetric;
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

export type EventListener = (event: ProviderEvent) => void;

export type DriftEvent = Extract<ProviderEvent, { type: "drift" }>;

/** Schemas of the document that an answer can be compared with. */
export type DriftSchema =
  | "CreateChatCompletionResponse"
  | "CreateChatCompletionStreamResponse"
  | "CreateEmbeddingResponse"
  | "ListModelsResponse"
  | "Model"
  | "ErrorResponse";

/** Looks for drift in answers. A provider that is given none does not look, and pays nothing. */
export interface DriftChecker {
  /**
   * The differences of a body, or of one chunk of a stream, from the schema; what was told lately, and what sampling
   * passes over, is left out. Never throws, never changes the body.
   */
  check(schema: DriftSchema, body: unknown): readonly DriftEvent[];
}
