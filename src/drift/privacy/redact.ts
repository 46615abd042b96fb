/**
 * A body of the chat protocol without what people and models wrote, in the shape that it had: a text becomes another
 * text, JSON in a text becomes JSON with the same members, numbers that stand for text become zeros.
 *
 * What is not known to be harmless is removed: a field that a vendor invents tomorrow may hold a prompt.
 */
import { isObject } from "../../provider/base/values.ts";
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
const KEPT_UNDER: Record<string, ReadonlySet<string>> = {
  function: new Set(["name"]),
  pricing: new Set(["prompt", "completion", "input_cache_read"]),
};

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
const MAX_MESSAGE = 500;

/** The value with its texts replaced. `scrub` is applied to what stays. */
export function withoutTexts(value: unknown, scrub: Scrub): unknown {
  return walk(value, { key: "", parent: "", open: false, scrub });
}

/** The value with secrets removed from its texts, which stay otherwise. */
export function withoutSecrets(value: unknown, scrub: Scrub): unknown {
  if (typeof value === "string") return scrub(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, scrub));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [scrub(key), withoutSecrets(item, scrub)]),
  );
}

/** A text in place of another; its length in characters stays known. Blank texts tell nothing, and stay. */
export const placeholder = (text: string): string => (/^\s*$/.test(text) ? text : `[text ${text.length}]`);

interface Place {
  key: string;
  /** The key of the object that has `key`. */
  parent: string;
  open: boolean;
  scrub: Scrub;
}

function walk(value: unknown, place: Place): unknown {
  if (typeof value === "string") return textInPlace(value, place);
  if (typeof value === "number") return isTelling(place) ? (Number.isInteger(value) ? 0 : 0.5) : value;
  if (Array.isArray(value)) return value.map((item) => walk(item, place));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item], index) => {
    const open = place.open || OPEN.has(key);
    const below = walk(item, { key, parent: place.key, open, scrub: place.scrub });
    return [place.open && !NAME.test(key) ? `key${index + 1}` : key, below];
  });
  return Object.fromEntries(entries);
}

const isTelling = ({ key, open }: Place): boolean => open || TELLING_NUMBERS.has(key);

function textInPlace(text: string, { key, parent, open, scrub }: Place): string {
  if (JSON_TEXTS.has(key)) return jsonInPlace(text, scrub);
  if (open) return key === "type" && SCHEMA_WORDS.has(text) ? text : placeholder(text);
  if (parent === "error" && key === "message") return messageInPlace(text, scrub);
  if ((KEPT.has(key) || KEPT_UNDER[parent]?.has(key)) && WORD.test(text)) return scrub(text);
  if (key === "url" || text.startsWith("data:")) return urlInPlace(text);
  // A name has to fit a pattern of letters.
  if (key === "name" && text !== "") return "x".repeat(Math.min(text.length, 64));
  return placeholder(text);
}

function jsonInPlace(text: string, scrub: Scrub): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null)
      return JSON.stringify(walk(value, { key: "", parent: "", open: true, scrub }));
  } catch {
    // Not JSON, or a piece of it, as in a stream: a text like any other.
  }
  return placeholder(text);
}

/** What an error says is the service's own words, but may quote a text of the request or of the model. */
function messageInPlace(text: string, scrub: Scrub): string {
  const unquoted = text.replace(/(["'`])((?:(?!\1)[\s\S]){40,})\1/g, (_all, quote, inner: string) =>
    [quote, placeholder(inner), quote].join(""),
  );
  return scrub(unquoted).slice(0, MAX_MESSAGE);
}

function urlInPlace(text: string): string {
  const data = /^data:[\w.+-]*\/?[\w.+-]*(;base64)?,/i.exec(text)?.[0];
  if (data !== undefined) return `${data}AAAA`;
  return /^https?:/i.test(text) ? "https://removed.invalid/" : placeholder(text);
}
