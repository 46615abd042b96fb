/** A wire answer as a `ChatResponse`. Small pure functions, shared by whole answers and streams. */
import type * as Wire from "../../generated/wire.ts";
import { LlmError } from "../base/error.ts";
import type { HeaderReader } from "../base/headers.ts";
import type { RateLimitSnapshot } from "../base/limits.ts";
import type {
  ChatResponse,
  Choice,
  Citation,
  EmbeddingResponse,
  ExecutedTool,
  ExtraMembers,
  FinishReason,
  JsonObject,
  JsonValue,
  TokenLogprob,
  ToolCall,
} from "../base/types.ts";
import { isObject } from "../base/values.ts";
import { readCost, readTimeInfo, toTiming, toUsage } from "./usage.ts";
import {
  type Reasoning,
  readCallExtra,
  readCitations,
  readLogprobs,
  readMessageExtra,
  readReasoning,
  withSignedThoughts,
} from "./vendor.ts";

/** What is known of an answer beside its body. */
export interface AnswerFacts {
  /** The model asked for, where the answer does not name its own. */
  model: string;
  requestId?: string | undefined;
  rateLimits?: RateLimitSnapshot | undefined;
  headers?: HeaderReader | undefined;
  /** The body as it came, where it was put into the document's shape. */
  raw?: unknown;
}

export function toChatResponse(wire: Wire.ChatAnswer, facts: AnswerFacts): ChatResponse {
  const raw = facts.raw ?? wire;
  const choices = wire.choices.map((choice, position) => toChoice(choice, position, raw));
  return assembleChatResponse(choices, {
    id: wire.id ?? "",
    model: wire.model ?? facts.model,
    created: wire.created ?? 0,
    requestId: facts.requestId ?? wire.x_groq?.id,
    usage: wire.usage,
    timing: readTimeInfo(raw),
    serviceTier: wire.service_tier,
    systemFingerprint: wire.system_fingerprint,
    seed: wire.x_groq?.seed,
    rateLimits: facts.rateLimits,
    headers: facts.headers,
    raw,
  });
}

/** The parts of a `ChatResponse` beside its choices, as they are known at the end of an answer or a stream. */
export interface ResponseParts {
  id: string;
  model: string;
  created: number;
  requestId?: string | null | undefined;
  usage?: Wire.Usage | null | undefined;
  /** Where the usage has no times. */
  timing?: Parameters<typeof toTiming>[0];
  serviceTier?: string | null | undefined;
  systemFingerprint?: string | null | undefined;
  seed?: number | null | undefined;
  rateLimits?: RateLimitSnapshot | undefined;
  headers?: HeaderReader | undefined;
  raw?: unknown;
}

export function assembleChatResponse(choices: Choice[], parts: ResponseParts): ChatResponse {
  const first = choices[0];
  const timing = toTiming(parts.usage) ?? toTiming(parts.timing);
  const cost = readCost(parts.usage);
  const response: ChatResponse = {
    role: "assistant",
    id: parts.id,
    model: parts.model,
    created: parts.created,
    content: first?.content ?? "",
    toolCalls: first?.toolCalls ?? [],
    finishReason: first?.finishReason ?? "other",
    rawFinishReason: first?.rawFinishReason ?? null,
    choices,
  };
  if (first) copyOptional(first, response);
  if (parts.requestId != null) response.requestId = parts.requestId;
  if (parts.usage) response.usage = toUsage(parts.usage);
  if (timing) response.timing = timing;
  if (parts.serviceTier != null) response.serviceTier = parts.serviceTier;
  if (parts.systemFingerprint != null) response.systemFingerprint = parts.systemFingerprint;
  if (parts.seed != null) response.seed = parts.seed;
  if (cost !== undefined) response.cost = cost;
  if (parts.rateLimits) response.rateLimits = parts.rateLimits;
  return withHidden(response, parts);
}

/** Read by name only: left out of JSON, spreads and logs, where they would repeat the whole answer. */
export function withHidden<T extends object>(
  response: T,
  { raw, headers }: Pick<ResponseParts, "raw" | "headers">,
): T {
  if (raw !== undefined) Object.defineProperty(response, "raw", { value: raw, enumerable: false });
  if (headers !== undefined)
    Object.defineProperty(response, "headers", { value: headers, enumerable: false });
  return response;
}

type Optional = Pick<
  Choice,
  "reasoning" | "reasoningField" | "extra" | "citations" | "logprobs" | "refusal" | "executedTools"
>;

