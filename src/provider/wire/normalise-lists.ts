/** Lists of models and of embeddings, in the forms that services have for them, as the document's. */
import { isObject } from "../base/values.ts";
import { type Members, toNumber, toText } from "./normalise-members.ts";
import { normaliseUsage } from "./normalise-usage.ts";

/** A list of models: bare, or under `data`, `models` or `result`. An entry that names no model is left out. */
export function normaliseModels(body: unknown): unknown {
  const list = listIn(body);
  if (!list) return body;
  const data = list.map(toModel);
  const named = data.filter((model) => isObject(model) && model.id !== undefined);
  return { object: "list", data: named.length > 0 ? named : data };
}

/** One model: bare, or in an envelope. */
export function normaliseModel(body: unknown): unknown {
  const inner =
    isObject(body) && nameOf(body) === undefined ? (body.data ?? body.model ?? body.result) : undefined;
  return toModel(isObject(inner) ? inner : body);
}

const LISTS = ["data", "models", "result", "results", "items"];

function listIn(body: unknown, depth = 0): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (!isObject(body) || depth > 2) return undefined;
  for (const name of LISTS) {
    const list = listIn(body[name], depth + 1);
    if (list) return list;
  }
  const values = Object.values(body);
  // Each model under its name.
  if (
    depth > 0 &&
    values.length > 0 &&
    values.every((value) => isObject(value) && nameOf(value) !== undefined)
  )
    return values;
  return LISTS.some((name) => body[name] === null) ? [] : undefined;
}

function toModel(model: unknown): unknown {
  if (typeof model === "string") return { id: model };
  if (!isObject(model)) return model;
  const members: Members = {};
  for (const [name, read] of Object.entries(MODEL_MEMBERS)) {
    const value = read(model[name]);
    if (value !== undefined) members[name] = value;
  }
  return { ...members, id: nameOf(model), vendor: model };
}

function nameOf(model: Members): string | undefined {
  return toText(model.id) ?? toText(model.name) ?? toText(model.model) ?? toText(model.model_name);
}

const text = (value: unknown) => (typeof value === "string" ? value : undefined);
const texts = (value: unknown) =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
/** What is no figure or text is left out. */
const MODEL_MEMBERS: Record<string, (value: unknown) => unknown> = {
  object: text,
  created: toNumber,
  owned_by: text,
  active: (value) => (typeof value === "boolean" ? value : undefined),
  name: text,
  context_window: toNumber,
  max_completion_tokens: toNumber,
  input_modalities: texts,
  output_modalities: texts,
  supported_features: texts,
};

/** Embeddings: entries or vectors alone, bare or under `data`, `embeddings` or `embedding`. */
export function normaliseEmbeddings(body: unknown): unknown {
  const list = Array.isArray(body) ? body : isObject(body) ? vectorsIn(body) : undefined;
  if (!list) return body;
  const data = list.map(toEntry);
  if (!isObject(body)) return { data };
  return { ...body, data, model: text(body.model), usage: normaliseUsage(body.usage) };
}

function vectorsIn({ data, embeddings, embedding, result }: Members): readonly unknown[] | undefined {
  // Cohere has them by the type of their numbers.
  const inner = isObject(embeddings) ? (embeddings.float ?? Object.values(embeddings)[0]) : embeddings;
  for (const list of [data, inner, result]) if (Array.isArray(list)) return list;
  return Array.isArray(embedding) ? (Array.isArray(embedding[0]) ? embedding : [embedding]) : undefined;
}

function toEntry(entry: unknown): unknown {
  if (!isObject(entry)) return { embedding: entry };
  const { embedding = entry.values, index } = entry;
  // llama.cpp has one row for each text that an input was cut into.
  const row = Array.isArray(embedding) && embedding.length === 1 && Array.isArray(embedding[0]);
  return { ...entry, embedding: row ? embedding[0] : embedding, index: toNumber(index) };
}
