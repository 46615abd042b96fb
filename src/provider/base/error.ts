/** The one error that everything here fails with. */
import { LONGEST_TIMER_MS } from "./clock.ts";
import type { HeaderReader } from "./headers.ts";
import type { RateLimitRefusal } from "./limits.ts";

/** All kinds of error; `LlmErrorKind` tells what each means. */
export const LLM_ERROR_KINDS = [
  "UnsupportedEndpoint",
  "RateLimitExceeded",
  "QuotaExceeded",
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

/**
 * What went wrong, as far as code can act on it:
 *
 * - `ConfigError`: the configuration is wrong, or code that was handed in has a bug.
 * - `InvalidRequest`: the call is wrong; refused by the server, or before it was sent. `param` names the place.
 * - `Authentication`, `PermissionDenied`: the key is refused, or may not do this.
 * - `QuotaExceeded`: no credit or quota is left. Never tried again.
 * - `ModelNotFound`: no such model, none for this key, or a retired one.
 * - `ModelPullFailed`: a server of one's own could not bring the model to its disk.
 * - `ContextLengthExceeded`: messages and answer are longer than the model's context.
 * - `RequestTooLarge`: the request alone exceeds a limit, so no wait helps.
 * - `RateLimitExceeded`: too many calls or tokens; see `retryAfterMs` and `refusal`.
 * - `ServiceUnavailable`: no connection, or a server that is down or has no capacity.
 * - `ProviderError`: the server failed.
 * - `Timeout`: a time ran out; `timeout` tells which.
 * - `Cancelled`: the application ended the call.
 * - `InvalidResponse`: the answer is none, or was cut; `partial` has what came.
 * - `GenerationFailed`: what the model wrote fits neither tools nor schema; see `failedGeneration`.
 * - `ToolFailed`: a function of the application threw.
 * - `NotSupported`, `UnsupportedEndpoint`, `NotImplemented`: the service, the configuration or the server does not have it.
 */
export type LlmErrorKind = (typeof LLM_ERROR_KINDS)[number];

/**
 * Which time ran out: of the whole call, one try, a pause within a stream, its first event, a reader that never came, or a
 * tool's function.
 */
export type TimeoutKind = "deadline" | "total" | "stall" | "firstEvent" | "idle" | "tool";

/** What is known of an error beside its kind and its message. */
export interface LlmErrorDetails {
  /** HTTP status, when an answer came; of an error inside an answer of success the status that it names. */
  status?: number | undefined;
  /** The server's `error.code`, or the code of a broken connection, as `ECONNREFUSED`. */
  code?: string | undefined;
  /** The server's `error.type`. */
  type?: string | undefined;
  /** The place of the mistake: the server's `error.param`, or that of an option or a message. */
  param?: string | undefined;
  /** From `x-request-id`: quote it to the vendor's support. */
  requestId?: string | undefined;
  /** Whether the same call may succeed later. Default false. */
  retryable?: boolean | undefined;
  /** Milliseconds until it may. Kept within what a timer can wait: 0 to 2^31 - 1. */
  retryAfterMs?: number | undefined;
  /** What the model wrote before the server refused it. */
  failedGeneration?: string | undefined;
  /** Text received before a stream or an object broke off. */
  partial?: string | undefined;
  /** Which limit refused the call. */
  refusal?: RateLimitRefusal | undefined;
  /** Which time ran out. */
  timeout?: TimeoutKind | undefined;
  /**
   * What the server answered instead of success: parsed where it was JSON, else its text. Long texts, long lists and deep
   * levels are cut, and secrets are removed. It may repeat the prompt.
   */
  body?: unknown;
  /** The headers of that answer, without secrets. They are left out of JSON, spreads and logs. */
  headers?: HeaderReader | undefined;
  /** What lies beneath, such as the fault of a network. */
  cause?: unknown;
}

// A registered symbol, so that an error from a second installed copy is recognised.
const MARK = Symbol.for("groq-provider.LlmError");

/** What every method here fails with, and nothing else. Decide by `kind` and `retryable`; show `message` to developers. */
export class LlmError extends Error {
  override readonly name = "LlmError";
  /** What went wrong, as far as code can act on it. */
  readonly kind: LlmErrorKind;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** HTTP status, when an answer came. */
  declare readonly status?: number;
  /** The server's `error.code`, or the code of a broken connection, as `ECONNREFUSED`. */
  declare readonly code?: string;
  /** The server's `error.type`. */
  declare readonly type?: string;
  /** The place of the mistake: the server's `error.param`, or that of an option or a message. */
  declare readonly param?: string;
  /** From `x-request-id`: quote it to the vendor's support. */
  declare readonly requestId?: string;
  /** Milliseconds until the same call may succeed, where the server or the limiter said it. */
  declare readonly retryAfterMs?: number;
  /** What the model wrote before the server refused it. */
  declare readonly failedGeneration?: string;
  /** Text received before a stream or an object broke off. */
  declare readonly partial?: string;
  /** Which limit refused the call. */
  declare readonly refusal?: RateLimitRefusal;
  /** Which time ran out, where the kind is `Timeout`. */
  declare readonly timeout?: TimeoutKind;
  /** What the server answered instead of success: bounded, without secrets. It may repeat the prompt. */
  declare readonly body?: unknown;
  /** The headers of that answer, without secrets. They are left out of JSON, spreads and logs. */
  declare readonly headers?: HeaderReader;

  constructor(kind: LlmErrorKind, message: string, details: LlmErrorDetails = {}) {
    const { cause, retryable, retryAfterMs, headers, ...rest } = readable(details);
    super(typeof message === "string" ? message : "", cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.retryable = retryable ?? false;
    const waitMs = timerMs(retryAfterMs);
    if (waitMs !== undefined)
      Object.defineProperty(this, "retryAfterMs", { value: waitMs, enumerable: true });
    for (const [key, value] of Object.entries(rest)) {
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: true });
    }
    if (headers) Object.defineProperty(this, "headers", { value: headers });
    Object.defineProperty(this, MARK, { value: true });
  }

  /**
   * What `JSON.stringify` and logs get: the message and the facts, but no words of a model or a user. `body`,
   * `failedGeneration`, `partial` and `cause` are left out; the message holds the server's sentence, which may quote.
   */
  toJSON(): Record<string, unknown> {
    const { body: _body, failedGeneration: _failed, partial: _partial, ...facts } = this;
    return { ...facts, message: this.message };
  }

  /** Whether `value` is an `LlmError`, also one from another copy of this package. */
  static is(value: unknown): value is LlmError {
    try {
      return typeof value === "object" && value !== null && MARK in value;
    } catch {
      // A proxy that fails, or was revoked.
      return false;
    }
  }
}

