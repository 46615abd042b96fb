/** Which kind of error a code or a status is, and what to do about it. */
import type { LlmErrorKind } from "../base/error.ts";
import type { LimitMetric, RateLimitRefusal } from "../base/limits.ts";
import type { ErrorFacts } from "./error-body.ts";

export interface Ruling {
  kind: LlmErrorKind;
  advice: string;
  retryable?: boolean;
}

interface RulingContext {
  refusal: RateLimitRefusal | undefined;
  verdict: string | null;
  model: string | undefined;
}

/** Codes are more exact than statuses, so they go first. */
export function rule(status: number, facts: ErrorFacts, context: RulingContext): Ruling {
  // Whatever a gateway answers: the server behind it wants money.
  if (facts.status === 402) return QUOTA;
  return (
    ruleByCode(facts.code, context) ??
    ruleByCode(facts.type, context) ??
    ruleByWords(status, facts, context) ??
    ruleByStatus(status, facts, context)
  );
}

/** `type` is a second code on some services: llama.cpp's `exceed_context_size_error`, Moonshot's quota error. */
function ruleByCode(code: string | undefined, { model }: RulingContext): Ruling | undefined {
  const named = model === undefined ? "The model" : `The model "${model}"`;
  switch (code) {
    case "model_decommissioned":
      return { kind: "ModelNotFound", advice: `${named} was retired; listModels() shows what is there` };
    case "model_not_found":
      return {
        kind: "ModelNotFound",
        advice: `${named} does not exist or this key may not use it; listModels() shows what is there`,
      };
    case "tool_use_failed":
      return {
        kind: "GenerationFailed",
        advice: "The model wrote a tool call that does not fit the request's tools; see failedGeneration",
      };
    case "json_validate_failed":
    case "output_parse_failed":
      return {
        kind: "GenerationFailed",
        advice: "The model's output does not fit the response format; see failedGeneration",
      };
    case "model_terms_required":
      return { kind: "PermissionDenied", advice: "Accept the model's terms in the console first" };
    case "blocked_api_access":
      return {
        kind: "PermissionDenied",
        advice: "The organisation's spend limit is reached; raise it in the console",
      };
    case "organization_restricted":
      return { kind: "PermissionDenied", advice: "The organisation is restricted; ask the vendor's support" };
    case "model_permission_blocked_project":
    case "model_permission_blocked_org":
      return {
        kind: "PermissionDenied",
        advice: `${named} is disabled in the project's or organisation's settings`,
      };
    case "invalid_api_key":
      return { kind: "Authentication", advice: KEY_REFUSED };
    case "capacity_exceeded":
      return {
        kind: "ServiceUnavailable",
        advice: "The service tier has no capacity left; try again, or use on_demand",
        retryable: true,
      };
    default:
      return ruleByCodeOfOthers(code ?? "");
  }
}

/** Other services' codes, however they spell them. */
function ruleByCodeOfOthers(code: string): Ruling | undefined {
  const word = code.toLowerCase().replace(/[\s-]+/g, "_");
  if (OVERFLOW_CODES.has(word)) return { kind: "ContextLengthExceeded", advice: TOO_LONG };
  return QUOTA_CODES.has(word) ? QUOTA : undefined;
}

/** OpenAI; llama.cpp; Copilot; GitHub Models; LiteLLM; Z.AI. */
const OVERFLOW_CODES = new Set([
  ...["context_length_exceeded", "exceed_context_size_error", "model_max_prompt_tokens_exceeded"],
  ...["tokens_limit_reached", "context_window_exceeded", "contextwindowexceedederror", "1261"],
]);

/** OpenAI, DeepSeek, Moonshot; Cerebras; Alibaba; Anthropic; one-api; Together; LiteLLM; Z.AI. */
const QUOTA_CODES = new Set([
  ...["insufficient_quota", "insufficient_balance", "insufficient_credits", "insufficient_credit"],
  ...["insufficient_funds", "insufficient_user_quota", "exceeded_current_quota_error", "not_enough_balance"],
  ...["billing_hard_limit_reached", "billing_not_active", "billing_error", "payment_required"],
  ...["payment_required_error", "arrearage", "allocationquota.freetieronly", "credit_limit"],
  ...["credit_limit_exceeded", "credits_exhausted", "out_of_credits", "budget_exceeded", "1113"],
]);

