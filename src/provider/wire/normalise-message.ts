/** A message, or the delta of a chunk: parts of its content become text and reasoning, odd members are mended or left out. */
import { isObject } from "../base/values.ts";
import { normaliseCalls } from "./normalise-calls.ts";
import { isTextOrNull, type Members, toText, withMembers } from "./normalise-members.ts";

export function normaliseMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  // A stream has thousands of these: an ordinary one costs no copy.
  const calls = normaliseCalls(message.tool_calls ?? olderCall(message.function_call));
  if (isPlain(message))
    return (calls ?? null) === (message.tool_calls ?? null) ? message : withCalls(message, calls);
  const content = Array.isArray(message.content) || isObject(message.content) ? message.content : undefined;
  const parts = content === undefined ? undefined : [content].flat();
  const changed = withMembers(message, {
    tool_calls: calls,
    ...(parts && { content: textOf(parts) }),
    refusal: refusalOf(message.refusal, parts),
    executed_tools: executedTools(message.executed_tools),
  });
  for (const field of REASONING)
    if (!isTextOrNull(message[field])) changed[field] = thoughtOf(message[field]);
  if (parts) {
    changed.thinking = thinkingOf(parts);
    const thoughts = parts.filter(isThought);
    if (thoughts.length > 0) changed.thinking_parts = thoughts;
  }
  return changed;
}

const withCalls = (message: Members, calls: unknown) => withMembers(message, { tool_calls: calls });

const REASONING = ["reasoning", "reasoning_content", "reasoning_text", "thinking"] as const;

const isPlain = (message: Members) =>
  isTextOrNull(message.content) &&
  isTextOrNull(message.reasoning) &&
  isTextOrNull(message.reasoning_content) &&
  isTextOrNull(message.reasoning_text) &&
  isTextOrNull(message.thinking) &&
  isTextOrNull(message.refusal) &&
  (message.executed_tools == null || executedTools(message.executed_tools) === message.executed_tools);

const isThought = (part: unknown) =>
  isObject(part) &&
  (part.type === "thinking" || part.type === "reasoning" || part.type === "redacted_thinking");

/** Of the parts `text`, and of whatever else holds a text and is no thought. */
function textOf(parts: readonly unknown[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      return isObject(part) && !isThought(part) && typeof part.text === "string" ? part.text : "";
    })
    .join("");
}

/** Mistral's `{ type: "thinking", thinking: [{ type: "text", text }] }`, and the same with a text. */
function thinkingOf(parts: readonly unknown[]): string {
  return parts
    .filter(isThought)
    .map((part) => thoughtOf(part))
    .join("");
}

/** What an object or a list thinks, wherever services put its words. What it is otherwise, nobody knows. */
function thoughtOf(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (depth > 4) return "";
  if (Array.isArray(value)) return value.map((item) => thoughtOf(item, depth + 1)).join("");
  if (!isObject(value)) return "";
  for (const member of THOUGHTS) {
    const text = thoughtOf(value[member], depth + 1);
    if (text !== "") return text;
  }
  return "";
}

const THOUGHTS = ["thinking", "reasoning", "text", "content", "reasoning_content", "summary"];

/** OpenAI has it beside the content, others as a part of it. */
function refusalOf(refusal: unknown, parts: readonly unknown[] | undefined): string | undefined {
  if (typeof refusal === "string") return refusal;
  const texts = parts?.map((part) =>
    isObject(part) && part.type === "refusal" ? toText(part.refusal) : undefined,
  );
  return texts?.filter(Boolean).join("") || undefined;
}

/** The same list where all of it can be read. */
function executedTools(tools: unknown): unknown {
  if (!Array.isArray(tools)) return undefined;
  return tools.every(isExecutedTool) ? tools : tools.filter(isExecutedTool);
}

const isExecutedTool = (tool: unknown) =>
  isObject(tool) &&
  typeof tool.type === "string" &&
  isTextOrNull(tool.arguments) &&
  isTextOrNull(tool.name) &&
  isTextOrNull(tool.output) &&
  (tool.index == null || Number.isFinite(tool.index));

/** Snowflake sends a blank one with each answer. */
const olderCall = (call: unknown): unknown =>
  isObject(call) && call.name === "" && (call.arguments ?? "") === "" ? undefined : call;
