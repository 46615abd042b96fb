/** A prompt of the AI SDK as messages. */
import type {
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3ToolResultOutput,
  SharedV3ProviderOptions,
} from "@ai-sdk/provider";
import type {
  ContentPart,
  ExtraMembers,
  Message,
  ReasoningField,
  TextPart,
  ToolCall,
  ToolMessage,
} from "../provider/base/types.ts";
import { isObject } from "../provider/base/values.ts";
import { idOf, mediaTypeOf, toFilePart } from "./files.ts";
import type { GivenOptions } from "./given-options.ts";
import { unsupported } from "./peer.ts";

export function toMessages(prompt: LanguageModelV3Prompt, given: GivenOptions): Message[] {
  return prompt.flatMap((message) => toMessage(message, given));
}

type Of<Role extends LanguageModelV3Message["role"]> = Extract<LanguageModelV3Message, { role: Role }>;

function toMessage(message: LanguageModelV3Message, given: GivenOptions): Message[] {
  switch (message.role) {
    case "system":
      return [{ role: "system", content: message.content, ...spoken(message, given) }];
    case "user": {
      const parts = message.content.map((part) => toUserPart(part, given));
      return [{ role: "user", content: plain(parts), ...spoken(message, given) }];
    }
    case "assistant":
      return toAssistant(message, given);
    case "tool":
      return toToolMessages(message, given);
    default:
      throw unsupported(`a message of role ${wordOf(message, "role")}`);
  }
}

function spoken({ role, providerOptions }: LanguageModelV3Message, given: GivenOptions) {
  const { extra, name } = given.of(providerOptions, ["extra", "name"], `a ${role} message`);
  return { ...(extra && { extra }), ...(name !== undefined && { name }) };
}

function toUserPart(part: Of<"user">["content"][number], given: GivenOptions): ContentPart {
  if (part.type === "file") return toFilePart(part, given);
  if (part.type === "text") return toTextPart(part, given);
  throw unknownPart(part);
}

function toTextPart(
  { text, providerOptions }: { text: string; providerOptions?: SharedV3ProviderOptions },
  given: GivenOptions,
): TextPart {
  const { extra } = given.of(providerOptions, ["extra"], "a text part");
  return { type: "text", text, ...(extra && { extra }) };
}

/** A single text as such: older servers take no list. No part at all is what `ai` makes of an empty text. */
function plain<P extends ContentPart>(parts: P[]): string | P[] {
  const [first] = parts;
  if (first === undefined) return "";
  return parts.length === 1 && first.type === "text" && !first.extra ? first.text : parts;
}

/** What a service wants back with a message, as the parts of an answer carry it. */
export interface MessageMemory {
  reasoningField?: ReasoningField | undefined;
  extra?: ExtraMembers | undefined;
}

/** None for a message without anything that can be sent: services refuse one that says and calls nothing. */
function toAssistant({ content, providerOptions }: Of<"assistant">, given: GivenOptions): Message[] {
  const { extra: own } = given.of(providerOptions, ["extra"], "an assistant message");
  const texts: TextPart[] = [];
  const reasoning: string[] = [];
  const toolCalls: ToolCall[] = [];
  let memory: MessageMemory = {};
  const membersOf = (part: (typeof content)[number], known: ("extra" | "message")[]) => {
    const { extra, message } = given.of(part.providerOptions, known, `an assistant's ${part.type} part`);
    memory = { ...memory, ...readMemory(message) };
    return { ...(extra && { extra }) };
  };
  for (const part of content) {
    // What the server ran itself is in its own history, and its result in the text that followed.
    if (part.type === "tool-result" || (part.type === "tool-call" && part.providerExecuted)) continue;
    if (part.type === "text")
      texts.push({ type: "text", text: part.text, ...membersOf(part, ["extra", "message"]) });
    else if (part.type === "tool-call")
      toolCalls.push({ ...toToolCall(part), ...membersOf(part, ["extra", "message"]) });
    else if (part.type === "reasoning") {
      reasoning.push(part.text);
      membersOf(part, ["message"]);
    } else given.warnings.unsupported(`${wordOf(part, "type")} parts of an assistant's message`);
  }
  const extra = { ...memory.extra, ...own };
  const hasExtra = Object.keys(extra).length > 0;
  const thought = reasoning.join("");
  if (texts.length === 0 && thought === "" && toolCalls.length === 0 && !hasExtra) return [];
  return [
    {
      role: "assistant",
      content: texts.some((part) => part.extra) ? texts : texts.map(({ text }) => text).join(""),
      ...(thought !== "" && { reasoning: thought, reasoningField: memory.reasoningField ?? "reasoning" }),
      ...(toolCalls.length > 0 && { toolCalls }),
      ...(hasExtra && { extra }),
    },
  ];
}

