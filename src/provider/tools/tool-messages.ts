/** What a tool conversation makes of answers, refusals and usage. */
import { LlmError } from "../base/error.ts";
import type { AssistantMessage, ChatResponse, Message, ToolCall, Usage } from "../base/types.ts";

/** Groq itself holds calls against the tools, and refuses the whole answer for one that does not fit. */
export function isRefusedCall(error: unknown): error is LlmError {
  return LlmError.is(error) && error.code === "tool_use_failed";
}

/** There is no call to answer by a tool message, so it is said as the protocol allows. */
export function complaint({ message, failedGeneration }: LlmError): Message[] {
  return [
    ...(failedGeneration ? [{ role: "assistant" as const, content: failedGeneration }] : []),
    {
      role: "user",
      content: `Error: your tool call was refused. ${message}. Call one of the tools, with arguments that fit its schema, or answer without.`,
    },
  ];
}

/** The calls of the last answer that no tool message answers yet. */
export function unansweredCalls(messages: readonly Message[]): readonly ToolCall[] {
  const last = messages.findLastIndex((message) => message.role !== "tool");
  const message = messages[last];
  if (message?.role !== "assistant") return [];
  const answered = messages.slice(last + 1).map((answer) => answer.role === "tool" && answer.toolCallId);
  return (message.toolCalls ?? []).filter(({ id }) => !answered.includes(id));
}

export function assistantMessage({ content, reasoning, toolCalls }: ChatResponse): AssistantMessage {
  return {
    role: "assistant",
    // Servers take no empty content beside tool calls; without any it must be there.
    ...((content !== "" || toolCalls.length === 0) && { content }),
    ...(reasoning !== undefined && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

export function addUsage(sum: Usage | undefined, next: Usage): Usage {
  if (sum === undefined) return { ...next };
  const figures = [
    "promptTokens",
    "completionTokens",
    "totalTokens",
    "cachedTokens",
    "reasoningTokens",
  ] as const;
  const result: Usage = {};
  for (const figure of figures) {
    const both = addKnown(sum[figure], next[figure]);
    if (both !== undefined) result[figure] = both;
  }
  return result;
}

function addKnown(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}
