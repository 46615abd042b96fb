/** Failures as `ai` knows them. */
import { LlmError, memberOf } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { unreadable, valueAt } from "../provider/base/values.ts";
import { peer } from "./peer.ts";

export interface Asked {
  provider: LlmProvider;
  path: "chat/completions" | "embeddings";
  signal: AbortSignal | undefined;
  /** Goes into the error, as `ai` has it: what was asked, without a key or headers. */
  request: unknown;
}

/**
 * An `LlmError` as `APICallError`, with the `LlmError` as its cause; a call that was aborted as an abort that `ai` knows. Anything else
 * is given back.
 */
export function toSdkError(fault: unknown, asked: Asked): unknown {
  if (!LlmError.is(fault)) return fault;
  if (fault.kind === "Cancelled") return abortOf(asked.signal, fault);
  const { message, status, retryable, body } = fault;
  return new (peer().APICallError)({
    message,
    url: urlOf(asked),
    requestBodyValues: asked.request,
    isRetryable: retryable,
    responseHeaders: headersOf(fault),
    cause: fault,
    ...(status !== undefined && { statusCode: status }),
    ...(body !== undefined && {
      responseBody: typeof body === "string" ? body : JSON.stringify(body),
      data: body,
    }),
  });
}

/** A call as it was read. What `ai` itself throws for what no provider has stays as it is. */
export function readCall<T>(asked: Pick<Asked, "provider" | "path">, read: () => T): T {
  try {
    return read();
  } catch (fault) {
    const name = memberOf(fault, "name");
    if (typeof name === "string" && name.startsWith("AI_")) throw fault;
    throw toSdkError(unreadable("options", fault), { ...asked, signal: undefined, request: {} });
  }
}

/** The signal's reason, as `fetch` would throw it, where `ai` takes it for an abort. */
function abortOf(signal: AbortSignal | undefined, cause: LlmError): unknown {
  const reason: unknown = signal?.aborted ? signal.reason : undefined;
  const isAbort = reason instanceof Error && /^(AbortError|TimeoutError)$/.test(reason.name);
  return isAbort ? reason : Object.assign(new DOMException(cause.message, "AbortError"), { cause });
}

/** Those that `ai` reads: how long to wait before another try; and the one to quote to the vendor. */
function headersOf({ retryAfterMs, requestId, headers }: LlmError): Record<string, string> {
  return {
    ...(headers?.entries && Object.fromEntries(headers.entries())),
    ...(requestId !== undefined && { "x-request-id": requestId }),
    ...(retryAfterMs !== undefined && { "retry-after-ms": String(Math.ceil(retryAfterMs)) }),
  };
}

/** Without a query, which may hold a secret. Of a router or a default address no more than the path is known. */
function urlOf({ provider: { config }, path }: Asked): string {
  const told = valueAt(config, ["config", "base_url"]);
  const url = typeof told === "string" && URL.canParse(told) ? new URL(told) : undefined;
  const base = url ? `${url.origin}${url.pathname}` : (DEFAULT_URLS.get(config.provider) ?? "");
  return `${base.replace(/\/+$/, "")}/${path}`;
}

const DEFAULT_URLS = new Map([["groq", "https://api.groq.com/openai/v1"]]);
