/** An application's messages as wire messages, written member by member. Unknown or wrong members are refused. */
import type {
  RequestMessage,
  RequestToolCall,
  TextPart,
  ContentPart as WirePart,
} from "../../generated/wire.ts";
import { refuseUnknown } from "../base/nearest.ts";
import type {
  AssistantMessage,
  ContentPart,
  ExtraMembers,
  Message,
  ReasoningField,
  ToolCall,
} from "../base/types.ts";
import { invalidRequest, isObject, kindOf } from "../base/values.ts";
import type { ServiceProfile, VendorField } from "../services/service-profile.ts";
import { toImageUrl } from "./images.ts";

export function toWireMessage(message: Message, index: number, service: ServiceProfile): RequestMessage {
  const place = `messages[${index}]`;
  switch (message?.role) {
    case "system":
    case "developer":
      checkMembers(message, SPOKEN, place);
      return withExtra(
        Object.assign(
          {
            role: message.role === "developer" ? service.developerRole : message.role,
            content: toContent(message.content, place, isText),
          },
          nameOf(message, place, service),
        ),
        message.extra,
        place,
      );
    case "user":
      checkMembers(message, SPOKEN, place);
      return withExtra(
        Object.assign(
          { role: "user" as const, content: toContent(message.content, place) },
          nameOf(message, place, service),
        ),
        message.extra,
        place,
      );
    case "assistant":
      checkMembers(message, ASSISTANT, place);
      return toWireAssistant(message, place, service);
    case "tool":
      checkMembers(message, TOOL, place);
      return withExtra(
        {
          role: "tool",
          content: toContent(message.content, place),
          tool_call_id: text(message.toolCallId, `${place}.toolCallId`),
          ...nameOf(message, place),
        },
        message.extra,
        place,
      );
    default:
      // Reached from untyped code only.
      throw invalidRequest(
        `${place}.role`,
        `expected system, developer, user, assistant or tool, got ${shortJson(message)}`,
      );
  }
}

const SPOKEN = ["role", "content", "name", "extra"];
const TOOL = ["role", "content", "toolCallId", "name", "extra"];
const OF_RESPONSES = [
  ...["id", "model", "requestId", "created", "refusal", "executedTools", "finishReason", "rawFinishReason"],
  ...["usage", "timing", "serviceTier", "systemFingerprint", "seed", "choices", "citations", "logprobs"],
  ...["cost", "rateLimits", "raw", "headers", "index"],
];
/** A `ChatResponse` is given back as it came, with members that are no part of a message. */
const ASSISTANT = [
  ...["role", "content", "toolCalls", "reasoning", "reasoningField", "extra"],
  ...OF_RESPONSES,
];

/** Refuses a member that is not known: it would be dropped without a word. */
function checkMembers(message: object, known: readonly string[], place: string): void {
  refuseUnknown(message, known, "member (those of the wire go into extra)", place);
}

