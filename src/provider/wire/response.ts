/** A wire answer as a `ChatResponse`. Small pure functions, shared by whole answers and streams. */
import type { components } from "../../generated/types.ts";
import { LlmError } from "../base/error.ts";
import type { RateLimitSnapshot } from "../base/limits.ts";
import type {
  ChatResponse,
  Choice,
  EmbeddingResponse,
  ExecutedTool,
  FinishReason,
  JsonObject,
  JsonValue,
  ModelInfo,
  Timing,
  ToolCall,
  Usage,
} from "../base/types.ts";
import { isObject } from "../base/values.ts";

type Wire = components["schemas"];

/** What the headers of an answer told beside its body. */
export interface AnswerFacts {
  /** The model asked for, where the answer does not name its own. */
  model: string;
  requestId?: string | undefined;
  rateLimits?: RateLimitSnapshot | undefined;
}

export function toChatResponse(wire: Wire["CreateChatCompletionResponse"], facts: AnswerFacts): ChatResponse {
  return assembleChatResponse(wire.choices.map(toChoice), {
    id: wire.id ?? "",
    model: wire.model ?? facts.model,
    created: wire.created ?? 0,
    requestId: facts.requestId ?? wire.x_groq?.id,
    usage: wire.usage,
    serviceTier: wire.service_tier,
    systemFingerprint: wire.system_fingerprint,
    seed: wire.x_groq?.seed,
    rateLimits: facts.rateLimits,
  });
}

/** The parts of a `ChatResponse` beside its choices, as they are known at the end of an answer or a stream. */
export interface ResponseParts {
  id: string;
  model: string;
  created: number;
  requestId?: string | null | undefined;
  usage?: Wire["CompletionUsage"] | null | undefined;
  serviceTier?: string | null | undefined;
  systemFingerprint?: string | null | undefined;
  seed?: number | null | undefined;
  rateLimits?: RateLimitSnapshot | undefined;
}

export function assembleChatResponse(choices: Choice[], parts: ResponseParts): ChatResponse {
  const first = choices[0];
  const timing = parts.usage ? toTiming(parts.usage) : undefined;
  const response: ChatResponse = {
    id: parts.id,
    model: parts.model,
    created: parts.created,
    content: first?.content ?? "",
    toolCalls: first?.toolCalls ?? [],
    finishReason: first?.finishReason ?? "other",
    rawFinishReason: first?.rawFinishReason ?? null,
    choices,
  };
  if (first?.reasoning !== undefined) response.reasoning = first.reasoning;
  if (first?.refusal !== undefined) response.refusal = first.refusal;
  if (first?.executedTools) response.executedTools = first.executedTools;
  if (parts.requestId != null) response.requestId = parts.requestId;
  if (parts.usage) response.usage = toUsage(parts.usage);
  if (timing) response.timing = timing;
  if (parts.serviceTier != null) response.serviceTier = parts.serviceTier;
  if (parts.systemFingerprint != null) response.systemFingerprint = parts.systemFingerprint;
  if (parts.seed != null) response.seed = parts.seed;
  if (parts.rateLimits) response.rateLimits = parts.rateLimits;
  return response;
}

function toChoice(wire: Wire["CreateChatCompletionResponse"]["choices"][number], position: number): Choice {
  const { message } = wire;
  const toolCalls = (message.tool_calls ?? []).map((call, index) => toToolCall(call, index));
  return makeChoice({
    index: wire.index ?? position,
    content: message.content ?? "",
    reasoning: message.reasoning ?? message.reasoning_content,
    refusal: message.refusal,
    toolCalls,
    executedTools: (message.executed_tools ?? []).map(toExecutedTool),
    rawFinishReason: wire.finish_reason,
  });
}

/** A `Choice` from its gathered parts; what is unknown or empty is left out. */
export function makeChoice(parts: {
  index: number;
  content: string;
  reasoning?: string | null | undefined;
  refusal?: string | null | undefined;
  toolCalls: ToolCall[];
  executedTools: ExecutedTool[];
  rawFinishReason: string | null | undefined;
}): Choice {
  const choice: Choice = {
    index: parts.index,
    content: parts.content,
    toolCalls: parts.toolCalls,
    finishReason: toFinishReason(parts.rawFinishReason, parts.toolCalls.length > 0),
    rawFinishReason: parts.rawFinishReason ?? null,
  };
  if (parts.reasoning != null) choice.reasoning = parts.reasoning;
  if (parts.refusal != null) choice.refusal = parts.refusal;
  if (parts.executedTools.length > 0) choice.executedTools = parts.executedTools;
  return choice;
}

/**
 * Decided by the array of calls, not by the reason alone: Groq has answered `tool_calls` with none present, and
 * other servers say `stop` beside calls.
 */
export function toFinishReason(raw: string | null | undefined, hasToolCalls: boolean): FinishReason {
  switch (raw) {
    case "stop":
      return hasToolCalls ? "tool_calls" : "stop";
    case "tool_calls":
    case "function_call":
      return hasToolCalls ? "tool_calls" : "other";
    case "length":
    case "content_filter":
      return raw;
    default:
      return "other";
  }
}

/** `index` makes an id where the server sends none, so that an answer to the call can name it. */
export function toToolCall(
  wire: {
    id?: string | null | undefined;
    function: { name: string; arguments?: string | null | undefined };
  },
  index: number,
): ToolCall {
  const rawArguments = wire.function.arguments ?? "";
  const parsed = parseArguments(rawArguments);
  return {
    id: wire.id || `call_${index}`,
    type: "function",
    function:
      parsed === undefined
        ? { name: wire.function.name, arguments: {}, rawArguments, invalid: true }
        : { name: wire.function.name, arguments: parsed, rawArguments },
  };
}

