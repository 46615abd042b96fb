/** Which `LlmError` this status, body, abort or timeout is. */
import { describeCause, LlmError, memberOf } from "../base/error.ts";
import type { HeaderReader } from "../base/headers.ts";
import type { Redact } from "../base/redact.ts";
import { boundedCopy } from "./bounded.ts";
import { readErrorBody } from "./error-body.ts";
import { rule } from "./error-rules.ts";
import { readRequestId, readRetryAfter } from "./headers.ts";
import { isPage, readPage } from "./html-page.ts";
import { parseRefusal } from "./refusal.ts";

/** An answer that is no success, as far as it was read. */
export interface FailedAnswer {
  status: number;
  /** The body: parsed where it is JSON, else its text. */
  body: unknown;
  /** Without secrets. */
  headers: HeaderReader;
  /** The model asked for, to name it in advice. */
  model?: string | undefined;
  /** Text that a stream gave before the error came. */
  partial?: string | undefined;
  /** Removes secrets from text that came from outside. */
  redact?: Redact | undefined;
}

/** The error that a failed answer, or an error event in a stream, is. Nothing that the server said of it is lost. */
export function errorFromAnswer(answer: FailedAnswer): LlmError {
  const redact = answer.redact ?? ((text: string) => text);
  const facts = readErrorBody(answer.body, redact);
  // An answer of success that holds an error has only the body's status. Elsewhere the server's own word counts.
  const status = answer.status < 400 && facts.status !== undefined ? facts.status : answer.status;
  const refusal = status === 429 || status === 413 ? parseRefusal(facts.message ?? "") : undefined;
  const verdict = answer.headers.get("x-should-retry");
  const ruling = rule(status, facts, { refusal, verdict, model: answer.model });
  const said = [facts.code === String(status) ? facts.type : (facts.code ?? facts.type), facts.message];
  const words = said.filter(Boolean).join(": ");
  const asked = readRetryAfter(answer.headers, Date.now) ?? facts.retryAfterMs;
  // Some answers name a wait, or ask for another try, although neither would help.
  const isFinal = ruling.kind === "RequestTooLarge" || ruling.kind === "QuotaExceeded";
  // The server's own word on retrying goes before the rule of its status, both ways.
  const retryable = verdict === "true" || (verdict !== "false" && ruling.retryable === true);
  return new LlmError(ruling.kind, `${ruling.advice} (${status}${words ? ` ${words}` : ""})`, {
    status,
    code: facts.code,
    type: facts.type,
    param: facts.param,
    requestId: readRequestId(answer.headers),
    retryable: retryable && !isFinal,
    retryAfterMs: isFinal ? undefined : longerWait(asked, refusal?.waitMs),
    failedGeneration: facts.failedGeneration,
    partial: answer.partial,
    refusal,
    body: toldBody(answer.body, redact),
    headers: answer.headers,
  });
}

/** An empty body tells nothing; a gateway's page tells what it shows. */
function toldBody(body: unknown, redact: Redact): unknown {
  if (typeof body !== "string") return boundedCopy(body, redact);
  const text = isPage(body) ? readPage(body).text : body;
  return text.trim() === "" ? undefined : boundedCopy(text, redact);
}

/**
 * `retry-after` is the message's wait rounded up to whole seconds, so within that second the message is right; where
 * they differ by more, the longer one is safe.
 */
function longerWait(header: number | undefined, message: number | undefined): number | undefined {
  if (header === undefined || message === undefined) return header ?? message;
  return header - message <= 1000 ? message : header;
}

/** A certificate that is wrong stays wrong, so these faults are not worth another try. */
const CERTIFICATE_FAULT = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;
/** Of gzip and Brotli: the bytes are not what the header says. */
const ENCODING_FAULT = /^(Z_|ERR__?ERROR_FORMAT|ERR_BROTLI)/;

/** The error that a fault of the connection is: refused, reset, no such host, wrong certificate. */
export function errorFromFault(fault: unknown, where: string, redact: Redact): LlmError {
  if (LlmError.is(fault)) return fault;
  const cause = describeCause(fault, redact);
  const code = findCode(fault, redact);
  if (code !== undefined && ENCODING_FAULT.test(code)) {
    const message = `The answer of ${where} can't be decoded (${code})`;
    return new LlmError("InvalidResponse", message, { code, cause });
  }
  const certificate = code !== undefined && CERTIFICATE_FAULT.test(code);
  const reason = code ?? cause?.message ?? "unknown fault";
  return new LlmError(
    "ServiceUnavailable",
    certificate
      ? `The certificate of ${where} was refused (${reason})`
      : `No answer from ${where} (${reason}); check the network and the base URL`,
    { code, retryable: !certificate, cause },
  );
}

/** The innermost code: `fetch failed` tells nothing, its cause `ECONNREFUSED` does. */
function findCode(fault: unknown, redact: Redact): string | undefined {
  let code: string | undefined;
  for (let current = fault, depth = 0; depth < 5; depth++) {
    const own = memberOf(current, "code");
    if (typeof own === "string") code = redact(own).slice(0, 100);
    const errors = memberOf(current, "errors");
    current = memberOf(current, "cause") ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return code;
}