function toWireAssistant(message: AssistantMessage, place: string, service: ServiceProfile): RequestMessage {
  const { toolCalls, reasoning } = message;
  const calls = listOf(toolCalls, `${place}.toolCalls`).map((call, at) =>
    toWireToolCall(call, `${place}.toolCalls[${at}]`, service),
  );
  const field = reasoning ? reasoningFieldOf(message, service) : undefined;
  const content = contentOf(message, calls.length > 0, place, service);
  const wire = {
    role: "assistant" as const,
    ...(content !== undefined && { content }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const extra = vendorMembers(message.extra, service, place);
  // Signed reasoning goes back as it came; its text beside it would be another reasoning.
  if (field === undefined || extra?.reasoning_details !== undefined) return withExtra(wire, extra, place);
  const thought = text(reasoning, `${place}.reasoning`);
  const signed = message.extra?.thinking_parts;
  const isMember =
    field !== "thinking" || (service.reasoningField === "as_received" && !Array.isArray(signed));
  if (isMember) return withExtra(wire, { [field]: thought, ...extra }, place);
  const spoken =
    typeof content === "string" && content !== "" ? [{ type: "text", text: content }] : content || [];
  // A signature holds for the parts as they came.
  const plain = { type: "thinking", thinking: [{ type: "text", text: thought }] };
  const thinking = Array.isArray(signed) ? signed : [plain];
  return withExtra(wire, { content: [...thinking, ...spoken], ...extra }, place);
}

function contentOf(
  message: AssistantMessage,
  hasCalls: boolean,
  place: string,
  { contentBesideCalls }: ServiceProfile,
) {
  const { content } = message;
  if (contentBesideCalls === "empty" && hasCalls && (content ?? "") === "") return "";
  if (content === undefined || content === null) return content;
  // A response without words: servers take no empty content beside calls, and what it said instead is all that it said.
  if (content === "" && hasCalls) return undefined;
  if (content === "" && "refusal" in message && typeof message.refusal === "string") return message.refusal;
  return toContent(content, place, isText);
}

function reasoningFieldOf(
  { reasoningField }: AssistantMessage,
  service: ServiceProfile,
): ReasoningField | undefined {
  if (service.reasoningField === "none") return undefined;
  return service.reasoningField === "as_received" ? reasoningField : service.reasoningField;
}

const VENDOR_FIELDS: readonly VendorField[] = ["reasoning_details", "extra_content", "thought_signature"];

/** What another service wanted back is left out: this one would refuse it. Anything else was put there by the application. */
function vendorMembers(
  extra: ExtraMembers | undefined,
  { vendorFields }: ServiceProfile,
  place: string,
): ExtraMembers | undefined {
  if (extra === undefined) return undefined;
  if (!isObject(extra)) throw invalidRequest(`${place}.extra`, `expected an object, got ${kindOf(extra)}`);
  // Thinking parts are of the content, and never a member of the message.
  const foreign = new Set<string>(["thinking_parts"]);
  for (const field of VENDOR_FIELDS) if (!vendorFields.includes(field)) foreign.add(field);
  if (!vendorFields.includes("reasoning_details")) foreign.add("thinking_blocks");
  const own = Object.entries(extra).filter(([name]) => !foreign.has(name));
  return own.length === Object.keys(extra).length ? extra : Object.fromEntries(own);
}

/** What services send with a call goes back to those that want it. Groq refuses any member that it does not know. */
function callMembers(extra: ExtraMembers | undefined, service: ServiceProfile, place: string) {
  const members = vendorMembers(extra, service, place);
  const wantsAny = service.vendorFields.some((field) => field !== "reasoning_details");
  if (wantsAny || members === undefined) return members;
  if (service.closedRequests) return undefined;
  return Object.fromEntries(Object.entries(members).filter(([name]) => !SENT_WITH_CALLS.has(name)));
}

/** `function`: members of the call's function, such as a thought signature. */
const SENT_WITH_CALLS = new Set(["function", "provider_specific_fields"]);

/** The arguments go back as the model wrote them; blank ones as the `{}` that they mean, which servers insist on. */
function toWireToolCall(call: ToolCall, place: string, service: ServiceProfile): RequestToolCall {
  if (!isObject(call) || !isObject(call.function)) {
    throw invalidRequest(place, `expected a tool call with id and function, got ${kindOf(call)}`);
  }
  checkMembers(call, CALL, place);
  checkMembers(call.function, CALLED, `${place}.function`);
  const { name, rawArguments, arguments: parsed } = call.function;
  if (rawArguments === undefined && parsed !== undefined && !isObject(parsed)) {
    const problem = `expected an object, got ${kindOf(parsed)}; arguments as a text go into rawArguments`;
    throw invalidRequest(`${place}.function.arguments`, problem);
  }
  const { function: ofFunction, ...extra } = callMembers(call.extra, service, place) ?? {};
  const raw = rawArguments ?? JSON.stringify(parsed ?? {});
  const wire = {
    id: text(call.id, `${place}.id`),
    type: "function" as const,
    function: {
      ...(isObject(ofFunction) && ofFunction),
      name: text(name, `${place}.function.name`),
      arguments: text(raw, `${place}.function.rawArguments`).trim() === "" ? "{}" : raw,
    },
  };
  return withExtra(wire, extra, place);
}

const CALL = ["id", "type", "function", "extra"];
const CALLED = ["name", "arguments", "rawArguments", "invalid"];

type Accepts = (part: ContentPart) => boolean;
const isText: Accepts = (part) => part.type === "text" || part.type === "raw";

function toContent(content: unknown, place: string): string | WirePart[];
function toContent(content: unknown, place: string, accepts: Accepts): string | TextPart[];
function toContent(content: unknown, place: string, accepts: Accepts = () => true): string | WirePart[] {
  if (!Array.isArray(content)) return text(content, `${place}.content`);
  return content.map((part: ContentPart, at) => {
    const where = `${place}.content[${at}]`;
    const wire = toWirePart(part, where);
    if (!accepts(part)) throw invalidRequest(where, "expected a part of type text in a message of this role");
    return wire;
  });
}

function toWirePart(part: ContentPart, place: string): WirePart {
  switch (part?.type) {
    case "text":
      checkMembers(part, TEXT_PART, place);
      return withExtra({ type: "text", text: text(part.text, `${place}.text`) }, part.extra, place);
    case "image": {
      checkMembers(part, IMAGE_PART, place);
      const url = toImageUrl(part, place);
      const image_url = part.detail === undefined ? { url } : { url, detail: part.detail };
      return withExtra({ type: "image_url", image_url }, part.extra, place);
    }
    case "raw":
      // Passed on unchecked: the server knows what it is.
      return rawMember(part.part, `${place}.part`) as WirePart;
    default:
      throw invalidRequest(
        place,
        `expected a part of type "text", "image" or "raw", got ${shortJson(part, "type")}; parts of the wire go into { type: "raw", part }`,
      );
  }
}

const TEXT_PART = ["type", "text", "extra"];
const IMAGE_PART = ["type", "image", "mediaType", "detail", "extra"];

/** What is sent as it is. */
export function rawMember(value: unknown, place: string): ExtraMembers {
  if (isObject(value)) return value;
  throw invalidRequest(place, `expected an object, got ${kindOf(value)}`);
}

/** Adds members by their wire names. Those that the adapter writes itself can't be changed by them. */
export function withExtra<T extends object>(wire: T, extra: ExtraMembers | undefined, place: string): T {
  if (extra === undefined) return wire;
  if (!isObject(extra)) throw invalidRequest(`${place}.extra`, `expected an object, got ${kindOf(extra)}`);
  for (const name of Object.keys(extra)) {
    if (name === "__proto__" || name === "role" || name === "type" || name === "tool_calls") {
      throw invalidRequest(
        `${place}.extra.${name}`,
        "expected a member that the library does not write itself",
      );
    }
  }
  return { ...wire, ...extra };
}

/** Of a tool message every service takes it. */
function nameOf(
  { name }: { name?: string | undefined },
  place: string,
  service?: ServiceProfile,
): { name?: string } {
  if (name === undefined) return {};
  if (service?.messageNames === false) {
    const problem = `expected nothing, since ${service.label} refuses names; leave it out, or set config.compat.message_names`;
    throw invalidRequest(`${place}.name`, problem);
  }
  return { name: text(name, `${place}.name`) };
}

function listOf<T>(value: readonly T[] | undefined | null, place: string): readonly T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidRequest(place, `expected a list, got ${kindOf(value)}`);
  return value;
}

function text(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  throw invalidRequest(place, `expected a text, got ${kindOf(value)}`);
}

/** The role or type that came, short. */
function shortJson(value: unknown, member = "role"): string {
  const came: unknown = isObject(value) ? value[member] : undefined;
  return typeof came === "string" ? JSON.stringify(came.slice(0, 60)) : kindOf(came);
}
