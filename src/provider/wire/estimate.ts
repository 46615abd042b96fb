/** How many tokens a call may need, before it is made. */
import type { ChatRequest } from "../../generated/wire.ts";
import { serialise } from "./untyped-input.ts";

/** Prompt and completion tokens that a request may use; `usage` settles the truth afterwards. */
export type TokenEstimator = (request: ChatRequest) => number;

const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 1000;
/** Where a call sets no `maxTokens`: more than most answers take, less than would block a small allowance. */
const DEFAULT_COMPLETION_TOKENS = 1024;

/** Four characters a token, as English text has them, and the completion at its maximum. */
export const estimateTokens: TokenEstimator = (request) => {
  let characters = 0;
  let tokens = request.max_completion_tokens ?? request.max_tokens ?? DEFAULT_COMPLETION_TOKENS;
  for (const message of request.messages) {
    tokens += TOKENS_PER_MESSAGE;
    const { content } = message;
    if (typeof content === "string") characters += content.length;
    else {
      for (const part of content ?? []) {
        if (part.type === "text") characters += part.text?.length ?? 0;
        else tokens += TOKENS_PER_IMAGE;
      }
    }
    if (message.role === "assistant") {
      for (const call of message.tool_calls ?? []) characters += call.function.arguments?.length ?? 0;
    }
  }
  if (request.tools) characters += serialise(request.tools).length;
  if (request.response_format) characters += serialise(request.response_format).length;
  return tokens + Math.ceil(characters / CHARACTERS_PER_TOKEN);
};