function readMemory(message: Record<string, unknown> | undefined): MessageMemory {
  if (message === undefined) return {};
  const { reasoningField, extra } = message;
  const field = FIELDS.find((field) => field === reasoningField);
  return { ...(field && { reasoningField: field }), ...(isObject(extra) && { extra }) };
}

const FIELDS: readonly ReasoningField[] = ["reasoning", "reasoning_content", "thinking"];

type ToolCallPart = Extract<Of<"assistant">["content"][number], { type: "tool-call" }>;

function toToolCall({ input, toolCallId: id, toolName: name }: ToolCallPart): ToolCall {
  // A text is what the model wrote, where that was no JSON.
  const rawArguments = typeof input === "string" ? input : (JSON.stringify(input) ?? "{}");
  return { id, type: "function", function: { name, arguments: {}, rawArguments } };
}

/** A message for each result. The options of all of them go with the last, as those that mark a prompt's end must. */
function toToolMessages({ content, providerOptions }: Of<"tool">, given: GivenOptions): ToolMessage[] {
  const { extra } = given.of(providerOptions, ["extra"], "a tool message");
  const messages = content.flatMap((part) => {
    if (part.type === "tool-result") return [toToolMessage(part, given)];
    given.warnings.unsupported("tool-approval-response", "the server asks for no approval");
    return [];
  });
  return messages.map((message, at) =>
    extra && at === messages.length - 1 ? { ...message, extra: { ...extra, ...message.extra } } : message,
  );
}

type ToolResultPart = Extract<Of<"tool">["content"][number], { type: "tool-result" }>;

function toToolMessage(
  { toolCallId, output, providerOptions }: ToolResultPart,
  given: GivenOptions,
): ToolMessage {
  const extra = {
    ...given.of(optionsOf(output), ["extra"], "a tool's output").extra,
    ...given.of(providerOptions, ["extra"], "a tool's result").extra,
  };
  const hasExtra = Object.keys(extra).length > 0;
  return { role: "tool", toolCallId, content: toOutput(output, given), ...(hasExtra && { extra }) };
}

const optionsOf = (output: LanguageModelV3ToolResultOutput) =>
  "providerOptions" in output ? output.providerOptions : undefined;

function toOutput(output: LanguageModelV3ToolResultOutput, given: GivenOptions): string | ContentPart[] {
  switch (output.type) {
    case "text":
    case "error-text":
      return output.value;
    case "json":
    case "error-json":
      return JSON.stringify(output.value) ?? "null";
    case "execution-denied":
      return output.reason ?? "The tool was not run: it was not allowed.";
    case "content":
      return plain(output.value.map((part) => toOutputPart(part, given)));
    default:
      throw unsupported(`a tool's result of type ${wordOf(output, "type")}`);
  }
}

type OutputPart = Extract<LanguageModelV3ToolResultOutput, { type: "content" }>["value"][number];

function toOutputPart(part: OutputPart, given: GivenOptions): ContentPart {
  const { providerOptions } = part;
  const linked = (url: string, mediaType: string) =>
    toFilePart({ data: { type: "url", url }, mediaType, providerOptions }, given);
  switch (part.type) {
    case "text":
      return toTextPart(part, given);
    case "file-data":
    case "image-data":
      return toFilePart(part, given);
    case "image-url":
      return linked(part.url, "image/*");
    case "file-url":
      return linked(part.url, part.mediaType ?? mediaTypeOf(part.url));
    case "file-id":
    case "image-file-id":
      return { type: "raw", part: { type: "file", file: { file_id: idOf(part.fileId) } } };
    default: {
      // `ai` 7 has one more form: a file as in a prompt.
      const other: unknown = part;
      if (isObject(other) && other.type === "file" && typeof other.mediaType === "string")
        return toFilePart({ data: other.data, mediaType: other.mediaType, providerOptions }, given);
      throw unknownPart(part);
    }
  }
}

const unknownPart = (part: unknown) => unsupported(`a part of type ${wordOf(part, "type")}`);

/** A newer major's word, where the types have none left. */
function wordOf(value: unknown, member: string): string {
  const word = isObject(value) ? value[member] : undefined;
  return typeof word === "string" ? word.slice(0, 60) : typeof word;
}
