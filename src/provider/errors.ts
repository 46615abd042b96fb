/** Which `LlmError` this status, body, abort or timeout is. */
import { type ErrorFacts, rule } from "./error-rules.ts";
import { type HeaderReader, readRequestId, readRetryAfter } from "./headers.ts";
import type { RateLimitRefusal } from "./rate-limit.ts";
import { parseRefusal } from "./refusal.ts";

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
  timeout?: "connect" | "total" | "stall" | "firstEvent" | undefined;
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
  declare readonly timeout?: "connect" | "total" | "stall" | "firstEvent";

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

/** An answer that is no success, as far as it was read. */
export interface FailedAnswer {
  status: number;
  /** The body: parsed where it is JSON, else its text. */
  body: unknown;
  headers: HeaderReader;
  /** The model asked for, to name it in advice. */
  model?: string | undefined;
  /** Text that a stream gave before the error came. */
  partial?: string | undefined;
  /** Removes the key from text that came from outside. */
  redact?: ((text: string) => string) | undefined;
  /** Milliseconds since 1970, to read dates in `retry-after`. Default `Date.now`. */
  wallClock?: (() => number) | undefined;
}

/** The error that a failed answer, or an error event in a stream, is. Nothing that the server said of it is lost. */
export function errorFromAnswer(answer: FailedAnswer): LlmError {
  const redact = answer.redact ?? ((text: string) => text);
  const facts = readErrorBody(answer.body, redact);
  const status = facts.status ?? answer.status;
  const refusal = status === 429 || status === 413 ? parseRefusal(facts.message ?? "") : undefined;
  const verdict = answer.headers.get("x-should-retry");
  const ruling = rule(status, facts, { refusal, verdict, model: answer.model });
  const said = [facts.code ?? facts.type, facts.message].filter(Boolean).join(": ");
  const retryAfterMs = longerWait(
    readRetryAfter(answer.headers, answer.wallClock ?? Date.now),
    refusal?.waitMs,
  );
  // The server's own word on retrying goes before the rule of its status, both ways.
  const retryable = verdict === "true" || (verdict !== "false" && ruling.retryable === true);
  return new LlmError(ruling.kind, `${ruling.advice} (${status}${said ? ` ${said}` : ""})`, {
    status,
    code: facts.code,
    type: facts.type,
    param: facts.param,
    requestId: readRequestId(answer.headers),
    retryable,
    // Some answers name a wait that would not help: a request that is too large stays so.
    retryAfterMs: ruling.kind === "RequestTooLarge" ? undefined : retryAfterMs,
    failedGeneration: facts.failedGeneration,
    partial: answer.partial,
    refusal,
  });
}

/**
 * `retry-after` is the message's wait rounded up to whole seconds, so within that second the message is right; where
 * they differ by more, the longer one is safe.
 */
function longerWait(header: number | undefined, message: number | undefined): number | undefined {
  if (header === undefined || message === undefined) return header ?? message;
  return header - message <= 1000 ? message : header;
}

/** Reads `{error: {…}}`, and the bare forms that compatible servers send. */
function readErrorBody(body: unknown, redact: (text: string) => string): ErrorFacts {
  if (typeof body === "string") {
    const title = /<title[^>]*>([^<]{0,200})<\/title>/i.exec(body)?.[1]?.trim();
    const message = /^\s*</.test(body)
      ? `an HTML page${title ? ` titled "${title}"` : ""} instead of JSON`
      : "no JSON";
    return { message: redact(body.trim() === "" ? "empty body" : message) };
  }
  const outer = asRecord(body);
  const error = asRecord(outer?.error) ?? outer;
  const text = (value: unknown) =>
    typeof value === "string" ? redact(value) : typeof value === "number" ? String(value) : undefined;
  return {
    status: typeof error?.status_code === "number" ? error.status_code : undefined,
    message: text(error?.message) ?? text(outer?.error) ?? text(outer?.detail),
    code: text(error?.code),
    type: text(error?.type),
    param: text(error?.param),
    failedGeneration: text(error?.failed_generation),
  };
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** A certificate that is wrong stays wrong, so these faults are not worth another try. */
const CERTIFICATE_FAULT = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** The error that a fault of the connection is: refused, reset, no such host, wrong certificate. */
export function errorFromFault(fault: unknown, where: string, redact: (text: string) => string): LlmError {
  if (LlmError.is(fault)) return fault;
  const cause = describeCause(fault, redact);
  const code = findCode(fault);
  const certificate = code !== undefined && CERTIFICATE_FAULT.test(code);
  const reason = code ?? cause?.message ?? "unknown fault";
  return new LlmError(
    "ServiceUnavailable",
    certificate
      ? `The certificate of ${where} was refused (${reason})`
      : `No answer from ${where} (${reason}); check the network and config.base_url`,
    { code, retryable: !certificate, cause },
  );
}

/** The innermost code: `fetch failed` tells nothing, its cause `ECONNREFUSED` does. */
function findCode(fault: unknown): string | undefined {
  let code: string | undefined;
  for (let current = fault, depth = 0; depth < 5; depth++) {
    const record = asRecord(current);
    if (!record) break;
    if (typeof record.code === "string") code = record.code;
    const errors = record.errors;
    current = record.cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return code;
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
