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
  for (const field of NAMELESS) {
    const value: unknown = Reflect.get(message, field);
    const text = typeof value === "string" ? value : detailsText(value);
    if (text !== "") return { text };
  }
  return undefined;
}

/** Copilot's text, and lists that go back as they came. */
const NAMELESS = ["reasoning_text", "reasoning_details", "thinking_blocks"];

/** A message whose reasoning came before it. */
export function withoutReasoning<T extends object>(message: T): T {
  const rest = { ...message };
  for (const field of [...FIELDS, ...NAMELESS]) Reflect.deleteProperty(rest, field);
  return rest;
}

function detailsText(details: unknown): string {
  if (!Array.isArray(details)) return "";
  return details
    .map((detail) => textIn(detail, "text") || textIn(detail, "summary") || textIn(detail, "thinking"))
    .join("");
}

const textIn = (value: unknown, member: string): string => {
  const text = isObject(value) ? value[member] : undefined;
  return typeof text === "string" ? text : "";
};

const GOING_BACK: readonly (VendorField | "thinking_blocks" | "thinking_parts")[] = [
  ...([
    "reasoning_details",
    "extra_content",
    "thought_signature",
    "thinking_blocks",
    "thinking_parts",
  ] as const),
];

/** Whether a message has any of them. Unrolled, as a stream asks it of each delta. */
export const hasMessageExtra = (message: object): boolean =>
  "reasoning_details" in message ||
  "extra_content" in message ||
  "thought_signature" in message ||
  "thinking_blocks" in message ||
  "thinking_parts" in message;

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

/** What the service wants back with a call: all that the protocol does not have, of its function under `function`. */
export function readCallExtra(call: object): ExtraMembers | undefined {
  const extra = unknownMembers(call, CALL_MEMBERS);
  const ofFunction = unknownMembers(Reflect.get(call, "function"), FUNCTION_MEMBERS);
  return ofFunction ? { ...extra, function: ofFunction } : extra;
}

const CALL_MEMBERS = new Set(["id", "type", "index", "function", "name", "arguments", "custom"]);
const FUNCTION_MEMBERS = new Set(["name", "arguments", "description"]);

function unknownMembers(value: unknown, known: ReadonlySet<string>): ExtraMembers | undefined {
  if (!isObject(value)) return undefined;
  let extra: ExtraMembers | undefined;
  for (const name in value) {
    if (known.has(name) || value[name] == null || name === "__proto__") continue;
    extra ??= {};
    extra[name] = value[name];
  }
  return extra;
}

/** Adds what a stream's delta has of them: lists are joined part by part, other members are as they came last. */
export function joinMessageExtra(all: ExtraMembers, delta: object): void {
  for (const [name, value] of Object.entries(readMessageExtra(delta) ?? {})) {
    const join = JOINS.get(name);
    const known = all[name];
    const parts: ExtraMembers[] = Array.isArray(known) ? known : [];
    join?.(parts, value);
    if (!join) all[name] = value;
    else if (parts.length > 0) all[name] = parts;
  }
}

/** Joins the details of a stream's deltas: texts of one detail grow, other members are as they came last. */
function joinDetails(all: ExtraMembers[], more: unknown): void {
  if (!Array.isArray(more)) return;
  for (const detail of more) {
    if (!isObject(detail)) continue;
    const known = all.slice(-LOOK_BACK).findLast((one) => goesOn(one, detail));
    if (known) grow(known, detail);
    else all.push({ ...detail });
  }
}

/** Joins the thinking parts of a stream's deltas. A signature or `closed` comes with the last delta of a part. */
function joinThoughts(all: ExtraMembers[], more: unknown): void {
  if (!Array.isArray(more)) return;
  for (const part of more) {
    if (!isObject(part)) continue;
    let last = all.at(-1);
    if (!last || last.type !== part.type || isSigned(last)) {
      last = { thinking: [] };
      all.push(last);
    }
    const { thinking, ...members } = part;
    Object.assign(last, members);
    if (Array.isArray(last.thinking)) joinTexts(last.thinking, thinking);
  }
}

const JOINS = new Map([
  ["reasoning_details", joinDetails],
  ["thinking_blocks", joinDetails],
  ["thinking_parts", joinThoughts],
]);

/** What goes back with a message. Thinking parts that say no more than the reasoning's text are made of it when they are sent. */
export function withSignedThoughts(extra: ExtraMembers | undefined): ExtraMembers | undefined {
  const { thinking_parts: parts, ...rest } = extra ?? {};
  const goesBack = Array.isArray(parts) && parts.some(isSigned) ? { ...rest, thinking_parts: parts } : rest;
  return Object.keys(goesBack).length > 0 ? goesBack : undefined;
}

