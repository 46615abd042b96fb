/** Which `LlmError` this status, body, abort or timeout is. */

import { describeCause, LlmError } from "../base/error.ts";
import type { HeaderReader } from "../base/exchange.ts";
import { type ErrorFacts, rule } from "./error-rules.ts";
import { readRequestId, readRetryAfter } from "./headers.ts";
import { parseRefusal } from "./refusal.ts";
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
  const retryAfterMs = longerWait(readRetryAfter(answer.headers, Date.now), refusal?.waitMs);
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
