/** What a service tells of its models, under the names that each has for it. */
import type { Model } from "../../generated/wire.ts";
import type { ModelInfo } from "../base/types.ts";
import { valueAt } from "../base/values.ts";
import { withHidden } from "./response.ts";

export function toModelInfo(wire: Model): ModelInfo {
  // What other services say stands beside the document's members, where a list was put into its shape.
  const vendor: unknown = valueAt(wire, ["vendor"]) ?? wire;
  const info: ModelInfo = { id: wire.id };
  const contextWindow = wire.context_window ?? number(vendor, CONTEXT);
  const maxOutputTokens = wire.max_completion_tokens ?? number(vendor, OUTPUT);
  const sizeBytes = number(vendor, [["size"]]);
  const created = wire.created ?? unixSeconds(valueAt(vendor, ["modified_at"]));
  const pricing = toPricing(valueAt(vendor, ["pricing"]));
  const inputModalities = wire.input_modalities ?? texts(vendor, ["architecture", "input_modalities"]);
  const outputModalities = wire.output_modalities ?? texts(vendor, ["architecture", "output_modalities"]);
  if (wire.owned_by != null) info.ownedBy = wire.owned_by;
  if (created !== undefined) info.created = created;
  if (wire.active != null) info.active = wire.active;
  if (wire.name != null) info.name = wire.name;
  if (contextWindow !== undefined) info.contextWindow = contextWindow;
  if (maxOutputTokens !== undefined) info.maxOutputTokens = maxOutputTokens;
  if (sizeBytes !== undefined) info.sizeBytes = sizeBytes;
  if (inputModalities) info.inputModalities = inputModalities;
  if (outputModalities) info.outputModalities = outputModalities;
  if (wire.supported_features != null) info.features = wire.supported_features;
  if (pricing) info.pricing = pricing;
  return withHidden(info, { raw: vendor });
}

type Path = readonly string[];

/** OpenRouter and Together; Mistral and LM Studio; vLLM; llama.cpp. */
const CONTEXT: Path[] = [
  ["context_length"],
  ["max_context_length"],
  ["max_model_len"],
  ["meta", "n_ctx_train"],
];
const OUTPUT: Path[] = [["top_provider", "max_completion_tokens"], ["max_output_tokens"]];

function number(model: unknown, paths: readonly Path[]): number | undefined {
  for (const path of paths) {
    const value = valueAt(model, path);
    if (typeof value === "number" && Number.isFinite(value)) return value;
  }
  return undefined;
}

function texts(model: unknown, path: Path): string[] | undefined {
  const value = valueAt(model, path);
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
}

function unixSeconds(date: unknown): number | undefined {
  const ms = typeof date === "string" ? Date.parse(date.slice(0, 60)) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** US dollars per token, as decimal strings. Other services' numbers are per million, or mean something else. */
function toPricing(wire: unknown): ModelInfo["pricing"] {
  const pricing: NonNullable<ModelInfo["pricing"]> = {};
  const prompt = toPrice(valueAt(wire, ["prompt"]));
  const completion = toPrice(valueAt(wire, ["completion"]));
  const inputCacheRead = toPrice(valueAt(wire, ["input_cache_read"]));
  if (prompt !== undefined) pricing.prompt = prompt;
  if (completion !== undefined) pricing.completion = completion;
  if (inputCacheRead !== undefined) pricing.inputCacheRead = inputCacheRead;
  return Object.keys(pricing).length > 0 ? pricing : undefined;
}

function toPrice(wire: unknown): number | undefined {
  if (typeof wire !== "string" || wire.trim() === "") return undefined;
  const value = Number(wire.slice(0, 60));
  return Number.isFinite(value) ? value : undefined;
}
