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
  return (
    ruleByCode(facts.code, context) ??
    ruleByCode(facts.type, context) ??
    ruleByWords(status, facts.message ?? "") ??
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
    case "context_length_exceeded":
    case "exceed_context_size_error":
    case "model_max_prompt_tokens_exceeded":
      return { kind: "ContextLengthExceeded", advice: TOO_LONG };
    case "insufficient_quota":
    case "insufficient_balance":
    case "insufficient_credits":
    case "exceeded_current_quota_error":
    case "billing_hard_limit_reached":
    case "billing_not_active":
      return QUOTA;
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
      return undefined;
  }
}

const TOO_LONG =
  "Messages and completion together exceed the model's context; shorten messages or lower maxTokens";
const KEY_REFUSED = "The key was refused; check config.api_key";
const QUOTA: Ruling = {
  kind: "QuotaExceeded",
  advice: "The account's credit or quota is used up, so no wait helps; see the service's billing page",
};

/** Many services have no code for these two, or one of their own: only the sentence is left to tell them by. */
function ruleByWords(status: number, message: string): Ruling | undefined {
  if (QUOTA_WORDING.test(message)) return QUOTA;
  // Limits and keys have sentences of their own that speak of tokens and lengths.
  if ([401, 403, 404, 429].includes(status) || !OVERFLOW_WORDING.test(message)) return undefined;
  return { kind: "ContextLengthExceeded", advice: TOO_LONG };
}

const QUOTA_WORDING =
  /insufficient (?:account )?(?:balance|credits?|funds|quota)|credit balance is too low|(?:used|run) (?:up |out of )(?:all )?(?:your |available )?credits/i;

const OVERFLOW_WORDING = new RegExp(
  [
    // Groq (which lost its code in 2026), OpenAI, vLLM, DeepSeek, OpenRouter, Cerebras.
    "reduce the length of (?:the |your )?(?:messages|prompt|input|completion)",
    "maximum context length",
    "context (?:length|window|size) (?:is |was |has been )?exceeded",
    "(?:exceeds?|exceeded|exceeding|greater than|longer than|overflows?) (?:the )?(?:model'?s )?(?:available |maximum |max )?context",
    // Gemini; xAI; Anthropic behind gateways; Mistral; Hugging Face.
    "input token count .{0,40}exceeds the maximum",
    "maximum prompt length",
    "(?:prompt|input) (?:is )?too long",
    "too large for model with \\d{1,9} maximum context",
    "`?inputs`? (?:tokens )?.{0,40}must (?:have less than|be <=)",
    // Moonshot; Alibaba; Z.AI; LM Studio; MiniMax.
    "exceeded model token limit",
    "range of input length should be",
    "prompt exceeds max(?:imum)? length",
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
        : { kind: "InvalidRequest", advice: "Nothing answers at this path; check config.base_url" };
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
          advice:
            "The server redirects; the key is not sent after it. Set config.base_url to the final address",
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
