/** An application's call as a wire request: written field by field, never spread, because Groq refuses unknown fields. */

import type { ChatRequest, EmbeddingRequest, RequestTool } from "../../generated/wire.ts";
import { didYouMean, refuseUnknown } from "../base/nearest.ts";
import type {
  ChatOptions,
  EmbedOptions,
  FunctionTool,
  Message,
  ReasoningEffort,
  ResponseFormat,
  Tool,
  ToolChoice,
} from "../base/types.ts";
import { invalidRequest, isObject, kindOf } from "../base/values.ts";
import type { RequestDefaults } from "../config/settings.ts";
import { checkIsJsonSchema } from "../schema/foreign.ts";
import type { ServiceProfile } from "../services/service-profile.ts";
import { withUniqueCallIds } from "./call-ids.ts";
import { rawMember, toWireMessage, withExtra } from "./messages.ts";
import { isText } from "./untyped-input.ts";

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
): ChatRequest {
  refuseContradictions(messages, options, defaults, profile);
  const request: ChatRequest = {
    model: options.model ?? model,
    messages: withUniqueCallIds([
      ...schemaMessage(options.responseFormat, profile),
      ...messages.map((message, index) => toWireMessage(message, index, profile)),
    ]),
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
  set(request, "response_format", options.responseFormat && toWireFormat(options.responseFormat, profile));
  setEffort(request, options.reasoningEffort ?? defaults.reasoningEffort, profile);
  setOpen(request, "reasoning_format", reasoningFormat);
  set(request, "include_reasoning", options.includeReasoning);
  setOpen(request, "service_tier", options.serviceTier ?? defaults.serviceTier);
  if (options.extra) addExtra(request, options.extra, profile, options.unknownFields === "send");
  if (stream) {
    request.stream = true;
    if (stream.includeUsage && profile.streamUsage) request.stream_options = { include_usage: true };
  }
  refuseFields(request, profile);
  return renameFields(request, profile);
}

/** Services add values to these faster than documents do. */
type OpenField = "reasoning_effort" | "reasoning_format" | "service_tier";

function setOpen(request: ChatRequest, field: OpenField, value: string | undefined) {
  if (value !== undefined) Object.assign(request, { [field]: value });
}

/** Where a switch turns reasoning on and off, the effort says only how much there is. */
function setEffort(request: ChatRequest, effort: ReasoningEffort | undefined, profile: ServiceProfile): void {
  if (effort === undefined) return;
  const isNested = profile.reasoningRequest === "nested";
  if (isNested) Object.assign(request, { reasoning: { enabled: effort !== "none" } });
  if (!isNested || (effort !== "none" && effort !== "default")) setOpen(request, "reasoning_effort", effort);
}

function set<K extends keyof ChatRequest>(request: ChatRequest, field: K, value: ChatRequest[K] | undefined) {
  if (value !== undefined) request[field] = value;
}

/** The service would refuse the whole call, or ignore what it asks for. */
function refuseFields(request: ChatRequest, { refusedFields, label }: ServiceProfile): void {
  for (const field of refusedFields) {
    if (!Object.hasOwn(request, field)) continue;
    throw invalidRequest(
      OPTIONS.get(field) ?? field,
      `expected nothing, since ${label} refuses ${field}; leave it out, or set config.compat.refused_fields`,
    );
  }
}

/** Options by the wire fields that they become, where a service may refuse them. */
const OPTIONS = new Map([
  ["reasoning_format", "reasoningFormat"],
  ["include_reasoning", "includeReasoning"],
  ["reasoning_effort", "reasoningEffort"],
  ["service_tier", "serviceTier"],
  ["parallel_tool_calls", "parallelToolCalls"],
  ["response_format", "responseFormat"],
  ["tool_choice", "toolChoice"],
]);

function renameFields(request: ChatRequest, { renamedFields }: ServiceProfile): ChatRequest {
  const names = Object.entries(renamedFields).filter(([field]) => Object.hasOwn(request, field));
  if (names.length === 0) return request;
  const renamed = new Map(names);
  const fields = Object.entries(request).map(([field, value]) => [renamed.get(field) ?? field, value]);
  return Object.fromEntries(fields) as ChatRequest;
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
  if (typeof toolChoice === "object") checkChoice(toolChoice);
  if (typeof toolChoice === "object" && !tools?.some((tool) => nameOf(tool) === toolChoice.function.name)) {
    throw invalidRequest("toolChoice", `expected a tool of this call, got "${toolChoice.function.name}"`);
  }
  for (const [index, tool] of (tools ?? []).entries()) {
    if (isFunction(tool)) checkName(tool.function.name, `tools[${index}].function.name`);
  }
  const format = options.responseFormat;
  if (format) checkFormat(format);
  if (format?.type === "json_schema") {
    checkName(format.jsonSchema.name, "responseFormat.jsonSchema.name");
    if (!profile.schemaBesideTools && tools && tools.length > 0) {
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

function checkChoice(choice: Exclude<ToolChoice, string>): void {
  const what = 'member of a tool choice, { type: "function", function: { name } }';
  refuseUnknown(choice, ["type", "function"], what, "toolChoice");
  if (!isObject(choice.function))
    throw invalidRequest("toolChoice.function", `expected a function, got ${kindOf(choice.function)}`);
  refuseUnknown(choice.function, ["name"], what, "toolChoice.function");
}

/** What each form of an answer holds. */
const FORMATS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["text", ["type"]],
  ["json_object", ["type"]],
  ["json_schema", ["type", "jsonSchema"]],
]);

function checkFormat(format: ResponseFormat): void {
  const place = "responseFormat";
  const members = FORMATS.get(format.type);
  if (!members) {
    const problem =
      'expected "text", "json_object" or "json_schema"; another one goes into extra: { response_format }';
    throw invalidRequest(`${place}.type`, problem);
  }
  const what = 'member of a response format, { type: "json_schema", jsonSchema: { name, schema } }';
  refuseUnknown(format, members, what, place);
  if (format.type !== "json_schema") return;
  const { jsonSchema } = format;
  if (!isObject(jsonSchema))
    throw invalidRequest(`${place}.jsonSchema`, `expected { name, schema }, got ${kindOf(jsonSchema)}`);
  refuseUnknown(jsonSchema, ["name", "description", "schema", "strict"], what, `${place}.jsonSchema`);
  checkIsJsonSchema(jsonSchema.schema, `${place}.jsonSchema.schema`);
}

const isJson = (format: ResponseFormat | undefined) => format !== undefined && format.type !== "text";
/** Untyped code may leave the type out. */
const isFunction = (tool: Tool): tool is FunctionTool =>
  isObject(tool) && "function" in tool && isObject(tool.function);
const nameOf = (tool: Tool) => (isFunction(tool) ? tool.function.name : undefined);

/** Functions and schemas are named alike. */
export function checkName(name: unknown, place: string): void {
  if (typeof name === "string" && /^[a-zA-Z0-9_-]{1,64}$/.test(name)) return;
  const got = typeof name === "string" ? JSON.stringify(name.slice(0, 80)) : kindOf(name);
  throw invalidRequest(place, `expected 1 to 64 letters, digits, "_" or "-", got ${got}`);
}

function toWireTool(tool: Tool, index: number): RequestTool {
  const place = `tools[${index}]`;
  if (!isObject(tool)) throw invalidRequest(place, `expected a tool, got ${kindOf(tool)}`);
  // A tool of another kind is passed on unchecked: the service knows it.
  if (tool.type === "raw") return rawMember(tool.tool, `${place}.tool`) as RequestTool;
  return isFunction(tool) ? toWireFunction(tool, place) : toWireBuiltIn(tool, place);
}

function toWireFunction(tool: FunctionTool, place: string): RequestTool {
  refuseUnknown(tool, ["type", "function", "extra"], "member of a tool", place);
  refuseUnknown(tool.function, FUNCTION, "member of a function", `${place}.function`);
  const { name, description, parameters, strict } = tool.function;
  if (parameters !== undefined) checkIsJsonSchema(parameters, `${place}.function.parameters`);
  const wire = {
    type: "function" as const,
    function: {
      name,
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters }),
      ...(strict !== undefined && { strict }),
    },
  };
  return withExtra(wire, tool.extra, place);
}

