import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import { errorFromAnswer, errorFromFault } from "../../../src/provider/wire/errors.ts";

const rateLimited = (metric: string, rest: string) =>
  `Rate limit reached for model \`m/one\` in organization \`org_01\` service tier \`on_demand\` on ${metric}: ${rest} Need more tokens? Upgrade today at https://console.example/settings/billing`;

interface Row {
  what: string;
  status: number;
  error?: Record<string, unknown>;
  body?: unknown;
  headers?: Record<string, string>;
  kind: string;
  retryable?: boolean;
  says: RegExp;
  has?: Record<string, unknown>;
}

const rows: Row[] = [
  {
    what: "unknown field",
    status: 400,
    error: { message: "property 'colour' is unsupported", type: "invalid_request_error" },
    kind: "InvalidRequest",
    says: /refused the request.*colour/,
  },
  {
    what: "field out of range, named",
    status: 400,
    error: { message: "too many", type: "invalid_request_error", param: "max_completion_tokens" },
    kind: "InvalidRequest",
    says: /field "max_completion_tokens"/,
    has: { param: "max_completion_tokens" },
  },
  {
    what: "retired model",
    status: 400,
    error: {
      message: "The model `old` has been decommissioned",
      type: "invalid_request_error",
      code: "model_decommissioned",
    },
    kind: "ModelNotFound",
    says: /"m\/one" was retired; listModels\(\)/,
    has: { code: "model_decommissioned", type: "invalid_request_error" },
  },
  {
    what: "tool call that does not fit",
    status: 400,
    error: {
      message: "did not match",
      type: "invalid_request_error",
      code: "tool_use_failed",
      failed_generation: "<f>",
    },
    kind: "GenerationFailed",
    says: /failedGeneration/,
    has: { failedGeneration: "<f>" },
  },
  {
    what: "JSON that does not fit, with an empty generation",
    status: 400,
    error: {
      message: "no",
      type: "invalid_request_error",
      code: "json_validate_failed",
      failed_generation: "",
    },
    kind: "GenerationFailed",
    says: /response format/,
    has: { failedGeneration: "" },
  },
  {
    what: "output that can't be parsed",
    status: 400,
    error: { message: "no", type: "invalid_request_error", code: "output_parse_failed" },
    kind: "GenerationFailed",
    says: /response format/,
  },
  {
    what: "context overflow by its sentence",
    status: 400,
    error: {
      message: "Please reduce the length of the messages or completion.",
      type: "invalid_request_error",
      param: "messages",
    },
    kind: "ContextLengthExceeded",
    says: /shorten messages or lower maxTokens/,
  },
  {
    what: "context overflow by its code",
    status: 400,
    error: { message: "too long", type: "invalid_request_error", code: "context_length_exceeded" },
    kind: "ContextLengthExceeded",
    says: /exceed the model's context/,
  },
  ...["model_terms_required", "blocked_api_access", "organization_restricted"].map((code) => ({
    what: code,
    status: 400,
    error: { message: "no", type: "invalid_request_error", code },
    kind: "PermissionDenied",
    says: /console|support/,
    has: { code },
  })),
  {
    what: "wrong key",
    status: 401,
    error: { message: "Invalid API Key", type: "invalid_request_error", code: "invalid_api_key" },
    kind: "Authentication",
    says: /key was refused; check apiKey, .* or config\.api_key/,
  },
  {
    what: "restricted organisation, as 403",
    status: 403,
    error: { message: "no", type: "t", code: "organization_restricted" },
    kind: "PermissionDenied",
    says: /restricted/,
  },
  ...["model_permission_blocked_project", "model_permission_blocked_org"].map((code) => ({
    what: code,
    status: 403,
    error: { message: "no", type: "t", code },
    kind: "PermissionDenied",
    says: /disabled in the project's or organisation's settings/,
  })),
  {
    what: "a block page",
    status: 403,
    body: "<!DOCTYPE html><html><head><title>Attention Required!</title></head></html>",
    kind: "PermissionDenied",
    says: /HTML page titled "Attention Required!"/,
  },
  {
    what: "no such model",
    status: 404,
    error: {
      message: "The model `x` does not exist",
      type: "invalid_request_error",
      code: "model_not_found",
    },
    kind: "ModelNotFound",
    says: /may not use it; listModels\(\)/,
  },
  { what: "no such path", status: 404, body: "", kind: "InvalidRequest", says: /check the base URL/ },
  { what: "408", status: 408, body: "", kind: "Timeout", retryable: true, says: /gave up waiting/ },
  { what: "409", status: 409, body: "", kind: "ServiceUnavailable", retryable: true, says: /conflict/ },
  {
    what: "413 with a retry-after that would not help",
    status: 413,
    error: {
      message:
        "Request too large for model `m/one` in organization `org_01` service tier `on_demand` on tokens per minute (TPM): Limit 8000, Requested 16395, please reduce your message size and try again.",
      type: "tokens",
      code: "rate_limit_exceeded",
    },
    headers: { "retry-after": "19" },
    kind: "RequestTooLarge",
    says: /limit of 8000 tokens per minute/,
    has: {
      retryAfterMs: undefined,
      refusal: { metric: "tokensPerMinute", limit: 8000, requested: 16395, tooLarge: true },
    },
  },
  {
    what: "422",
    status: 422,
    error: { message: "no", type: "t" },
    kind: "InvalidRequest",
    says: /refused the request/,
  },
  {
    what: "424",
    status: 424,
    error: { message: "no", type: "t" },
    kind: "ProviderError",
    says: /remote tools/,
  },
  {
    what: "429 of tokens per minute: the message's wait, within its rounded header",
    status: 429,
    error: {
      message: rateLimited(
        "tokens per minute (TPM)",
        "Limit 8000, Used 7000, Requested 2000. Please try again in 7.5s.",
      ),
      type: "tokens",
      code: "rate_limit_exceeded",
    },
    headers: { "retry-after": "8" },
    kind: "RateLimitExceeded",
    retryable: true,
    says: /limit of tokens per minute is used up/,
    has: {
      retryAfterMs: 7500,
      refusal: { metric: "tokensPerMinute", limit: 8000, used: 7000, requested: 2000, waitMs: 7500 },
    },
  },
  {
    what: "429 of requests per day, hours away",
    status: 429,
    error: {
      message: rateLimited(
        "requests per day (RPD)",
        "Limit 1000, Used 1000, Requested 1. Please try again in 1h15m4.753s.",
      ),
      type: "requests",
      code: "rate_limit_exceeded",
    },
    kind: "RateLimitExceeded",
    retryable: true,
    says: /requests per day/,
    has: { retryAfterMs: 4_504_753 },
  },
  {
    what: "429 without a wait in words: computed from its figures",
    status: 429,
    error: {
      message: rateLimited("tokens per day (TPD)", "Limit 200000, Used 199754, Requested ~2679."),
      type: "tokens",
      code: "rate_limit_exceeded",
    },
    kind: "RateLimitExceeded",
    retryable: true,
    says: /tokens per day/,
    has: { retryAfterMs: 1_051_056 },
  },
  {
    what: "429 with only a header",
    status: 429,
    body: "slow down",
    headers: { "retry-after": "3" },
    kind: "RateLimitExceeded",
    retryable: true,
    says: /limit is used up/,
    has: { retryAfterMs: 3000 },
  },
  {
    what: "429 whose header waits much longer than its message",
    status: 429,
    error: {
      message: rateLimited(
        "requests per minute (RPM)",
        "Limit 30, Used 30, Requested 1. Please try again in 2s.",
      ),
    },
    headers: { "retry-after": "120" },
    kind: "RateLimitExceeded",
    retryable: true,
    says: /requests per minute/,
    has: { retryAfterMs: 120_000 },
  },
  {
    what: "429 that is too large",
    status: 429,
    error: {
      message:
        "Request too large for model `m/one` on output tokens per minute (OTPM): Limit 1000, Requested 2512, please reduce",
      type: "tokens",
      code: "rate_limit_exceeded",
    },
    headers: { "x-should-retry": "false" },
    kind: "RequestTooLarge",
    says: /1000 output tokens per minute/,
    has: { retryAfterMs: undefined },
  },
  {
    what: "429 with only x-should-retry: false",
    status: 429,
    error: { message: "no" },
    headers: { "x-should-retry": "false" },
    kind: "RequestTooLarge",
    says: /waiting does not help/,
  },
  {
    what: "498",
    status: 498,
    error: { message: "full", type: "t", code: "capacity_exceeded" },
    kind: "ServiceUnavailable",
    retryable: true,
    says: /use on_demand/,
  },
  {
    what: "498 without a body",
    status: 498,
    body: "",
    kind: "ServiceUnavailable",
    retryable: true,
    says: /use on_demand/,
  },
  { what: "499", status: 499, body: "", kind: "Cancelled", says: /cancelled/ },
  {
    what: "500",
    status: 500,
    error: { message: "no", type: "internal_server_error" },
    kind: "ProviderError",
    retryable: true,
    says: /try again/,
  },
  { what: "501", status: 501, body: "", kind: "NotImplemented", says: /does not implement/ },
  {
    what: "empty 502",
    status: 502,
    body: "",
    kind: "ServiceUnavailable",
    retryable: true,
    says: /empty body/,
  },
  {
    what: "503",
    status: 503,
    error: { message: "over capacity", type: "internal_server_error" },
    headers: { "retry-after": "2" },
    kind: "ServiceUnavailable",
    retryable: true,
    says: /try again later/,
    has: { retryAfterMs: 2000 },
  },
  {
    what: "500 that says not to retry",
    status: 500,
    error: { message: "no" },
    headers: { "x-should-retry": "false" },
    kind: "ProviderError",
    says: /failed/,
  },
  {
    what: "400 that says to retry",
    status: 400,
    error: { message: "no" },
    headers: { "x-should-retry": "true" },
    kind: "InvalidRequest",
    retryable: true,
    says: /refused/,
  },
  { what: "a redirect", status: 307, body: "", kind: "ProviderError", says: /key is not sent after it/ },
  {
    what: "an error event of a stream, with a status of its own",
    status: 200,
    error: {
      message: "no",
      type: "invalid_request_error",
      code: "tool_use_failed",
      failed_generation: "x",
      status_code: 400,
    },
    kind: "GenerationFailed",
    says: /\(400 tool_use_failed/,
    has: { status: 400 },
  },
  {
    what: "an error body of another server",
    status: 404,
    body: { error: 'model "x" not found, try pulling it first' },
    kind: "ModelNotFound",
    says: /no such model/,
  },
];

describe("answers that are no success", () => {
  test.each(rows)("$what: $kind", ({ status, error, body, headers, kind, retryable = false, says, has }) => {
    const llmError = errorFromAnswer({
      status,
      body: body ?? { error },
      headers: new Headers({ "x-request-id": "req_1", ...headers }),
      model: "m/one",
    });
    expect(llmError).toMatchObject({ kind, retryable, requestId: "req_1" });
    expect(llmError.message).toMatch(says);
    for (const [key, value] of Object.entries(has ?? {})) expect(Reflect.get(llmError, key)).toEqual(value);
  });

  test("the link to settings/billing in a 429 is no reason to give up", () => {
    const message = rateLimited(
      "requests per minute (RPM)",
      "Limit 30, Used 30, Requested 1. Please try again in 2s.",
    );
    const error = errorFromAnswer({ status: 429, body: { error: { message } }, headers: new Headers() });
    expect(error).toMatchObject({ kind: "RateLimitExceeded", retryable: true, retryAfterMs: 2000 });
  });

  test("the key is not repeated", () => {
    const error = errorFromAnswer({
      status: 401,
      body: { error: { message: "wrong key gsk_secret" } },
      headers: new Headers(),
      redact: (text) => text.replaceAll("gsk_secret", "[key]"),
    });
    expect(inspect(error)).not.toContain("gsk_secret");
    expect(error.message).toContain("[key]");
  });
});

describe("faults of the connection", () => {
  const fault = (code: string) =>
    Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("inner"), { code }) });

  test.each(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "UND_ERR_SOCKET"])(
    "%s may be tried again",
    (code) => {
      const error = errorFromFault(fault(code), "api.example", String);
      expect(error).toMatchObject({ kind: "ServiceUnavailable", retryable: true, code });
      expect(error.message).toContain(`No answer from api.example (${code})`);
    },
  );

  test.each(["DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"])(
    "%s stays wrong",
    (code) => {
      const error = errorFromFault(fault(code), "api.example", String);
      expect(error).toMatchObject({ kind: "ServiceUnavailable", retryable: false });
      expect(error.message).toContain("certificate");
    },
  );

  test("the cause is a copy without what a client hung on it", () => {
    const original = Object.assign(new Error("no gsk_secret"), {
      request: { headers: { authorization: "Bearer gsk_secret" } },
      code: "X",
    });
    const error = errorFromFault(original, "api.example", (text) => text.replaceAll("gsk_secret", "[key]"));
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("gsk_secret");
    expect(error.cause).toMatchObject({ message: "no [key]", code: "X" });
  });
});

describe("LlmError", () => {
  test("recognises one from another copy", () => {
    const foreign = Object.assign(new Error("x"), { [Symbol.for("groq-provider.LlmError")]: true });
    expect(LlmError.is(foreign)).toBe(true);
    expect(LlmError.is(new Error("x"))).toBe(false);
    expect(LlmError.is(null)).toBe(false);
  });

  test("has no properties for what is not known", () => {
    expect(Object.keys(new LlmError("Timeout", "x", { status: undefined }))).toEqual([
      "name",
      "kind",
      "retryable",
    ]);
  });
});