const TOO_LONG =
  "Messages and completion together exceed the model's context; shorten messages or lower maxTokens";
const KEY_REFUSED = "The key was refused; check apiKey, the environment's variable, or config.api_key";
const QUOTA: Ruling = {
  kind: "QuotaExceeded",
  advice: "The account's credit or quota is used up, so no wait helps; see the service's billing page",
};

/** Many services have no code for these two, or one of their own, so they are recognised by their sentence. */
function ruleByWords(status: number, facts: ErrorFacts, context: RulingContext): Ruling | undefined {
  const message = facts.message ?? "";
  if (!isPassing(facts, context) && saysQuota(status, facts.code, message)) return QUOTA;
  // Errors about rate limits and keys also speak of tokens and lengths.
  if ([401, 403, 404, 429].includes(status) || !OVERFLOW_WORDING.test(message)) return undefined;
  return { kind: "ContextLengthExceeded", advice: TOO_LONG };
}

/** A limit that says when it ends, or which period it is of, is no quota that is used up, however it words it. */
function isPassing({ message = "", retryAfterMs }: ErrorFacts, { refusal }: RulingContext): boolean {
  return retryAfterMs !== undefined || refusal?.waitMs !== undefined || PERIOD_WORDING.test(message);
}

const PERIOD_WORDING = /\bper[ -](?:second|minute|min|hour|day)\b/i;

const saysQuota = (status: number, code: string | undefined, message: string) =>
  QUOTA_WORDING.test(message) ||
  code === "quota_exceeded" ||
  (status === 412 && /\bsuspended\b/i.test(message));

const QUOTA_WORDING = new RegExp(
  [
    "insufficient (?:account )?(?:balance|credits?|funds|quota)",
    "not enough (?:account )?(?:balance|credits?|funds)",
    "(?:credit )?balance is too low",
    "(?:balance|credits|funds) (?:is|are|has been|have been) (?:now )?(?:insufficient|depleted|exhausted|used up)",
    "(?:used|run|ran|use) (?:up |out of )?(?:all )?(?:of )?(?:your |the |its )?(?:available |remaining )?credits",
    "out of credits",
    "(?:have|has) no (?:available |remaining )?(?:credits|balance)",
    "(?:doesn't|does not|don't|do not) have (?:any|enough|sufficient) (?:credits?|balance|funds)",
    "(?:key|credit|spending|spend|billing|budget) (?:hard )?(?:limit|cap) (?:is |was |has been )?(?:exceeded|reached)",
    "(?:reached|exceeded|hit|reaching) (?:its|your|the) (?:monthly )?(?:spending|spend|billing|credit|budget)",
    "monthly (?:included )?(?:quota|credits) (?:is|are|has been|have been) (?:exhausted|used up|exceeded)",
    "exceeded your monthly (?:included )?(?:quota|credits)",
    "free (?:tier|quota|trial) .{0,40}(?:exhausted|used up|expired)",
    "(?:failure to pay|unpaid|overdue|past[- ]due) .{0,20}(?:invoice|bill|payment|balance)|account is in arrears",
    "account is in good standing|payment (?:is )?required",
    // Z.AI, Alibaba.
    "余额不足|欠费",
  ].join("|"),
  "i",
);

const OVERFLOW_WORDING = new RegExp(
  [
    // Groq (which lost its code in 2026), OpenAI, vLLM, DeepSeek, OpenRouter, Cerebras.
    "reduce the length of (?:the |your )?(?:messages|prompt|input|completion)",
    "maximum context length",
    "context (?:length|window|size) (?:is |was |has been )?exceeded",
    "context (?:length|window|size) is (?:only |limited to )?\\d",
    "(?:exceeds?|exceeded|exceeding|greater than|longer than|overflows?) (?:the )?(?:model'?s )?(?:available |maximum |max )?(?:context|model length|sequence length)",
    "(?:exceeds?|exceeded) (?:the )?(?:model'?s )?(?:maximum |max |input |prompt )*token limit",
    // SGLang; Snowflake; Cohere, while Bedrock's "please wait" is a limit.
    "(?:input|prompt|sequence) (?:length|tokens?)\\b.{0,40}exceeds? the (?:maximum|max)",
    "max(?:imum)? tokens of \\d{1,9} exceeded",
    "too many (?:input |prompt |total )?tokens(?! per|,? please wait)",
    // Gemini; xAI; Anthropic behind gateways; Mistral; Hugging Face.
    "input token count .{0,40}exceeds the maximum",
    "maximum (?:prompt|input) length",
    "(?:prompt|input) (?:is )?too long",
    "too large for model with \\d{1,9} maximum context",
    "`?inputs`? (?:tokens )?.{0,40}must (?:have less than|be <=)",
    // Moonshot; Alibaba; Z.AI; LM Studio; MiniMax.
    "exceeded model token limit",
    "range of input length should be",
    "prompt exceeds max(?:imum)? length|prompt 超长",
    "context the overflows|context window exceeds",
  ].join("|"),
  "i",
);