function toWireBuiltIn(tool: Exclude<Tool, FunctionTool>, place: string): RequestTool {
  const type: string = tool.type;
  if (!isText(type) || type === "function")
    throw invalidRequest(`${place}.function`, "expected a function, got none");
  const what = 'member of a built-in tool (one of another service goes into { type: "raw", tool })';
  refuseUnknown(tool, ["type"], what, place);
  // A document may list the types that it knows; which there are, the service says.
  return { type } as RequestTool;
}

const FUNCTION = ["name", "description", "parameters", "strict"];

/** Where a service knows no schema, the model is told it in words; `json_object` holds it to JSON. */
function schemaMessage(
  format: ResponseFormat | undefined,
  { structuredOutput }: ServiceProfile,
): { role: "system"; content: string }[] {
  if (format?.type !== "json_schema" || structuredOutput === "json_schema") return [];
  const { name, description, schema } = format.jsonSchema;
  const what = description === undefined ? name : `${name}: ${description}`;
  const content = `Answer with JSON only, an object that fits this JSON Schema (${what}):\n${JSON.stringify(schema)}`;
  return [{ role: "system", content }];
}

function toWireFormat(
  format: ResponseFormat,
  { structuredOutput }: ServiceProfile,
): NonNullable<ChatRequest["response_format"]> {
  if (format.type !== "json_schema") return { type: format.type };
  if (structuredOutput === "json_object") return { type: "json_object" };
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

function addExtra(
  request: ChatRequest,
  extra: object,
  { closedRequests, requestFields }: ServiceProfile,
  sendUnknown: boolean,
): void {
  for (const [field, value] of Object.entries(extra)) {
    if (value === undefined) continue;
    const place = `extra.${field}`;
    if (OWN_FIELDS.includes(field))
      throw invalidRequest(place, "expected a field that the call does not set itself");
    if (Object.hasOwn(request, field))
      throw invalidRequest(place, "expected once, got it beside the option of the same meaning");
    const isKnown = requestFields.includes(field) || !closedRequests || sendUnknown;
    if (field === "__proto__" || !isKnown) {
      const meant = didYouMean(field, requestFields);
      const wayOut = '; unknownFields: "send" sends one that the document does not have';
      throw invalidRequest(place, `expected a field of the service's document${meant}${wayOut}`);
    }
    Object.assign(request, { [field]: value });
  }
}

export function toEmbeddingRequest(
  input: readonly string[],
  options: EmbedOptions,
  model: string,
): EmbeddingRequest {
  if (input.length === 0) throw invalidRequest("input", "expected at least one text, got none");
  const request: EmbeddingRequest = { model: options.model ?? model, input: [...input] };
  if (options.dimensions !== undefined) request.dimensions = options.dimensions;
  if (options.user !== undefined) request.user = options.user;
  return request;
}
