/**
 * A body of the chat protocol without what people and models wrote, in the shape that it had: a text becomes another
 * text, JSON in a text becomes JSON with the same members, numbers that stand for text become zeros.
 *
 * What is not known to be harmless is removed: a field that a vendor invents tomorrow may hold a prompt.
 */
import { isNamed } from "./quote.ts";
import type { Scrub } from "./secrets.ts";

/** Texts of these fields are the protocol's own words: ids, names of models, values of enums. */
const KEPT = new Set([
  ...[
    "id",
    "object",
    "model",
    "role",
    "type",
    "owned_by",
    "system_fingerprint",
    "service_tier",
    "finish_reason",
  ],
  ...["channel", "tool_call_id", "tool_choice", "encoding_format", "detail", "citation_options", "status"],
  ...["reasoning_effort", "reasoning_format", "reasoning_model", "answering_model", "enabled_tools"],
  ...["code", "param", "schema_kind", "schema_code"],
  ...["input_modalities", "output_modalities", "supported_features", "hugging_face_id"],
]);

/** The same, but only as members of this parent: `name` is a function's there and a person's elsewhere. */
const KEPT_UNDER: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["function", new Set(["name"])],
  ["pricing", new Set(["prompt", "completion", "input_cache_read"])],
]);

/** Below these stands the application's own JSON, in which no name is the protocol's. */
const OPEN = new Set([
  ...["parameters", "schema", "input_schema", "arguments", "metadata", "logit_bias", "documents", "document"],
  ...["search_settings", "include_domains", "exclude_domains", "wolfram_settings"],
]);

/** Numbers that can be read back as text: tokens, bytes, vectors. */
const TELLING_NUMBERS = new Set([
  "input",
  "embedding",
  "bytes",
  "input_token_ids",
  "output_token_ids",
  "tokens",
]);

/** Texts that are JSON, and of which a checker may want to know that they are. */
const JSON_TEXTS = new Set(["arguments", "failed_generation", "output"]);

const WORD = /^@?[\w.:/+-]{1,120}$/;
const NAME = /^[A-Za-z_$][\w-]{0,63}$/;
const SCHEMA_WORDS = new Set([
  "object",
  "array",
  "string",
  "number",
  "integer",
  "boolean",
  "null",
  "text",
  "json",
]);
/** Characters of an error's message that are read, and that are kept. */
const MAX_MESSAGE_READ = 4_000;
const MAX_MESSAGE = 500;

/** Deeper than any answer; what is nested deeper becomes a text. */
const MAX_DEPTH = 100;
const TOO_DEEP = "[nested too deep]";

/** The value with its texts replaced. `scrub` is applied to what stays. */
export function withoutTexts(value: unknown, scrub: Scrub): unknown {
  return walk(value, { key: "", parent: "", open: false, depth: 0, scrub });
}

/** The value with secrets removed from its texts, which stay otherwise. */
export function withoutSecrets(value: unknown, scrub: Scrub, depth = 0): unknown {
  if (typeof value === "string") return scrub(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, scrub, depth + 1));
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [scrub(key), withoutSecrets(item, scrub, depth + 1)]),
  );
}

/** A text in place of another; its length in characters stays known. Blank texts tell nothing, and stay. */
export const placeholder = (text: string): string => (text.trim() === "" ? text : `[text ${text.length}]`);

interface Place {
  key: string;
  /** The key of the object that has `key`. */
  parent: string;
  open: boolean;
  depth: number;
  scrub: Scrub;
}

function walk(value: unknown, place: Place): unknown {
  if (typeof value === "string") return textInPlace(value, place);
  if (typeof value === "number") return isTelling(place) ? (Number.isInteger(value) ? 0 : 0.5) : value;
  if (typeof value !== "object" || value === null) return value;
  if (place.depth > MAX_DEPTH) return TOO_DEEP;
  const depth = place.depth + 1;
  if (Array.isArray(value)) return value.map((item) => walk(item, { ...place, depth }));
  const entries = Object.entries(value).map(([key, item], index) => {
    const open = place.open || OPEN.has(key);
    const isTold = place.open ? NAME.test(key) && isNamed(key) : isNamed(key);
    const below = walk(item, { key, parent: place.key, open, depth, scrub: place.scrub });
    return [isTold ? place.scrub(key) : `key${index + 1}`, below];
  });
  return Object.fromEntries(entries);
}

const isTelling = ({ key, open }: Place): boolean => open || TELLING_NUMBERS.has(key);

function textInPlace(text: string, { key, parent, open, scrub }: Place): string {
  if (JSON_TEXTS.has(key)) return jsonInPlace(text, scrub);
  if (open) return key === "type" && SCHEMA_WORDS.has(text) ? text : placeholder(text);
  if (parent === "error" && key === "message") return messageInPlace(text, scrub);
  if ((KEPT.has(key) || KEPT_UNDER.get(parent)?.has(key)) && WORD.test(text)) return scrub(text);
  if (key === "url" || text.startsWith("data:")) return urlInPlace(text);
  // A name has to fit a pattern of letters.
  if (key === "name" && text !== "") return "x".repeat(Math.min(text.length, 64));
  return placeholder(text);
}

function jsonInPlace(text: string, scrub: Scrub): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null)
      return JSON.stringify(walk(value, { key: "", parent: "", open: true, depth: 0, scrub }));
  } catch {
    // Not JSON, or a piece of it, as in a stream: a text like any other.
  }
  return placeholder(text);
}

/** What an error says is the service's own words, but may quote a text of the request or of the model. */
function messageInPlace(text: string, scrub: Scrub): string {
  const unquoted = withoutQuotations(text.slice(0, MAX_MESSAGE_READ), text.length > MAX_MESSAGE_READ);
  return scrub(unquoted).slice(0, MAX_MESSAGE);
}

// A shorter quotation is a name of the protocol: of a model, a field, a code.
const LONG_QUOTATION = 40;

/** Replaces long quotations; of a text that was cut also one that has no end. */
function withoutQuotations(text: string, isCut: boolean): string {
  let result = "";
  let at = 0;
  for (const { index } of text.matchAll(/["'`]/g)) {
    if (index < at) continue;
    const mark = text.charAt(index);
    const end = text.indexOf(mark, index + 1);
    if (end < 0 && isCut) return `${result}${text.slice(at, index)}${mark}[text]${mark}`;
    if (end < 0 || end - index - 1 < LONG_QUOTATION) continue;
    result += `${text.slice(at, index)}${mark}${placeholder(text.slice(index + 1, end))}${mark}`;
    at = end + 1;
  }
  return result + text.slice(at);
}

function urlInPlace(text: string): string {
  const data = /^data:[\w.+/-]{0,100}(;base64)?,/i.exec(text)?.[0];
  if (data !== undefined) return `${data}AAAA`;
  return /^https?:/i.test(text) ? "https://removed.invalid/" : placeholder(text);
}