const isSigned = (part: unknown) =>
  isObject(part) && Object.keys(part).some((name) => name !== "type" && name !== "thinking");

/** Adds to the texts of a part, and lengthens the last one: a part has one text, however many deltas it came in. */
function joinTexts(texts: unknown[], more: unknown): void {
  for (const one of Array.isArray(more) ? more : [{ type: "text", text: more }]) {
    const last: unknown = texts.at(-1);
    if (isText(last) && isText(one)) texts[texts.length - 1] = { ...last, text: last.text + one.text };
    else texts.push(one);
  }
}

const isText = (value: unknown): value is { type: "text"; text: string } =>
  isObject(value) && value.type === "text" && typeof value.text === "string";

/** Details may come mixed, by their index. */
const LOOK_BACK = 8;

function goesOn(known: ExtraMembers, detail: ExtraMembers): boolean {
  if (known.type !== detail.type || differ(known, detail, "id") || differ(known, detail, "signature"))
    return false;
  const sameIndex = known.index !== undefined && known.index === detail.index;
  // What is encrypted can't be told to be a part: only the same index says so.
  if (typeof known.data === "string" && typeof detail.data === "string") return sameIndex;
  // A signature ends a thought.
  const isSigned = known.signature != null && detail.signature == null && !sameIndex;
  return !isSigned && (known.index ?? 0) === (detail.index ?? 0);
}

const differ = (one: ExtraMembers, other: ExtraMembers, name: string) =>
  one[name] != null && other[name] != null && one[name] !== other[name];

function grow(known: ExtraMembers, detail: ExtraMembers): void {
  for (const [name, value] of Object.entries(detail)) {
    const before = known[name];
    const grows = JOINED.has(name) && typeof before === "string" && typeof value === "string";
    if (value != null && name !== "__proto__") known[name] = grows ? before + value : value;
  }
}

const JOINED = new Set(["text", "summary", "data", "thinking"]);

/**
 * The sources of an answer: Perplexity's `search_results` and `citations` at the top, `annotations` of a message as OpenAI and
 * OpenRouter have them, `web_search` of Z.AI, `search_info` of Alibaba.
 */
export function readCitations(message: unknown, body: unknown): Citation[] | undefined {
  const sources = [
    listAt(message, "annotations"),
    listAt(body, "search_results"),
    listAt(body, "citations"),
    listAt(body, "web_search"),
    listAt(valueAt(body, ["search_info"]), "search_results"),
    listAt(message, "citations"),
  ];
  for (const source of sources) {
    const found = source.map(toCitation).filter((citation) => citation !== undefined);
    if (found.length > 0) return found;
  }
  return undefined;
}

/** Whether there may be sources at the top. */
export const holdsSources = (body: object): boolean =>
  "citations" in body || "search_results" in body || "web_search" in body || "search_info" in body;

function listAt(value: unknown, member: string): readonly unknown[] {
  const list = valueAt(value, [member]);
  return Array.isArray(list) ? list : [];
}

function toCitation(source: unknown): Citation | undefined {
  if (typeof source === "string") return { url: source };
  if (!isObject(source)) return undefined;
  const inner = isObject(source.url_citation) ? source.url_citation : source;
  const url = [inner.url, inner.link, inner.uri].find((one) => typeof one === "string");
  if (typeof url !== "string") return undefined;
  const citation: Citation = { url };
  if (typeof inner.title === "string") citation.title = inner.title;
  if (typeof inner.start_index === "number") citation.start = inner.start_index;
  if (typeof inner.end_index === "number") citation.end = inner.end_index;
  return citation;
}

/** Probabilities of a choice's tokens, as OpenAI or Together has them; what has another shape is left out. */
export function readLogprobs(choice: unknown): TokenLogprob[] | undefined {
  const content = valueAt(choice, ["logprobs", "content"]) ?? parallelLogprobs(valueAt(choice, ["logprobs"]));
  if (!Array.isArray(content)) return undefined;
  const tokens = content.map(toTokenLogprob).filter((token) => token !== undefined);
  return tokens.length > 0 ? tokens : undefined;
}

/** Together has two lists beside each other. */
function parallelLogprobs(logprobs: unknown): unknown {
  const tokens = listAt(logprobs, "tokens");
  const values = listAt(logprobs, "token_logprobs");
  return tokens.map((token, i) => ({ token, logprob: values[i] }));
}

function toTokenLogprob(entry: unknown): TokenLogprob | undefined {
  if (!isObject(entry) || typeof entry.token !== "string" || typeof entry.logprob !== "number")
    return undefined;
  const { token, logprob, top_logprobs: top } = entry;
  const topLogprobs = Array.isArray(top) ? top.map(toTokenLogprob).filter((one) => one !== undefined) : [];
  return { token, logprob, ...(topLogprobs.length > 0 && { topLogprobs }) };
}
