/** A prompt of the AI SDK as messages. */
import type {
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3ToolResultOutput,
  SharedV3ProviderOptions,
} from "@ai-sdk/provider";
import type {
  AssistantMessage,
  ContentPart,
  ExtraMembers,
  Message,
  ReasoningField,
  ToolCall,
  ToolMessage,
} from "../provider/base/types.ts";
import { isObject } from "../provider/base/values.ts";
import { idOf, readPartOptions, toFilePart } from "./files.ts";
import { groqOptions } from "./json.ts";
import { unsupported } from "./peer.ts";
import type { Warnings } from "./warnings.ts";

export function toMessages(prompt: LanguageModelV3Prompt, warnings: Warnings): Message[] {
  return prompt.flatMap((message) => toMessage(message, warnings));
}

function toMessage(message: LanguageModelV3Message, warnings: Warnings): Message[] {
  const { extra, name } = groqOptions(message.providerOptions);
  const more = { ...(isObject(extra) && { extra }), ...(typeof name === "string" && { name }) };
  switch (message.role) {
    case "system":
      return [{ role: "system", content: message.content, ...more }];
    case "user":
      return [{ role: "user", content: plain(message.content.map(toUserPart)), ...more }];
    case "assistant":
      return [toAssistant(message.content, isObject(extra) ? extra : undefined, warnings)];
    case "tool":
      return message.content.flatMap((part) => {
        if (part.type === "tool-result") return [toToolMessage(part)];
        warnings.unsupported("tool-approval-response", "the server asks for no approval");
        return [];
      });
  }
}

type UserPart = Extract<LanguageModelV3Message, { role: "user" }>["content"][number];

function toUserPart(part: UserPart): ContentPart {
  if (part.type === "file") return toFilePart(part);
  if (part.type === "text") return toTextPart(part);
  throw unknownPart(part);
}

const toTextPart = ({
  text,
  providerOptions,
}: {
  text: string;
  providerOptions?: SharedV3ProviderOptions;
}) => {
  const { extra } = readPartOptions(providerOptions);
  return { type: "text" as const, text, ...(extra && { extra }) };
};

/** A single text as such: older servers take no list. */
function plain<P extends ContentPart>(parts: P[]): string | P[] {
  const [first] = parts;
  return parts.length === 1 && first?.type === "text" && !first.extra ? first.text : parts;
}

/** What a service wants back with a message, as the parts of an answer carry it. */
export interface MessageMemory {
  reasoningField?: ReasoningField | undefined;
  extra?: ExtraMembers | undefined;
}

type AssistantPart = Extract<LanguageModelV3Message, { role: "assistant" }>["content"][number];

function toAssistant(
  parts: readonly AssistantPart[],
  extra: ExtraMembers | undefined,
  warnings: Warnings,
): AssistantMessage {
  const texts: string[] = [];
  const reasoning: string[] = [];
  const toolCalls: ToolCall[] = [];
  let memory: MessageMemory = {};
  for (const part of parts) {
    memory = { ...memory, ...readMemory(part.providerOptions) };
    if (part.type === "text") texts.push(part.text);
    else if (part.type === "reasoning") reasoning.push(part.text);
    else if (part.type === "tool-call" && !part.providerExecuted) toolCalls.push(toToolCall(part));
    // What the server ran itself is in its own history, and its result in the text that followed.
    else if (part.type !== "tool-call" && part.type !== "tool-result")
      warnings.unsupported(`${kindOf(part)} parts of an assistant's message`);
  }
  const members = { ...memory.extra, ...extra };
  const thought = reasoning.join("");
  return {
    role: "assistant",
    content: texts.join(""),
    ...(thought !== "" && { reasoning: thought, reasoningField: memory.reasoningField ?? "reasoning" }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(Object.keys(members).length > 0 && { extra: members }),
  };
}

const kindOf = (part: { type: string }) => part.type;

function readMemory(options: SharedV3ProviderOptions | undefined): MessageMemory {
  const { message } = groqOptions(options);
  if (!isObject(message)) return {};
  const { reasoningField, extra } = message;
  const field = FIELDS.find((field) => field === reasoningField);
  return { ...(field && { reasoningField: field }), ...(isObject(extra) && { extra }) };
}

const FIELDS: readonly ReasoningField[] = ["reasoning", "reasoning_content", "thinking"];

function toToolCall(part: Extract<AssistantPart, { type: "tool-call" }>): ToolCall {
  const { input, toolCallId: id, toolName: name } = part;
  // A text is what the model wrote, where that was no JSON.
  const rawArguments = typeof input === "string" ? input : (JSON.stringify(input) ?? "{}");
  const { extra } = readPartOptions(part.providerOptions);
  return {
    id,
    type: "function",
    function: { name, arguments: {}, rawArguments },
    ...(extra && { extra }),
  };
}

type ToolResultPart = Extract<
  Extract<LanguageModelV3Message, { role: "tool" }>["content"][number],
  { type: "tool-result" }
>;

function toToolMessage({ toolCallId, output, providerOptions }: ToolResultPart): ToolMessage {
  const { extra } = readPartOptions(providerOptions);
  return { role: "tool", toolCallId, content: toOutput(output), ...(extra && { extra }) };
}

function toOutput(output: LanguageModelV3ToolResultOutput): string | ContentPart[] {
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
      return plain(output.value.map(toOutputPart));
  }
}

type OutputPart = Extract<LanguageModelV3ToolResultOutput, { type: "content" }>["value"][number];

function toOutputPart(part: OutputPart): ContentPart {
  const { providerOptions } = part;
  switch (part.type) {
    case "text":
      return toTextPart(part);
    case "file-data":
    case "image-data":
      return toFilePart(part);
    case "image-url":
      return toFilePart({ data: { type: "url", url: part.url }, mediaType: "image/*", providerOptions });
    case "file-url":
      return toFilePart({
        data: { type: "url", url: part.url },
        mediaType: part.mediaType ?? "application/octet-stream",
        providerOptions,
      });
    case "file-id":
    case "image-file-id":
      return { type: "raw", part: { type: "file", file: { file_id: idOf(part.fileId) } } };
    default: {
      // `ai` 7 has one more form: a file as in a prompt.
      const other: unknown = part;
      if (isObject(other) && other.type === "file" && typeof other.mediaType === "string")
        return toFilePart({ data: other.data, mediaType: other.mediaType, providerOptions });
      throw unknownPart(part);
    }
  }
}

const unknownPart = (part: unknown) =>
  unsupported(`a part of type ${JSON.stringify(isObject(part) ? part.type : part)}`);
