/**
 * What a report may quote of an answer. Reports go where recordings must not: into the logs and artifacts of a CI, into
 * a baseline, into a suggested change. So words of a protocol are quoted, texts only told by their length.
 */
import { shortLine } from "../base/json.ts";
import { createScrub, urlWithoutSecrets } from "./secrets.ts";

/** What a value of an enum, an id or a model's name looks like, as opposed to what people write. */
const WORD = /^@?[\w.:/+~-]{0,40}$/;

/** Fields that hold what people and models say, so that one word of it, as streams bring it, is a text too. */
const SPOKEN = new Set([
  ...["content", "reasoning", "reasoning_content", "refusal", "text", "transcript", "word", "token"],
  ...["arguments", "failed_generation", "output", "input", "prompt", "query", "title", "partial"],
]);

const MAX_NAME = 64;

const scrub = createScrub([]);

/** Whether the text is quoted as it is. */
export const isQuoted = (text: string): boolean => WORD.test(text) && scrub(text) === text;

/** Whether a field that the document does not know may be called by its name: not when that is a key or a text. */
export const isNamed = (name: string): boolean =>
  name.length <= MAX_NAME && !/\s/.test(name) && scrub(name) === name;

/** The field's name, or `*` in place of one that is a key or a text. */
export const nameOf = (name: string): string => (isNamed(name) ? name : "*");

export interface QuoteBounds {
  /** Items of a list that are told, and half of the members of an object. */
  members: number;
  /** Levels that are told. */
  depth: number;
}

const SAMPLE: QuoteBounds = { members: 12, depth: 8 };
const LINE: QuoteBounds = { members: 6, depth: 3 };

/**
 * A copy of the value in which texts are `[text 37]`, with their length in characters, and keys are `[removed]`; `…`
 * marks what is beyond the bounds. What it costs depends on the bounds, not on the value.
 */
export function quotable(value: unknown, bounds: QuoteBounds = SAMPLE): unknown {
  if (typeof value === "string") return quoteText(value);
  if (typeof value !== "object" || value === null) return value;
  if (bounds.depth === 0) return "…";
  const { members } = bounds;
  const below = { members, depth: bounds.depth - 1 };
  if (Array.isArray(value)) {
    const items = value.slice(0, members).map((item) => quotable(item, below));
    return value.length > members ? [...items, `… ${value.length - members} more`] : items;
  }
  const names = Object.keys(value);
  const told = names.slice(0, members * 2).map((name, index) => {
    const item: unknown = Reflect.get(value, name);
    const isSpoken = typeof item === "string" && SPOKEN.has(name);
    return [isNamed(name) ? name : `*${index + 1}`, isSpoken ? lengthOf(item) : quotable(item, below)];
  });
  if (names.length > told.length) told.push(["…", `${names.length - told.length} more`]);
  return Object.fromEntries(told);
}

/** The value as one short, printable line of JSON; nothing for undefined. */
export const quote = (value: unknown): string =>
  value === undefined ? "" : shortLine(JSON.stringify(quotable(value, LINE)));

/** The same for what tells findings apart: texts of any length are one. */
export const quoteKind = (value: unknown): string =>
  typeof value === "string" && !WORD.test(value) ? "(text)" : quote(value);

/** The URL without what may be secret in it. */
export const quoteUrl = (url: string): string => urlWithoutSecrets(url, scrub);

const quoteText = (text: string): string => (WORD.test(text) ? scrub(text) : lengthOf(text));

const lengthOf = (text: string): string =>
  text.trim() === "" ? text.slice(0, MAX_NAME) : `[text ${text.length}]`;
