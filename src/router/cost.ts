/** Tokens and prices as US dollars. */
import type { Message, ModelInfo, Usage } from "../provider/base/types.ts";
import type { TokenPrice } from "./types.ts";

export type UsedTokens = Pick<Usage, "promptTokens" | "completionTokens" | "totalTokens" | "cachedTokens">;

/**
 * US dollars; `undefined` where the usage lacks a figure. Cached tokens cost their own price: a sum that ignores the cache
 * overstates long conversations by the half and more.
 */
export function costOf(usage: UsedTokens, price: TokenPrice): number | undefined {
  const { promptTokens, totalTokens, cachedTokens = 0 } = usage;
  if (promptTokens === undefined) return undefined;
  const completionTokens = usage.completionTokens ?? (totalTokens && totalTokens - promptTokens);
  if (completionTokens === undefined) return undefined;
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
  if (!isPrice(prompt)) return undefined;
  return {
    prompt,
    ...(isPrice(completion) && { completion }),
    ...(isPrice(inputCacheRead) && { inputCacheRead }),
  };
}

// OpenRouter's automatic models have -1: their price depends on who answers.
function isPrice(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 1000;
const COMPLETION_TOKENS = 1024;

/** What a call may use. */
export interface EstimatedTokens {
  promptTokens: number;
  completionTokens: number;
}

/** What a chat may use, before it is made: for what is set aside while it runs. Its usage then tells the truth. */
export function estimateChat(
  messages: readonly Message[],
  maxTokens: number = COMPLETION_TOKENS,
): EstimatedTokens {
  let characters = 0;
  let promptTokens = 0;
  for (const { content } of messages) {
    promptTokens += TOKENS_PER_MESSAGE;
    if (typeof content === "string") characters += content.length;
    else {
      for (const part of content ?? []) {
        if (part.type === "text") characters += part.text.length;
        else promptTokens += TOKENS_PER_IMAGE;
      }
    }
  }
  promptTokens += Math.ceil(characters / CHARACTERS_PER_TOKEN);
  return { promptTokens, completionTokens: maxTokens };
}

export function estimateInput(input: readonly string[]): EstimatedTokens {
  const characters = input.reduce((sum, text) => sum + text.length, 0);
  return { promptTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN), completionTokens: 0 };
}
