/** Options of a call of the AI SDK as messages and options of ours. */
import type { LanguageModelV3CallOptions, SharedV3Headers } from "@ai-sdk/provider";
import type { ChatStreamOptions, ExtraRequestFields, Message } from "../provider/base/types.ts";
import { invalidRequest, isObject, kindOf } from "../provider/base/values.ts";
import { GivenOptions } from "./given-options.ts";
import { toJsonWay } from "./json-format.ts";
import { SETTINGS } from "./options-types.ts";
import { toMessages } from "./prompt.ts";
import { toReasoningEffort } from "./reasoning.ts";
import type { Service } from "./service.ts";
import { toTools } from "./tools.ts";
import { Warnings } from "./warnings.ts";

/** A model as calls need it. */
export interface ModelFacts {
  service: Service;
  /** Where the application chose another than the provider's own. */
  model: string | undefined;
  modelId: string;
}

export interface Call {
  messages: Message[];
  options: ChatStreamOptions;
  warnings: Warnings["list"];
  /** The application's names of the tools that the server runs, by type. */
  serverTools: ReadonlyMap<string, string>;
  /** The name of the tool whose arguments are the answer. */
  answerTool: string | undefined;
}

export function toCall(options: LanguageModelV3CallOptions, { service, model, modelId }: ModelFacts): Call {
  const warnings = new Warnings();
  const given = new GivenOptions(service.name, warnings);
  const { structuredOutputs, strictJsonSchema, ...groq } = readOptions(
    options.providerOptions,
    given,
    SETTINGS,
  );
  const messages = toMessages(options.prompt, given);
  const tools = toTools(options, service, given);
  const json = toJsonWay(
    options.responseFormat,
    { ...tools, messages },
    {
      structuredOutputs: flag("structuredOutputs", structuredOutputs),
      strict: flag("strictJsonSchema", strictJsonSchema),
      besideTools: service.takesSchemaBesideTools,
    },
    warnings,
  );
  warnOfHeaders(options.headers, warnings);
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !Object.hasOwn(OPTIONS, name))
      warnings.unsupported(name, "it is not known here");
  const all = json.answerTool ? [...tools.tools, json.answerTool] : tools.tools;
  const setting: unknown = Reflect.get(options, "reasoning");
  const effort = toReasoningEffort(setting, service.name, modelId, warnings);
  const extra = extraFields(options, groq.extra, service, warnings);
  return {
    messages: json.instruction ? [json.instruction, ...messages] : messages,
    options: {
      ...(effort !== undefined && { reasoningEffort: effort }),
      // An answer beside other calls would be another step; elsewhere some services refuse the field.
      ...(json.answerTool && service.name === "groq" && { parallelToolCalls: false }),
      ...groq,
      model,
      signal: options.abortSignal,
      maxTokens: options.maxOutputTokens,
      temperature: options.temperature,
      topP: options.topP,
      stop: options.stopSequences?.length ? options.stopSequences : undefined,
      seed: options.seed,
      responseFormat: json.responseFormat,
      toolChoice: json.toolChoice ?? tools.toolChoice,
      ...(all.length > 0 && { tools: all }),
      ...(extra && { extra }),
    },
    warnings: warnings.list,
    serverTools: tools.serverTools,
    answerTool: json.answerTool?.function.name,
  };
}

/** All that a call may hold: a newer major may have more. */
const OPTIONS: Record<keyof LanguageModelV3CallOptions | "reasoning", true> = {
  prompt: true,
  maxOutputTokens: true,
  temperature: true,
  stopSequences: true,
  topP: true,
  topK: true,
  presencePenalty: true,
  frequencyPenalty: true,
  responseFormat: true,
  seed: true,
  tools: true,
  toolChoice: true,
  includeRawChunks: true,
  abortSignal: true,
  headers: true,
  providerOptions: true,
  reasoning: true,
};

/**
 * `providerOptions.groq` without the names that have a setting of the AI SDK's own, which is told. Names that nobody knows
 * the provider refuses.
 */
export function readOptions(
  providerOptions: LanguageModelV3CallOptions["providerOptions"],
  given: GivenOptions,
  settings: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given.all(providerOptions))) {
    if (Object.hasOwn(settings, name))
      given.warnings.unsupported(`providerOptions.groq.${name}`, `use ${settings[name]}`);
    else options[name] = value;
  }
  return options;
}

function flag(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw invalidRequest(`providerOptions.groq.${name}`, `expected true or false, got ${kindOf(value)}`);
}

/** Settings that only some services take. */
function extraFields(
  { topK, presencePenalty, frequencyPenalty }: LanguageModelV3CallOptions,
  given: unknown,
  { takesTopK, takesPenalties }: Service,
  warnings: Warnings,
): ExtraRequestFields | undefined {
  const extra: ExtraRequestFields = isObject(given) ? { ...given } : {};
  const add = (setting: string, field: string, value: number | undefined, isTaken: boolean) => {
    if (value === undefined) return;
    if (isTaken) extra[field] = value;
    else warnings.unsupported(setting);
  };
  add("topK", "top_k", topK, takesTopK);
  add("presencePenalty", "presence_penalty", presencePenalty, takesPenalties);
  add("frequencyPenalty", "frequency_penalty", frequencyPenalty, takesPenalties);
  return Object.keys(extra).length > 0 ? extra : undefined;
}

/** A provider has its headers from its options; `ai` itself adds its name to each call. */
export function warnOfHeaders(
  headers: SharedV3Headers | Record<string, string | undefined> | undefined,
  warnings: Warnings,
): void {
  const names = Object.entries(headers ?? {})
    .filter(([name, value]) => value !== undefined && name.toLowerCase() !== "user-agent")
    .map(([name]) => name);
  if (names.length === 0) return;
  warnings.unsupported(
    `headers (${names.join(", ")})`,
    "give them to the provider, as `headers` or by a layer",
  );
}