function ruleByStatus(status: number, facts: ErrorFacts, context: RulingContext): Ruling {
  switch (status) {
    case 400:
    case 422:
      return {
        kind: "InvalidRequest",
        advice: facts.param
          ? `The server refused the field "${facts.param}"`
          : "The server refused the request",
      };
    case 402:
      return QUOTA;
    case 401:
      return { kind: "Authentication", advice: KEY_REFUSED };
    case 403:
      return {
        kind: "PermissionDenied",
        advice: "Access was refused; check the key's permissions, the network or a proxy",
      };
    case 404:
      return /\bmodel\b/i.test(facts.message ?? "")
        ? { kind: "ModelNotFound", advice: "There is no such model; listModels() shows what is there" }
        : { kind: "InvalidRequest", advice: "Nothing answers at this path; check the base URL" };
    case 408:
      return { kind: "Timeout", advice: "The server gave up waiting for the request", retryable: true };
    case 409:
      return { kind: "ServiceUnavailable", advice: "The request met a conflict; try again", retryable: true };
    case 413:
      return tooLarge(context.refusal);
    case 424:
      return {
        kind: "ProviderError",
        advice: "A service that the request depends on failed; check remote tools and their credentials",
      };
    case 429:
      return ruleRefusal(context);
    case 498:
      return {
        kind: "ServiceUnavailable",
        advice: "The service tier has no capacity left; try again, or use on_demand",
        retryable: true,
      };
    case 499:
      return { kind: "Cancelled", advice: "The server saw the call cancelled" };
    case 501:
      return { kind: "NotImplemented", advice: "The server does not implement this" };
    default:
      if (status < 300)
        return { kind: "ProviderError", advice: "The server broke its answer off with an error" };
      if (status >= 300 && status < 400) {
        return {
          kind: "ProviderError",
          advice: "The server redirects; the key is not sent after it. Set the base URL to the final address",
        };
      }
      if (status === 500)
        return { kind: "ProviderError", advice: "The server failed; try again", retryable: true };
      if (status > 500) {
        return {
          kind: "ServiceUnavailable",
          advice: "The service is unavailable or over capacity; try again later",
          retryable: true,
        };
      }
      return { kind: "ProviderError", advice: "The server answered with an unexpected status" };
  }
}

function ruleRefusal({ refusal, verdict }: RulingContext): Ruling {
  // A server that says both "429" and "do not retry" without a wait refuses the size, not the moment.
  if (refusal?.tooLarge || (verdict === "false" && refusal?.waitMs === undefined)) return tooLarge(refusal);
  const metric = refusal?.metric === undefined ? "" : ` of ${METRIC_WORDS[refusal.metric]}`;
  return {
    kind: "RateLimitExceeded",
    advice: `The limit${metric} is used up; wait for retryAfterMs`,
    retryable: true,
  };
}

function tooLarge(refusal: RateLimitRefusal | undefined): Ruling {
  const limit =
    refusal?.metric && refusal.limit !== undefined
      ? ` of ${refusal.limit} ${METRIC_WORDS[refusal.metric]}`
      : "";
  return {
    kind: "RequestTooLarge",
    advice: `The request alone is larger than the limit${limit}, so waiting does not help; shorten messages or lower maxTokens`,
  };
}

const METRIC_WORDS: Record<LimitMetric, string> = {
  requestsPerMinute: "requests per minute",
  requestsPerDay: "requests per day",
  tokensPerMinute: "tokens per minute",
  tokensPerDay: "tokens per day",
  inputTokensPerMinute: "input tokens per minute",
  outputTokensPerMinute: "output tokens per minute",
};
