/** An application's call as a wire request: written field by field, never spread, because Groq refuses unknown fields. */

import type { components } from "../../generated/types.ts";
import { didYouMean } from "../base/nearest.ts";
import type {
  ChatOptions,
  ContentPart,
  EmbedOptions,
  Message,
  ResponseFormat,
  Tool,
  ToolCall,
} from "../base/types.ts";
import { invalidRequest, kindOf } from "../base/values.ts";
import type { RequestDefaults } from "../config/settings.ts";
import type { ServiceProfile } from "../services/service-profile.ts";
import { toImageUrl } from "./images.ts";

type Wire = components["schemas"];
type WireRequest = Wire["CreateChatCompletionRequest"];
type WireMessage = Wire["ChatCompletionRequestMessage"];

export interface ChatRequestContext {
  /** The configuration's model. */
  model: string;
  defaults: RequestDefaults;
  profile: ServiceProfile;
  stream?: { includeUsage: boolean } | undefined;
}

/** The wire request, or `InvalidRequest` for what the service would refuse anyway. */
export function toChatRequest(
  messages: readonly Message[],
  options: ChatOptions,
  { model, defaults, profile, stream }: ChatRequestContext,
): WireRequest {
  refuseContradictions(messages, options, defaults, profile);
  const request: WireRequest = {
    model: options.model ?? model,
    messages: messages.map((message, index) => toWireMessage(message, index, profile)),
  };
  const maxTokens = options.maxTokens ?? defaults.maxTokens;
  const reasoningFormat =
    options.includeReasoning === undefined
      ? (options.reasoningFormat ?? defaults.reasoningFormat)
      : undefined;
  const stop = options.stop ?? defaults.stop;
  set(request, "temperature", options.temperature ?? defaults.temperature);
  set(request, profile.maxTokensField, maxTokens);
  set(request, "top_p", options.topP ?? defaults.topP);
  set(request, "stop", typeof stop === "object" ? [...stop] : stop);
  set(request, "seed", options.seed ?? defaults.seed);
  set(request, "user", options.user ?? defaults.user);
  set(request, "n", options.n);
  set(request, "tools", options.tools?.map(toWireTool));
  set(request, "tool_choice", options.toolChoice);
  set(request, "parallel_tool_calls", options.parallelToolCalls);
  set(request, "response_format", options.responseFormat && toWireFormat(options.responseFormat));
  set(request, "reasoning_effort", options.reasoningEffort ?? defaults.reasoningEffort);
  set(request, "reasoning_format", reasoningFormat);
  set(request, "include_reasoning", options.includeReasoning);
  set(request, "service_tier", options.serviceTier ?? defaults.serviceTier);
  if (options.extra) addExtra(request, options.extra, profile);
  if (stream) {
    request.stream = true;
    if (stream.includeUsage) request.stream_options = { include_usage: true };
  }
  return request;
}

function set<K extends keyof WireRequest>(request: WireRequest, field: K, value: WireRequest[K] | undefined) {
  if (value !== undefined) request[field] = value;
}

function refuseContradictions(
  messages: readonly Message[],
  options: ChatOptions,
  defaults: RequestDefaults,
  profile: ServiceProfile,
): void {
  if (messages.length === 0) throw invalidRequest("messages", "expected at least one message, got none");
  const { n, tools } = options;
  if (n !== undefined && (!Number.isInteger(n) || n < 1 || n > profile.maxChoices)) {
    const expected =
      profile.maxChoices === 1 ? "1 (the service gives one choice a call)" : "a whole number above 0";
    throw invalidRequest("n", `expected ${expected}, got ${n}`);
  }
  if (options.includeReasoning !== undefined && options.reasoningFormat !== undefined) {
    throw invalidRequest(
      "reasoningFormat",
      "expected it alone, got includeReasoning beside it; the service takes one of the two",
    );
  }
  const { toolChoice } = options;
  if (typeof toolChoice === "object" && !tools?.some((tool) => nameOf(tool) === toolChoice.function.name)) {
    throw invalidRequest("toolChoice", `expected a tool of this call, got "${toolChoice.function.name}"`);
  }
  for (const [index, tool] of (tools ?? []).entries()) {
    if (tool.type === "function") checkName(tool.function.name, `tools[${index}].function.name`);
  }
  const format = options.responseFormat;
  if (format?.type === "json_schema") {
    checkName(format.jsonSchema.name, "responseFormat.jsonSchema.name");
    if (profile.closedRequests && tools && tools.length > 0) {
      throw invalidRequest(
        "responseFormat",
        "expected no tools beside json_schema; the service can't combine the two",
      );
    }
  }
  const raw = (options.reasoningFormat ?? defaults.reasoningFormat) === "raw";
  if (options.reasoningFormat === "raw" && raw && ((tools?.length ?? 0) > 0 || isJson(format))) {
    throw invalidRequest("reasoningFormat", 'expected "parsed" or "hidden" beside tools or JSON, got "raw"');
  }
}

const isJson = (format: ResponseFormat | undefined) => format !== undefined && format.type !== "text";
const nameOf = (tool: Tool) => (tool.type === "function" ? tool.function.name : undefined);

