/** The one error that everything here fails with. */
import type { RateLimitRefusal } from "./limits.ts";

export const LLM_ERROR_KINDS = [
  "UnsupportedEndpoint",
  "RateLimitExceeded",
  "ProviderError",
  "NotImplemented",
  "ConfigError",
  "ServiceUnavailable",
  "ModelNotFound",
  "ModelPullFailed",
  "NotSupported",
  "Cancelled",
  "Authentication",
  "PermissionDenied",
  "InvalidRequest",
  "RequestTooLarge",
  "ContextLengthExceeded",
  "GenerationFailed",
  "InvalidResponse",
  "Timeout",
  "ToolFailed",
] as const;

export type LlmErrorKind = (typeof LLM_ERROR_KINDS)[number];

export interface LlmErrorDetails {
  /** HTTP status, when an answer came. */
  status?: number | undefined;
  /** The vendor's own `error.code`, `error.type`, `error.param`. */
  code?: string | undefined;
  type?: string | undefined;
  param?: string | undefined;
  requestId?: string | undefined;
  /** Whether the same call may succeed later. Default false. */
  retryable?: boolean | undefined;
  /** Milliseconds until it may. */
  retryAfterMs?: number | undefined;
  /** What the model wrote before the server refused it. */
  failedGeneration?: string | undefined;
  /** Text received before a stream or an object broke off. */
  partial?: string | undefined;
  /** Which limit refused the call. */
  refusal?: RateLimitRefusal | undefined;
  /** Which time ran out. */
  timeout?: "total" | "stall" | "firstEvent" | undefined;
  cause?: unknown;
}

// A registered symbol, so that an error from a second installed copy is recognised.
const MARK = Symbol.for("groq-provider.LlmError");

export class LlmError extends Error {
  override readonly name = "LlmError";
  readonly kind: LlmErrorKind;
  readonly retryable: boolean;
  declare readonly status?: number;
  declare readonly code?: string;
  declare readonly type?: string;
  declare readonly param?: string;
  declare readonly requestId?: string;
  declare readonly retryAfterMs?: number;
  declare readonly failedGeneration?: string;
  declare readonly partial?: string;
  declare readonly refusal?: RateLimitRefusal;
  declare readonly timeout?: "total" | "stall" | "firstEvent";

  constructor(kind: LlmErrorKind, message: string, details: LlmErrorDetails = {}) {
    const { cause, retryable, ...rest } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.retryable = retryable ?? false;
    for (const [key, value] of Object.entries(rest)) {
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true });
    }
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Whether `value` is an `LlmError`, also one from another copy of this package. */
  static is(value: unknown): value is LlmError {
    return typeof value === "object" && value !== null && MARK in value;
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** A plain copy of an error chain: names, messages and codes, without a request or a key that some client hung on it. */
export function describeCause(
  fault: unknown,
  redact: (text: string) => string,
  depth = 0,
): Error | undefined {
  if (fault === undefined || depth > 4) return undefined;
  const record = asRecord(fault);
  if (!record) return new Error(redact(String(fault)));
  const message = typeof record.message === "string" ? record.message : "";
  const inner = describeCause(record.cause, redact, depth + 1);
  const copy = new Error(redact(message), inner === undefined ? undefined : { cause: inner });
  if (typeof record.name === "string") copy.name = record.name;
  if (typeof record.code === "string") Object.assign(copy, { code: record.code });
  copy.stack = `${copy.name}: ${copy.message}`;
  return copy;
}
