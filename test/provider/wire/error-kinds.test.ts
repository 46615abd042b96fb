/** Which kind an error is, in the words of each service: quotas that are used up, contexts that are too small, errors in a 200. */
import { describe, expect, test } from "vitest";
import { findError } from "../../../src/provider/wire/error-body.ts";
import { errorFromAnswer } from "../../../src/provider/wire/errors.ts";

const errorOf = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  errorFromAnswer({ status, body, headers: new Headers(headers) });

const said = (message: string, rest: object = {}) => ({ error: { message, ...rest } });

describe("a quota that is used up is never tried again", () => {
  test.each<[string, number, unknown]>([
    [
      "xAI, credits or limit",
      429,
      {
        code: "Some resource has been exhausted",
        error: "Your team x has either used all available credits or reached its monthly spending limit.",
      },
    ],
    [
      "xAI, a new team",
      403,
      { code: "no permission", error: "Your newly created team doesn't have any credits yet." },
    ],
    ["Z.AI", 429, said("余额不足或无可用资源包,请充值。", { code: "1113" })],
    ["Z.AI, a number", 200, { code: 1113, msg: "gone" }],
    [
      "Gemini, prepaid",
      429,
      [said("Your prepayment credits are depleted.", { code: 429, status: "RESOURCE_EXHAUSTED" })],
    ],
    ["a monthly quota", 429, said("Your monthly quota is exhausted", { code: "quota_exceeded" })],
    [
      "Alibaba, arrears",
      400,
      said("Access denied, please make sure your account is in good standing.", { code: "Arrearage" }),
    ],
    [
      "Alibaba, free tier",
      403,
      said("The free tier of the model has been exhausted.", { code: "AllocationQuota.FreeTierOnly" }),
    ],
    ["SiliconFlow", 403, { code: 30001, message: "Sorry, your account balance is insufficient", data: null }],
    ["Novita", 403, { code: 403, reason: "NOT_ENOUGH_BALANCE", message: "not enough balance" }],
    ["Anthropic", 403, { type: "error", error: { type: "billing_error", message: "Billing problem" } }],
    ["OpenRouter, a key's limit", 403, said("Key limit exceeded (total limit). Manage it", { code: 403 })],
    ["Cerebras", 400, said("Payment required", { code: "payment_required", type: "payment_required_error" })],
    [
      "Fireworks",
      412,
      said(
        "Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.",
      ),
    ],
    ["one-api", 403, said("user quota is not enough", { code: "insufficient_user_quota" })],
    [
      "MiniMax, in a 200",
      200,
      findError({ base_resp: { status_code: 1008, status_msg: "insufficient balance" }, choices: null }),
    ],
    ["a gateway's 500", 500, said("pay", { code: 402 })],
  ])("%s", (_, status, body) => {
    const error = errorOf(status, body, { "x-should-retry": "true", "retry-after": "1" });
    expect(error).toMatchObject({ kind: "QuotaExceeded", retryable: false });
    expect(error.retryAfterMs).toBeUndefined();
  });

  test.each<[string, unknown]>([
    [
      "Gemini, per minute",
      [
        said("You exceeded your current quota, please check your plan and billing details.", {
          code: 429,
          status: "RESOURCE_EXHAUSTED",
          details: [{ retryDelay: "38s" }],
        }),
      ],
    ],
    [
      "OpenRouter, free models",
      said("Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 requests", { code: 429 }),
    ],
    ["Cerebras", said("Requests per minute limit exceeded", { code: "request_quota_exceeded" })],
    ["a quota of a minute", said("Quota exceeded: 10 requests per minute", { code: "quota_exceeded" })],
    ["a plain one", said("Rate limit reached, see your billing page to upgrade")],
  ])("but a rate limit is: %s", (_, body) => {
    expect(errorOf(429, body)).toMatchObject({ kind: "RateLimitExceeded", retryable: true });
  });
});

