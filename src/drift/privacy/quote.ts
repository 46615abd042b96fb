/**
 * What a report may quote of an answer. Reports go where recordings must not: into the logs and artifacts of a CI, into
 * a baseline, into a suggested change. So words of a protocol are quoted, texts only told by their length.
 */
import { brief } from "../base/json.ts";
import { createScrub, urlWithoutSecrets } from "./secrets.ts";

/** What a value of an enum, an id or a model's name looks like, as opposed to what people write. */
const WORD = /^@?[\w.:/+~-]{0,40}$/;

/** Fields that hold what people and models say, so that one word of it, as streams bring it, is a text too. */
const SPOKEN = new Set([
  ...["content", "reasoning", "reasoning_content", "refusal", "text", "transcript", "word", "token"],
  ...["arguments", "failed_generation", "output", "input", "prompt", "query", "title", "partial"],
]);

const MAX_DEPTH = 10;
const MAX_NAME = 64;

const scrub = createScrub([]);

/** Whether the text is quoted as it is. */
export const isQuoted = (text: string): boolean => WORD.test(text) && scrub(text) === text;

/** Whether a field that the document does not know may be called by its name: not when that is a key or a text. */
export const isNamed = (name: string): boolean =>
  name.length <= MAX_NAME && !/\s/.test(name) && scrub(name) === name;

/** The field's name, or `*` in place of one that is a key or a text. */
export const nameOf = (name: string): string => (isNamed(name) ? name : "*");

/** A copy of the value in which texts are `[text 37]`, with their length in characters, and keys are `[removed]`. */
export function quotable(value: unknown, depth = MAX_DEPTH): unknown {
  if (typeof value === "string") return quoteText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  if (Array.isArray(value)) return value.map((item) => quotable(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item], index) => {
      const isSpoken = typeof item === "string" && SPOKEN.has(name);
      return [isNamed(name) ? name : `*${index + 1}`, isSpoken ? lengthOf(item) : quotable(item, depth - 1)];
    }),
  );
}

/** The value as one short line of JSON. */
export const quote = (value: unknown): string => brief(quotable(value));

/** The same for what tells findings apart: texts of any length are one. */
export const quoteKind = (value: unknown): string =>
  typeof value === "string" && !WORD.test(value) ? "(text)" : quote(value);

/** The URL without what may be secret in it. */
export const quoteUrl = (url: string): string => urlWithoutSecrets(url, scrub);

const quoteText = (text: string): string => (WORD.test(text) ? scrub(text) : lengthOf(text));

const lengthOf = (text: string): string => (/^\s*$/.test(text) ? text : `[text ${text.length}]`);
