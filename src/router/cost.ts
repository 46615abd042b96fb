/** Tokens and prices as US dollars. */
import {
  CHARACTERS_PER_TOKEN,
  DEFAULT_COMPLETION_TOKENS,
  lengthOf,
  TOKENS_PER_IMAGE,
  TOKENS_PER_MESSAGE,
} from "../provider/base/tokens.ts";
import type { AssistantMessage, ChatOptions, Message, ModelInfo, Usage } from "../provider/base/types.ts";
import type { TokenPrice } from "./types.ts";

export type UsedTokens = Pick<Usage, "promptTokens" | "completionTokens" | "totalTokens" | "cachedTokens">;

/**
 * US dollars; `undefined` where the usage lacks a figure, or has one that can't be. Cached tokens cost their own price: a sum
 * that ignores the cache overstates long conversations by the half and more.
 */
export function costOf(usage: UsedTokens, price: TokenPrice): number | undefined {
  const { promptTokens, totalTokens, cachedTokens = 0 } = usage;
  if (promptTokens === undefined) return undefined;
  const completionTokens = usage.completionTokens ?? (totalTokens && totalTokens - promptTokens);
  if (completionTokens === undefined) return undefined;
  if (![promptTokens, completionTokens, cachedTokens].every(isAmount)) return undefined;
  const cached = Math.min(cachedTokens, promptTokens);
  return (
    (promptTokens - cached) * price.prompt +
    cached * (price.inputCacheRead ?? price.prompt) +
    completionTokens * (price.completion ?? 0)
  );
}

/** What a call may cost, before it is made. */
export function mayCost({ promptTokens, completionTokens }: EstimatedTokens, price: TokenPrice): number {
  return promptTokens * price.prompt + completionTokens * (price.completion ?? 0);
}

/** The price of a model as its service tells it; `undefined` where it tells none that can be reckoned with. */
export function priceOf(model: ModelInfo | undefined): TokenPrice | undefined {
  const { prompt, completion, inputCacheRead } = model?.pricing ?? {};
  // OpenRouter's automatic models have -1: their price depends on who answers.
  if (!isAmount(prompt)) return undefined;
  return {
    prompt,
    ...(isAmount(completion) && { completion }),
    ...(isAmount(inputCacheRead) && { inputCacheRead }),
  };
}

/** Whether a figure that a service told can be reckoned with: less than 0 would give money back. */
export function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** What a call may use. */
export interface EstimatedTokens {
  promptTokens: number;
  completionTokens: number;
}

/** What a chat may use, before it is made: for what is set aside while it runs. Its usage then tells the truth. */
export function estimateChat(messages: readonly Message[], options: ChatOptions): EstimatedTokens {
  let letters = 0;
  let promptTokens = 0;
  for (const message of messages) {
    promptTokens += TOKENS_PER_MESSAGE;
    const { content } = message;
    if (typeof content === "string") letters += lengthOf(content);
    else {
      for (const part of content ?? []) {
        if (part.type === "text") letters += lengthOf(part.text);
        else promptTokens += TOKENS_PER_IMAGE;
      }
    }
    if (message.role === "assistant") letters += lettersOfAssistant(message);
  }
  letters += lettersOf(options.tools) + lettersOf(options.responseFormat);
  return {
    promptTokens: promptTokens + Math.ceil(letters / CHARACTERS_PER_TOKEN),
    completionTokens: positive(options.maxTokens, DEFAULT_COMPLETION_TOKENS) * positive(options.n, 1),
  };
}

function lettersOfAssistant({ reasoning, toolCalls = [] }: AssistantMessage): number {
  return toolCalls.reduce(
    (sum, { function: called }) => sum + lengthOf(called.name ?? "") + lengthOf(called.rawArguments),
    lengthOf(reasoning ?? ""),
  );
}

/** Candidates refuse other figures; until then these must not give money back. */
const positive = (value: number | undefined, otherwise: number) =>
  value !== undefined && value > 0 && Number.isFinite(value) ? value : otherwise;

function lettersOf(value: unknown): number {
  return value === undefined ? 0 : lengthOf(JSON.stringify(value) ?? "");
}

export function estimateInput(input: readonly string[]): EstimatedTokens {
  const letters = input.reduce((sum, text) => sum + lengthOf(text), 0);
  return { promptTokens: Math.ceil(letters / CHARACTERS_PER_TOKEN), completionTokens: 0 };
}
