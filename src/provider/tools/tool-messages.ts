/** What a tool conversation makes of answers, refusals and usage. */
import { LlmError } from "../base/error.ts";
import type { AssistantMessage, ChatResponse, Message, ToolCall, Usage } from "../base/types.ts";
import { checkList, isObject } from "../base/values.ts";

/** Groq itself holds calls against the tools, and refuses the whole answer for one that does not fit. */
export function isRefusedCall(error: unknown): error is LlmError {
  return LlmError.is(error) && error.code === "tool_use_failed";
}

/** There is no call that a tool message could answer, so the model is told in a user message. */
export function complaint({ message, failedGeneration }: LlmError): Message[] {
  return [
    ...(failedGeneration ? [{ role: "assistant" as const, content: failedGeneration }] : []),
    {
      role: "user",
      content: `Error: your tool call was refused. ${message}. Call one of the tools, with arguments that fit its schema, or answer without.`,
    },
  ];
}

/** Refuses what is no list of messages; what is in each is checked where it is sent. */
export function checkMessages(messages: readonly Message[]): void {
  checkList("messages", messages, "message");
  const last = lastAnswer(messages);
  const message = messages[last];
  if (message?.role !== "assistant" || message.toolCalls == null) return;
  checkList(`messages[${last}].toolCalls`, message.toolCalls, "tool call", isToolCall);
}

/** The calls of the last answer that no tool message answers yet. */
export function unansweredCalls(messages: readonly Message[]): readonly ToolCall[] {
  const last = lastAnswer(messages);
  const message = messages[last];
  if (message?.role !== "assistant") return [];
  const answers = messages.slice(last + 1);
  const answered = new Set(answers.map((answer) => (answer.role === "tool" ? answer.toolCallId : undefined)));
  return (message.toolCalls ?? []).filter(({ id }) => !answered.has(id));
}

const lastAnswer = (messages: readonly Message[]) => messages.findLastIndex(({ role }) => role !== "tool");

/** Whether it can be run: what came from elsewhere may have its arguments as text, as the wire has. */
function isToolCall(call: unknown): boolean {
  if (!isObject(call) || typeof call.id !== "string" || !isObject(call.function)) return false;
  const { name, arguments: args } = call.function;
  return typeof name === "string" && isObject(args);
}

/** The answer as a message: all that the response itself, given back as a message, would send. */
export function assistantMessage(response: ChatResponse): AssistantMessage {
  const { content, refusal, reasoning, reasoningField, toolCalls, extra } = response;
  return {
    role: "assistant",
    // Beside calls an empty content says nothing; without calls the message must have one: the refusal, if that is all that was said.
    ...((content !== "" || toolCalls.length === 0) && { content: content || (refusal ?? "") }),
    ...(reasoning !== undefined && { reasoning }),
    ...(reasoningField !== undefined && { reasoningField }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(extra !== undefined && { extra }),
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
