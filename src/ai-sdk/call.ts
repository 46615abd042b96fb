/** Options of a call of the AI SDK as messages and options of ours. */
import type { LanguageModelV3CallOptions, SharedV3Headers } from "@ai-sdk/provider";
import type { ChatStreamOptions, ExtraRequestFields, Message } from "../provider/base/types.ts";
import { isObject } from "../provider/base/values.ts";
import { groqOptions } from "./json.ts";
import { toJsonWay } from "./json-format.ts";
import { SETTINGS } from "./options-types.ts";
import { toMessages } from "./prompt.ts";
import { toReasoningEffort } from "./reasoning.ts";
import { toTools } from "./tools.ts";
import { Warnings } from "./warnings.ts";

/** A model as calls need it. */
export interface ModelFacts {
  /** `provider` of its configuration. */
  service: string;
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

/** Services that take fewer settings: a router's candidates may be any of them. */
const NO_PENALTIES = ["groq", "router"];
const NO_TOP_K = ["groq", "router", "openai", "azure", "mistral", "cerebras", "xai"];
const NO_SCHEMA_BESIDE_TOOLS = ["groq", "router"];

export function toCall(given: LanguageModelV3CallOptions, { service, model, modelId }: ModelFacts): Call {
  const warnings = new Warnings();
  const { structuredOutputs, strictJsonSchema, ...groq } = readOptions(given, warnings);
  const tools = toTools(given, warnings);
  const json = toJsonWay(
    given.responseFormat,
    tools,
    {
      structuredOutputs: structuredOutputs !== false,
      strict: typeof strictJsonSchema === "boolean" ? strictJsonSchema : undefined,
      besideTools: !NO_SCHEMA_BESIDE_TOOLS.includes(service),
    },
    warnings,
  );
  warnOfHeaders(given.headers, warnings);
  const all = json.answerTool ? [...tools.tools, json.answerTool] : tools.tools;
  const setting: unknown = Reflect.get(given, "reasoning");
  const effort = toReasoningEffort(setting, service, modelId, warnings);
  const extra = extraFields(given, groq.extra, service, warnings);
  const messages = toMessages(given.prompt, warnings);
  const options: ChatStreamOptions = {
    ...(effort !== undefined && { reasoningEffort: effort }),
    ...(json.answerTool && { parallelToolCalls: false }),
    ...groq,
    model,
    signal: given.abortSignal,
    maxTokens: given.maxOutputTokens,
    temperature: given.temperature,
    topP: given.topP,
    stop: given.stopSequences?.length ? given.stopSequences : undefined,
    seed: given.seed,
    responseFormat: json.responseFormat,
    toolChoice: json.toolChoice ?? tools.toolChoice,
    ...(all.length > 0 && { tools: all }),
    ...(extra && { extra }),
  };
  return {
    messages: json.instruction ? [json.instruction, ...messages] : messages,
    options,
    warnings: warnings.list,
    serverTools: tools.serverTools,
    answerTool: json.answerTool?.function.name,
  };
}

/** `providerOptions.groq` without what has a setting of its own. Names that nobody knows the provider refuses. */
function readOptions(
  { providerOptions }: LanguageModelV3CallOptions,
  warnings: Warnings,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(groqOptions(providerOptions))) {
    const setting = Object.entries(SETTINGS).find(([known]) => known === name)?.[1];
    if (setting === undefined) options[name] = value;
    else warnings.unsupported(`providerOptions.groq.${name}`, `use ${setting}`);
  }
  return options;
}

/** Settings that only some services take. */
function extraFields(
  { topK, presencePenalty, frequencyPenalty }: LanguageModelV3CallOptions,
  given: unknown,
  service: string,
  warnings: Warnings,
): ExtraRequestFields | undefined {
  const extra: ExtraRequestFields = isObject(given) ? { ...given } : {};
  const add = (setting: string, field: string, value: number | undefined, without: readonly string[]) => {
    if (value === undefined) return;
    if (without.includes(service)) warnings.unsupported(setting);
    else extra[field] = value;
  };
  add("topK", "top_k", topK, NO_TOP_K);
  add("presencePenalty", "presence_penalty", presencePenalty, NO_PENALTIES);
  add("frequencyPenalty", "frequency_penalty", frequencyPenalty, NO_PENALTIES);
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