/** An error is made where something else went wrong: it never throws itself, whatever untyped code gives it. */
function readable(details: LlmErrorDetails): LlmErrorDetails {
  try {
    return typeof details === "object" ? { ...details } : {};
  } catch {
    return {};
  }
}

/** Whoever waits that long, by a timer, does wait. */
function timerMs(ms: number | undefined): number | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : Math.min(LONGEST_TIMER_MS, Math.max(0, ms));
}

/** Longest text that is kept of a foreign error's message, name or code. */
const LONGEST = 2000;

/**
 * A plain copy of an error chain: names, messages and codes, without a request or a key that some client hung on it. Never
 * throws, whatever was thrown.
 */
export function describeCause(
  fault: unknown,
  redact: (text: string) => string,
  depth = 0,
): Error | undefined {
  if (fault === undefined || depth > 4) return undefined;
  const cut = (text: string) => redact(text).slice(0, LONGEST);
  if (typeof fault !== "object" || fault === null) return new Error(cut(String(fault)));
  const text = (member: string) => {
    const value = memberOf(fault, member);
    return typeof value === "string" ? cut(value) : undefined;
  };
  const inner = describeCause(memberOf(fault, "cause"), redact, depth + 1);
  const copy = new Error(text("message") ?? "", inner === undefined ? undefined : { cause: inner });
  copy.name = text("name") ?? copy.name;
  const code = text("code");
  if (code !== undefined) Object.assign(copy, { code });
  copy.stack = `${copy.name}: ${copy.message}`;
  return copy;
}

/** A member of whatever was thrown; `undefined` also where reading it throws. */
export function memberOf(fault: unknown, member: PropertyKey): unknown {
  if (typeof fault !== "object" || fault === null) return undefined;
  try {
    return Reflect.get(fault, member);
  } catch {
    return undefined;
  }
}

/** Code that the application handed in has a fault of its own: no other try would mend it. */
export function applicationFault(what: string, fault: unknown, redact: (text: string) => string): LlmError {
  return new LlmError("ConfigError", `${what} that the application handed in failed`, {
    cause: describeCause(fault, redact),
  });
}
