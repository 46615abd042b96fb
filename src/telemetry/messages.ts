/** Prompts and answers in the form that the conventions give them: `{ role, parts: [{ type, … }] }`. */
import type { ChatResponse, ExecutedTool } from "../provider/base/types.ts";
import { isObject, valueAt } from "../provider/base/values.ts";

interface Part {
  type: string;
  [member: string]: unknown;
}

/** `gen_ai.input.messages` of what is sent: a chat's messages, or the texts that are embedded. */
export function inputMessages(request: object): string {
  const { messages, input } = request as { messages?: unknown; input?: unknown };
  const texts = Array.isArray(messages) ? messages : [{ role: "user", content: input }];
  return JSON.stringify(texts.filter(isObject).map(toMessage));
}

/** `gen_ai.output.messages` of an answer's choices. */
export function outputMessages(choices: ChatResponse["choices"]): string {
  return JSON.stringify(
    choices.map(({ content, refusal, reasoning, toolCalls, executedTools = [], finishReason }) => ({
      role: "assistant",
      parts: [
        ...(reasoning ? [{ type: "reasoning", content: reasoning }] : []),
        ...executedTools.flatMap(serverToolParts),
        ...partsOf(content || refusal),
        ...toolCalls.map(({ id, function: called }) => callPart(id, called.name, called.rawArguments)),
      ],
      finish_reason: finishReason === "tool_calls" ? "tool_call" : finishReason,
    })),
  );
}

function toMessage(message: Record<string, unknown>): { role: unknown; parts: Part[] } {
  const { role, content, tool_calls: calls, tool_call_id: id } = message;
  const reasoning = message.reasoning ?? message.reasoning_content;
  if (role === "tool") return { role, parts: [{ type: "tool_call_response", id, response: content }] };
  return {
    role,
    parts: [
      ...(typeof reasoning === "string" && reasoning !== ""
        ? [{ type: "reasoning", content: reasoning }]
        : []),
      ...partsOf(content),
      ...(Array.isArray(calls) ? calls : []).map((call: unknown) =>
        callPart(
          valueAt(call, ["id"]),
          valueAt(call, ["function", "name"]),
          valueAt(call, ["function", "arguments"]),
        ),
      ),
    ],
  };
}

function partsOf(content: unknown): Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", content }];
  return Array.isArray(content) ? content.map(toPart) : [];
}

/** What the conventions have no part for stays as it is: a part may have any type. */
function toPart(part: unknown): Part {
  if (typeof part === "string") return { type: "text", content: part };
  const type = valueAt(part, ["type"]);
  const url = valueAt(part, ["image_url", "url"]);
  if (type === "text") return { type, content: valueAt(part, ["text"]) };
  if (typeof url === "string") return imagePart(url);
  return isObject(part) ? { ...part, type: String(type) } : { type: "unknown", content: part };
}

function imagePart(url: string): Part {
  const [, mime_type, content] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  const image = { modality: "image" };
  return content === undefined
    ? { type: "uri", ...image, uri: url }
    : { type: "blob", ...image, mime_type, content };
}

/** What the service ran by itself, and all that it says of what came of it: `output`, `search_results`, `code_results`, … */
function serverToolParts({ index, type, name = type, arguments: written, raw }: ExecutedTool): Part[] {
  const id = String(index);
  const results = Object.entries(raw).filter(([member, value]) => !CALL.has(member) && value !== null);
  const gave = { type, ...Object.fromEntries(results) };
  return [
    { type: "server_tool_call", id, name, server_tool_call: { type, arguments: parsed(written) } },
    ...(results.length > 0
      ? [{ type: "server_tool_call_response", id, server_tool_call_response: gave }]
      : []),
  ];
}

/** Members of such an entry that tell the call. */
const CALL: ReadonlySet<string> = new Set(["index", "type", "name", "arguments"]);

/** Arguments are JSON as the model writes it, and as the text that it is where they are none. */
function callPart(id: unknown, name: unknown, written: unknown): Part {
  return { type: "tool_call", id, name, arguments: parsed(written) };
}

function parsed(written: unknown): unknown {
  try {
    return typeof written === "string" ? JSON.parse(written) : written;
  } catch {
    return written;
  }
}
