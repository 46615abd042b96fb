/** Members of an answer that some services have and the document has not. Each is read as a value of unknown type. */
import type { Citation, ExtraMembers, ReasoningField, TokenLogprob } from "../base/types.ts";
import { isObject, valueAt } from "../base/values.ts";
import type { VendorField } from "../services/service-profile.ts";

export interface Reasoning {
  text: string;
  /** Absent where it was only found in details, which go back as they came. */
  field?: ReasoningField;
}

const FIELDS: readonly ReasoningField[] = ["reasoning", "reasoning_content", "thinking"];

/** The reasoning of a message or a delta, from the first of its places that has some. */
export function readReasoning(message: object): Reasoning | undefined {
  for (const field of FIELDS) {
    const text: unknown = Reflect.get(message, field);
    if (typeof text === "string" && text !== "") return { text, field };
  }
  const text = detailsText(Reflect.get(message, "reasoning_details"));
  return text === "" ? undefined : { text };
}

/** A message whose reasoning came before it. */
export function withoutReasoning<T extends object>(message: T): T {
  const rest = { ...message };
  for (const field of [...FIELDS, "reasoning_details"]) Reflect.deleteProperty(rest, field);
  return rest;
}

function detailsText(details: unknown): string {
  if (!Array.isArray(details)) return "";
  return details.map((detail) => textIn(detail, "text") || textIn(detail, "summary")).join("");
}

const textIn = (value: unknown, member: string): string => {
  const text = isObject(value) ? value[member] : undefined;
  return typeof text === "string" ? text : "";
};

const GOING_BACK: readonly VendorField[] = ["reasoning_details", "extra_content", "thought_signature"];

/** What the service wants back with a message, as it came. */
export function readMessageExtra(message: object): ExtraMembers | undefined {
  let extra: ExtraMembers | undefined;
  for (const field of GOING_BACK) {
    const value: unknown = Reflect.get(message, field);
    if (value == null || value === "" || (Array.isArray(value) && value.length === 0)) continue;
    extra ??= {};
    extra[field] = value;
  }
  return extra;
}

/** What the service wants back with a call. */
export function readCallExtra(call: object): ExtraMembers | undefined {
  const value: unknown = Reflect.get(call, "extra_content");
  return value == null ? undefined : { extra_content: value };
}

/**
 * Joins the details of a stream's deltas: those of one index and type go on with each other, texts joined, other members as
 * they came last.
 */
export function joinDetails(all: ExtraMembers[], more: unknown): void {
  if (!Array.isArray(more)) return;
  for (const detail of more) {
    if (!isObject(detail)) continue;
    const last = all.at(-1);
    const goesOn = last && last.type === detail.type && (last.index ?? 0) === (detail.index ?? 0);
    if (!goesOn) {
      all.push({ ...detail });
      continue;
    }
    for (const [name, value] of Object.entries(detail)) {
      const before = last[name];
      const grows = JOINED.has(name) && typeof before === "string" && typeof value === "string";
      if (value != null && name !== "__proto__") last[name] = grows ? before + value : value;
    }
  }
}

const JOINED = new Set(["text", "summary", "data"]);

/**
 * The sources of an answer: Perplexity's `search_results` and `citations` at the top, `annotations` of a message as OpenAI and
 * OpenRouter have them.
 */
export function readCitations(message: unknown, body: unknown): Citation[] | undefined {
  const sources = [
    listAt(message, "annotations"),
    listAt(body, "search_results"),
    listAt(body, "citations"),
    listAt(message, "citations"),
  ];
  for (const source of sources) {
    const found = source.map(toCitation).filter((citation) => citation !== undefined);
    if (found.length > 0) return found;
  }
  return undefined;
}

function listAt(value: unknown, member: string): readonly unknown[] {
  const list = valueAt(value, [member]);
  return Array.isArray(list) ? list : [];
}

function toCitation(source: unknown): Citation | undefined {
  if (typeof source === "string") return { url: source };
  if (!isObject(source)) return undefined;
  const inner = isObject(source.url_citation) ? source.url_citation : source;
  if (typeof inner.url !== "string") return undefined;
  const citation: Citation = { url: inner.url };
  if (typeof inner.title === "string") citation.title = inner.title;
  if (typeof inner.start_index === "number") citation.start = inner.start_index;
  if (typeof inner.end_index === "number") citation.end = inner.end_index;
  return citation;
}

/** Probabilities of a choice's tokens, as OpenAI has them; what has another shape is left out. */
export function readLogprobs(choice: unknown): TokenLogprob[] | undefined {
  const content = valueAt(choice, ["logprobs", "content"]);
  if (!Array.isArray(content)) return undefined;
  const tokens = content.map(toTokenLogprob).filter((token) => token !== undefined);
  return tokens.length > 0 ? tokens : undefined;
}

function toTokenLogprob(entry: unknown): TokenLogprob | undefined {
  if (!isObject(entry) || typeof entry.token !== "string" || typeof entry.logprob !== "number")
    return undefined;
  const { token, logprob, top_logprobs: top } = entry;
  const topLogprobs = Array.isArray(top) ? top.map(toTokenLogprob).filter((one) => one !== undefined) : [];
  return { token, logprob, ...(topLogprobs.length > 0 && { topLogprobs }) };
}