function copyOptional(from: Optional, to: Optional): void {
  if (from.reasoning !== undefined) to.reasoning = from.reasoning;
  if (from.reasoningField !== undefined) to.reasoningField = from.reasoningField;
  if (from.extra) to.extra = from.extra;
  if (from.citations) to.citations = from.citations;
  if (from.logprobs) to.logprobs = from.logprobs;
  if (from.refusal !== undefined) to.refusal = from.refusal;
  if (from.executedTools) to.executedTools = from.executedTools;
}

function toChoice(wire: Wire.Choice, position: number, body: unknown): Choice {
  const { message } = wire;
  const ids = new Set<string>();
  return makeChoice({
    index: wire.index ?? position,
    content: message.content ?? "",
    reasoning: readReasoning(message),
    extra: withSignedThoughts(readMessageExtra(message)),
    citations: readCitations(message, body),
    logprobs: readLogprobs(wire),
    refusal: message.refusal,
    toolCalls: (message.tool_calls ?? []).map((call) => toToolCall(call, ids)),
    executedTools: (message.executed_tools ?? []).map(toExecutedTool),
    rawFinishReason: wire.finish_reason,
  });
}

/** A `Choice` from its gathered parts; what is unknown or empty is left out. */
export function makeChoice(parts: {
  index: number;
  content: string;
  reasoning?: Reasoning | undefined;
  extra?: ExtraMembers | undefined;
  citations?: Citation[] | undefined;
  logprobs?: TokenLogprob[] | undefined;
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
  if (parts.reasoning) choice.reasoning = parts.reasoning.text;
  if (parts.reasoning?.field) choice.reasoningField = parts.reasoning.field;
  if (parts.extra) choice.extra = parts.extra;
  if (parts.citations) choice.citations = parts.citations;
  if (parts.logprobs) choice.logprobs = parts.logprobs;
  // Snowflake sends an empty one with each answer.
  if (parts.refusal) choice.refusal = parts.refusal;
  if (parts.executedTools.length > 0) choice.executedTools = parts.executedTools;
  return choice;
}

/**
 * Decided by the array of calls, not by the reason alone: Groq has answered `tool_calls` with none present, and
 * other servers say `stop`, a word of their own, or nothing beside calls.
 */
export function toFinishReason(raw: string | null | undefined, hasToolCalls: boolean): FinishReason {
  const reason = FINISH_REASONS.get(raw?.toLowerCase() ?? "");
  if (reason === "length" || reason === "content_filter") return reason;
  if (hasToolCalls) return "tool_calls";
  return reason === "stop" ? "stop" : "other";
}

/** The protocol's words, and those that servers pass on from the model behind them. */
const FINISH_REASONS = new Map<string, FinishReason>([
  ...["stop", "end_turn", "stop_sequence", "eos", "eos_token", "completed"].map(
    (word): [string, FinishReason] => [word, "stop"],
  ),
  ...["length", "max_tokens", "max_output_tokens", "model_length"].map((word): [string, FinishReason] => [
    word,
    "length",
  ]),
  ...["content_filter", "safety", "sensitive"].map((word): [string, FinishReason] => [
    word,
    "content_filter",
  ]),
]);

interface WireToolCall {
  id?: string | null | undefined;
  function: { name: string; arguments?: string | null | undefined };
}

/** `ids` are those of the answer so far: a call without an id, or with one that is taken, gets one of its own. */
export function toToolCall(wire: WireToolCall, ids: Set<string>, extra = readCallExtra(wire)): ToolCall {
  const rawArguments = wire.function.arguments ?? "";
  const parsed = parseArguments(rawArguments);
  const id = wire.id && !ids.has(wire.id) ? wire.id : makeCallId();
  ids.add(id);
  return {
    id,
    type: "function",
    function:
      parsed === undefined
        ? { name: wire.function.name, arguments: {}, rawArguments, invalid: true }
        : { name: wire.function.name, arguments: parsed, rawArguments },
    ...(extra && { extra }),
  };
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Unique over a conversation, not only in its answer. Nine letters or digits, since Mistral takes no other ids. */
function makeCallId(): string {
  return Array.from({ length: 9 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join("");
}

/**
 * Blank is `{}`, as models write for a function without parameters; `undefined` is not a JSON object. Some servers
 * write the JSON as JSON once more.
 */
function parseArguments(raw: string, isInner = false): JsonObject | undefined {
  if (raw.trim() === "") return {};
  try {
    const value: JsonValue = JSON.parse(raw);
    if (typeof value === "string" && !isInner) return parseArguments(value, true);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function toExecutedTool(wire: Wire.ExecutedTool, position: number): ExecutedTool {
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

export function toEmbeddingResponse(wire: Wire.EmbeddingAnswer, facts: AnswerFacts): EmbeddingResponse {
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
  return withHidden(response, facts);
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