describe("a context that is too small", () => {
  test.each<[string, number, unknown]>([
    [
      "vLLM",
      400,
      { message: "The decoder prompt (length 5000) is longer than the maximum model length of 4096." },
    ],
    [
      "SGLang",
      400,
      { message: "Input length (5000 tokens) exceeds the maximum allowed length (4091 tokens)." },
    ],
    [
      "Crusoe",
      400,
      said("You passed 5000 input tokens. However, the model's context length is only 4096 tokens"),
    ],
    ["Z.AI", 400, said("Prompt 超长", { code: "1261" })],
    ["Snowflake", 400, { message: "max tokens of 4096 exceeded. Prompt tokens 9000" }],
    [
      "Cohere",
      400,
      {
        message: "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.",
      },
    ],
    [
      "GitHub Models",
      413,
      said("Request body too large. Max size: 8000 tokens.", { code: "tokens_limit_reached" }),
    ],
  ])("%s", (_, status, body) => {
    expect(errorOf(status, body)).toMatchObject({ kind: "ContextLengthExceeded", retryable: false });
  });

  test.each<[string, number, unknown]>([
    ["a name that is too long", 400, said("tools[0].name exceeds the maximum allowed length of 64")],
    [
      "a text that is too long",
      400,
      said("Invalid 'messages[0].content': string too long. Expected a string with maximum length 10485760"),
    ],
  ])("but not: %s", (_, status, body) => {
    expect(errorOf(status, body).kind).toBe("InvalidRequest");
  });
});

describe("an error inside a 200", () => {
  test.each<[string, unknown, object, string]>([
    [
      "data of null",
      { code: 20012, message: "Model does not exist", data: null },
      { code: "20012" },
      "Model does not exist",
    ],
    ["an id", { id: "req-1", message: "boom", code: 500 }, { status: 500 }, "boom"],
    ["statusCode", { statusCode: 429, message: "slow" }, { status: 429, kind: "RateLimitExceeded" }, "slow"],
    ["error as a number", { error: 500, message: "boom" }, { status: 500 }, "boom"],
    ["error as a number alone", { error: 503 }, { status: 503 }, "503"],
    ["error_code", { message: "no", error_code: "390142" }, { code: "390142" }, "no"],
    [
      "MiniMax",
      { base_resp: { status_code: 1004, status_msg: "login fail" } },
      { code: "1004" },
      "login fail",
    ],
    [
      "a reason alone",
      { choices: [{ delta: {}, finish_reason: "error" }] },
      { kind: "ProviderError" },
      'finish_reason "error"',
    ],
    [
      "another reason",
      { choices: [{ message: { content: "a" }, finish_reason: "network_error" }] },
      { kind: "ProviderError" },
      "network_error",
    ],
  ])("%s", (_, body, has, words) => {
    const error = errorOf(200, findError(body));
    expect(error).toMatchObject(has);
    expect(error.message).toContain(words);
  });

  test.each<[string, unknown]>([
    ["an answer", { choices: [{ message: { content: "a" }, finish_reason: "stop" }] }],
    ["MiniMax's verdict of success", { choices: [{}], base_resp: { status_code: 0, status_msg: "success" } }],
    ["a model with a description", { id: "m", description: "It writes." }],
    ["usage alone", { id: "g", usage: {} }],
    ["a ping", { type: "ping" }],
    ["nothing", {}],
    ["vectors", [[1], [2]]],
  ])("is not: %s", (_, body) => {
    expect(findError(body)).toBeUndefined();
  });
});

test("a wait that a gateway passes on in the body", () => {
  const of = (headers: object) =>
    errorOf(429, said("Rate limit exceeded: free-models-per-day", { code: 429, metadata: { headers } }))
      .retryAfterMs;
  const soon = Date.now() + 30_000;
  for (const reset of [String(soon), soon, Math.ceil(soon / 1000), 30]) {
    const wait = of({ "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset });
    expect(wait).toBeGreaterThan(25_000);
    expect(wait).toBeLessThanOrEqual(31_000);
  }
  expect(of({ "Retry-After": "7" })).toBe(7000);
  expect(of({ "X-RateLimit-Reset": "soon" })).toBeUndefined();
});