/** Blank is `{}`, as models write for a function without parameters; `undefined` is not a JSON object. */
function parseArguments(raw: string): JsonObject | undefined {
  if (raw.trim() === "") return {};
  try {
    const value: JsonValue = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function toExecutedTool(
  wire: Wire["ChatCompletionMessageExecutedTools"][number],
  position: number,
): ExecutedTool {
  const tool: ExecutedTool = {
    index: wire.index ?? position,
    type: wire.type,
    arguments: wire.arguments ?? "",
    raw: wire as JsonObject,
  };
  if (wire.name != null) tool.name = wire.name;
  if (wire.output != null) tool.output = wire.output;
  return tool;
}

/** A figure that is missing is filled in where the other two tell it. */
export function toUsage(wire: Wire["CompletionUsage"]): Usage {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = wire;
  const usage: Usage = {};
  const promptTokens = prompt ?? difference(total, completion);
  const completionTokens = completion ?? difference(total, prompt);
  if (promptTokens !== undefined) usage.promptTokens = promptTokens;
  if (completionTokens !== undefined) usage.completionTokens = completionTokens;
  if (total != null) usage.totalTokens = total;
  else if (prompt != null && completion != null) usage.totalTokens = prompt + completion;
  const cached = wire.prompt_tokens_details?.cached_tokens;
  const reasoning = wire.completion_tokens_details?.reasoning_tokens;
  if (cached != null) usage.cachedTokens = cached;
  if (reasoning != null) usage.reasoningTokens = reasoning;
  return usage;
}

const difference = (whole: number | null | undefined, part: number | null | undefined) =>
  whole != null && part != null && whole >= part ? whole - part : undefined;

/** Milliseconds from the wire's seconds; `undefined` from servers that send no times. */
export function toTiming(wire: Wire["CompletionUsage"]): Timing | undefined {
  if (wire.prompt_time == null || wire.completion_time == null) return undefined;
  const timing: Timing = {
    promptMs: toMs(wire.prompt_time),
    completionMs: toMs(wire.completion_time),
    totalMs: toMs(wire.total_time ?? wire.prompt_time + wire.completion_time),
  };
  if (wire.queue_time != null) timing.queueMs = toMs(wire.queue_time);
  // Absurd seconds overflow: better no times than infinite ones.
  return Object.values(timing).every(Number.isFinite) ? timing : undefined;
}

// Groq sends nanosecond decimals: rounding to them keeps binary dust such as 28.746628999999997 out.
const toMs = (seconds: number) => Math.round(seconds * 1e9) / 1e6;

export function toEmbeddingResponse(
  wire: Wire["CreateEmbeddingResponse"],
  facts: AnswerFacts,
): EmbeddingResponse {
  const ordered = [...wire.data].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  const response: EmbeddingResponse = {
    model: wire.model ?? facts.model,
    embeddings: ordered.map((entry) => decodeEmbedding(entry.embedding)),
  };
  if (wire.usage) {
    const { prompt_tokens: prompt, total_tokens: total } = wire.usage;
    response.usage = {
      ...(prompt != null && { promptTokens: prompt }),
      ...(total != null && { totalTokens: total }),
    };
  }
  if (facts.requestId !== undefined) response.requestId = facts.requestId;
  return response;
}

/** A vector as numbers, also from the base64 form (little-endian 32-bit floats) that some servers prefer. */
function decodeEmbedding(embedding: number[] | string): number[] {
  if (typeof embedding !== "string") return embedding;
  const bytes = Uint8Array.from(fromBase64(embedding), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}

function fromBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    throw new LlmError("InvalidResponse", "Expected an embedding as numbers or base64, got other text");
  }
}

export function toModelInfo(wire: Wire["Model"]): ModelInfo {
  const info: ModelInfo = { id: wire.id };
  if (wire.owned_by != null) info.ownedBy = wire.owned_by;
  if (wire.created != null) info.created = wire.created;
  if (wire.active != null) info.active = wire.active;
  if (wire.name != null) info.name = wire.name;
  if (wire.context_window != null) info.contextWindow = wire.context_window;
  if (wire.max_completion_tokens != null) info.maxOutputTokens = wire.max_completion_tokens;
  if (wire.input_modalities != null) info.inputModalities = wire.input_modalities;
  if (wire.output_modalities != null) info.outputModalities = wire.output_modalities;
  if (wire.supported_features != null) info.features = wire.supported_features;
  const pricing = toPricing(wire.pricing);
  if (pricing) info.pricing = pricing;
  return info;
}

function toPricing(wire: Wire["Model"]["pricing"]): ModelInfo["pricing"] {
  if (!wire) return undefined;
  const pricing: NonNullable<ModelInfo["pricing"]> = {};
  const prompt = toPrice(wire.prompt);
  const completion = toPrice(wire.completion);
  const inputCacheRead = toPrice(wire.input_cache_read);
  if (prompt !== undefined) pricing.prompt = prompt;
  if (completion !== undefined) pricing.completion = completion;
  if (inputCacheRead !== undefined) pricing.inputCacheRead = inputCacheRead;
  return pricing;
}

function toPrice(wire: string | null | undefined): number | undefined {
  if (wire == null || wire.trim() === "") return undefined;
  const value = Number(wire);
  return Number.isFinite(value) ? value : undefined;
}