/** Functions and schemas are named alike. */
export function checkName(name: unknown, place: string): void {
  if (typeof name === "string" && /^[a-zA-Z0-9_-]{1,64}$/.test(name)) return;
  const got = typeof name === "string" ? JSON.stringify(name.slice(0, 80)) : kindOf(name);
  throw invalidRequest(place, `expected 1 to 64 letters, digits, "_" or "-", got ${got}`);
}

function toWireMessage(message: Message, index: number, profile: ServiceProfile): WireMessage {
  const place = `messages[${index}]`;
  switch (message?.role) {
    case "system":
    case "developer":
      return { role: message.role, content: textOf(message.content, place), ...nameField(message) };
    case "user":
      return { role: "user", content: toWireContent(message.content, place), ...nameField(message) };
    case "assistant":
      return {
        role: "assistant",
        ...(message.content != null && { content: textOf(message.content, place) }),
        ...(message.toolCalls &&
          message.toolCalls.length > 0 && { tool_calls: message.toolCalls.map(toWireToolCall) }),
        ...(message.reasoning !== undefined && profile.takesReasoning && { reasoning: message.reasoning }),
      };
    case "tool":
      return { role: "tool", content: textOf(message.content, place), tool_call_id: message.toolCallId };
    default:
      // Reached from untyped code only.
      throw invalidRequest(
        `${place}.role`,
        `expected system, developer, user, assistant or tool, got ${roleOf(message)}`,
      );
  }
}

const nameField = ({ name }: { name?: string | undefined }) => (name === undefined ? {} : { name });

function textOf(content: unknown, place: string): string {
  if (typeof content === "string") return content;
  throw invalidRequest(
    `${place}.content`,
    `expected a text, got ${content === null ? "null" : typeof content}`,
  );
}

function toWireContent(content: string | readonly ContentPart[], place: string) {
  if (!Array.isArray(content)) return textOf(content, place);
  return content.map((part: ContentPart, at) => toWirePart(part, `${place}.content[${at}]`));
}

function toWirePart(part: ContentPart, place: string): Wire["ChatCompletionRequestMessageContentPart"] {
  switch (part?.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image": {
      const url = toImageUrl(part, place);
      return {
        type: "image_url",
        image_url: part.detail === undefined ? { url } : { url, detail: part.detail },
      };
    }
    default:
      throw invalidRequest(place, 'expected a part of type "text" or "image"');
  }
}

const roleOf = (message: { role?: unknown } | null | undefined) => JSON.stringify(message?.role) ?? "nothing";

/** The arguments go back as the model wrote them; blank ones as the `{}` that they mean, which servers insist on. */
function toWireToolCall({ id, function: call }: ToolCall): Wire["ChatCompletionMessageToolCall"] {
  const raw = call.rawArguments ?? JSON.stringify(call.arguments);
  return { id, type: "function", function: { name: call.name, arguments: raw.trim() === "" ? "{}" : raw } };
}

function toWireTool(tool: Tool): Wire["ChatCompletionTool"] {
  if (tool.type !== "function") return { type: tool.type };
  const { name, description, parameters, strict } = tool.function;
  return {
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters }),
      ...(strict !== undefined && { strict }),
    },
  };
}

function toWireFormat(format: ResponseFormat): NonNullable<WireRequest["response_format"]> {
  if (format.type !== "json_schema") return { type: format.type };
  const { name, description, schema, strict } = format.jsonSchema;
  return {
    type: "json_schema",
    json_schema: {
      name,
      schema,
      ...(description !== undefined && { description }),
      ...(strict !== undefined && { strict }),
    },
  };
}

/** Fields that the adapter writes itself: `extra` must not change what a call is. */
const OWN_FIELDS = ["messages", "model", "stream", "stream_options"];

function addExtra(request: WireRequest, extra: object, profile: ServiceProfile): void {
  for (const [field, value] of Object.entries(extra)) {
    if (value === undefined) continue;
    const place = `extra.${field}`;
    if (OWN_FIELDS.includes(field))
      throw invalidRequest(place, "expected a field that the call does not set itself");
    if (Object.hasOwn(request, field))
      throw invalidRequest(place, "expected once, got it beside the option of the same meaning");
    if (field === "__proto__" || (profile.closedRequests && !profile.requestFields.includes(field))) {
      throw invalidRequest(
        place,
        `expected a field of the service's document${didYouMean(field, profile.requestFields)}`,
      );
    }
    Object.assign(request, { [field]: value });
  }
}

export function toEmbeddingRequest(
  input: readonly string[],
  options: EmbedOptions,
  model: string,
): Wire["CreateEmbeddingRequest"] {
  if (input.length === 0) throw invalidRequest("input", "expected at least one text, got none");
  const request: Wire["CreateEmbeddingRequest"] = { model: options.model ?? model, input: [...input] };
  if (options.dimensions !== undefined) request.dimensions = options.dimensions;
  if (options.user !== undefined) request.user = options.user;
  return request;
}
