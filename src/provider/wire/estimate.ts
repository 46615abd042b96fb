/** How many tokens a call may need, before it is made. */
import type { ChatRequest } from "../../generated/wire.ts";
import { LlmError } from "../base/error.ts";
import { hush } from "../base/events.ts";
import {
  CHARACTERS_PER_TOKEN,
  DEFAULT_COMPLETION_TOKENS,
  lengthOf,
  TOKENS_PER_IMAGE,
  TOKENS_PER_MESSAGE,
} from "../base/tokens.ts";
import { kindOf, reading } from "../base/values.ts";
import { serialise } from "./untyped-input.ts";

/**
 * Prompt and completion tokens that a request may use; `usage` settles the truth afterwards. The texts of an `embed` come as
 * one user message each, with `max_completion_tokens: 0`.
 */
export type TokenEstimator = (request: ChatRequest) => number;

/**
 * Four characters a token, as English text has them, two in other alphabets, one in Chinese or Japanese; and each completion
 * at its maximum.
 */
export const estimateTokens: TokenEstimator = (request) => reading("request", () => countTokens(request));

function countTokens(request: ChatRequest): number {
  const completion = request.max_completion_tokens ?? request.max_tokens ?? DEFAULT_COMPLETION_TOKENS;
  let tokens = completion * Math.max(1, request.n ?? 1);
  let letters = 0;
  for (const message of request.messages) {
    tokens += TOKENS_PER_MESSAGE;
    const { content } = message;
    if (typeof content === "string") letters += lengthOf(content);
    else {
      for (const part of content ?? []) {
        if (part.type === "text") letters += lengthOf(part.text ?? "");
        else tokens += TOKENS_PER_IMAGE;
      }
    }
    if (message.role === "assistant") {
      for (const call of message.tool_calls ?? []) letters += lengthOf(call.function.arguments ?? "");
    }
  }
  if (request.tools) letters += lengthOf(serialise(request.tools));
  if (request.response_format) letters += lengthOf(serialise(request.response_format));
  return tokens + Math.ceil(letters / CHARACTERS_PER_TOKEN);
}

/** An embedding's request as a chat that an estimator understands. */
export function embeddingAsChat(model: string, input: readonly string[]): ChatRequest {
  const messages = input.map((content) => ({ role: "user" as const, content }));
  return { model, messages, max_completion_tokens: 0 };
}

/** What an application's estimator gave. One that is no number must not switch a limit off, or block it for ever. */
export function checkEstimate(tokens: unknown): number {
  if (typeof tokens === "number" && tokens >= 0 && tokens < Number.POSITIVE_INFINITY) return tokens;
  const gave = hush(tokens) ? "a promise: it must be synchronous" : kindOf(tokens);
  throw new LlmError(
    "ConfigError",
    `estimateTokens: expected a function that gives a number of 0 or more, it gave ${gave}`,
  );
}
