/** What an answer is to the AI SDK: finish, usage, metadata, headers. */
import type {
  JSONObject,
  LanguageModelV3FinishReason,
  LanguageModelV3ResponseMetadata,
  LanguageModelV3Usage,
  SharedV3Headers,
  SharedV3ProviderMetadata,
} from "@ai-sdk/provider";
import type { HeaderReader } from "../provider/base/headers.ts";
import type { ChatResponse, FinishReason, Usage } from "../provider/base/types.ts";
import { isObject, valueAt } from "../provider/base/values.ts";
import { jsonOf } from "./json.ts";
import type { MessageMemory } from "./prompt.ts";

const UNIFIED: Record<FinishReason, LanguageModelV3FinishReason["unified"]> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "content-filter",
  other: "other",
};

/** `answerTool`: a call of this tool is the answer, and no call. */
export function toFinish(
  { finishReason, rawFinishReason, toolCalls, refusal }: ChatResponse,
  answerTool: string | undefined,
): LanguageModelV3FinishReason {
  const raw = rawFinishReason ?? undefined;
  if (refusal !== undefined && finishReason === "stop") return { unified: "content-filter", raw };
  const isAnswer = answerTool !== undefined && toolCalls.every((call) => call.function.name === answerTool);
  if (finishReason === "tool_calls" && isAnswer) return { unified: "stop", raw };
  return { unified: UNIFIED[finishReason], raw };
}

/** Figures that the server left out are undefined; what it told of no kind is none of it. `raw` is the usage as it came. */
export function toUsage(usage: Usage | undefined, raw: unknown): LanguageModelV3Usage {
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = usage ?? {};
  const rawUsage = rawUsageOf(raw);
  return {
    inputTokens: {
      total: promptTokens,
      noCache: less(promptTokens, cachedTokens),
      cacheRead: cachedTokens,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: completionTokens,
      text: less(completionTokens, reasoningTokens),
      reasoning: reasoningTokens,
    },
    ...(isObject(rawUsage) && { raw: jsonOf(rawUsage) }),
  };
}

/** Of a stream its chunks are known where they were asked for: the last that has one counts. */
function rawUsageOf(raw: unknown): unknown {
  if (!Array.isArray(raw)) return valueAt(raw, ["usage"]);
  return raw
    .map((chunk) => valueAt(chunk, ["usage"]) ?? valueAt(chunk, ["x_groq", "usage"]))
    .findLast(isObject);
}

function less(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined ? undefined : Math.max(0, total - (part ?? 0));
}

/** Under `groq`, whichever the service: what the AI SDK has no place for. */
export function toMetadata(response: ChatResponse): SharedV3ProviderMetadata {
  const { requestId, timing, rateLimits, serviceTier, systemFingerprint, seed, cost, logprobs, refusal } =
    response;
  const route = valueAt(response, ["route"]);
  const groq: JSONObject = jsonOf({
    ...{ requestId, timing, rateLimits, serviceTier, systemFingerprint, seed, cost, logprobs, refusal },
    // Of a router: who answered, and who was asked.
    ...(isObject(route) && { route }),
  });
  return { groq };
}

/** Without what the server left out, and a time that is none. */
export function toResponseMetadata({ id, model, created }: ChatResponse): LanguageModelV3ResponseMetadata {
  const timestamp = new Date(created * 1000);
  return {
    ...(id !== "" && { id }),
    ...(model !== "" && { modelId: model }),
    ...(timestamp.getTime() > 0 && { timestamp }),
  };
}

/** Headers and body of an answer, as far as they were kept. */
export function toExchange({ headers, raw }: { headers?: HeaderReader; raw?: unknown }): {
  headers?: SharedV3Headers;
  body?: unknown;
} {
  return {
    ...(headers?.entries && { headers: Object.fromEntries(headers.entries()) }),
    ...(raw !== undefined && { body: raw }),
  };
}

/** What the service wants back with this message; undefined where that is nothing. */
export function memoryOf({ reasoning, reasoningField, extra }: ChatResponse): MessageMemory | undefined {
  // `reasoning` is where it goes when nobody says another place.
  const field = reasoning !== undefined && reasoningField !== "reasoning" ? reasoningField : undefined;
  if (field === undefined && extra === undefined) return undefined;
  return { ...(field && { reasoningField: field }), ...(extra && { extra }) };
}
