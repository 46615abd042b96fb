/** What untyped code may hand in: whatever is wrong with it becomes `InvalidRequest`, before anything is sent. */
import { LlmError } from "../base/error.ts";
import type { CallOptions, ChatStreamOptions } from "../base/types.ts";
import { invalidRequest, isObject } from "../base/values.ts";

type Checked = keyof CallOptions | "stallTimeoutMs" | "firstEventTimeoutMs" | "maxEventLength";

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const aboveZero: Rule = ["a number above 0", (value) => isNumber(value) && value > 0];
const zeroOrMore: Rule = ["a number, 0 or more", (value) => isNumber(value) && value >= 0];

type Rule = readonly [expected: string, accepts: (value: unknown) => boolean];

const RULES = {
  signal: ["an AbortSignal", (value) => isObject(value) && typeof value.addEventListener === "function"],
  timeoutMs: aboveZero,
  stallTimeoutMs: aboveZero,
  firstEventTimeoutMs: aboveZero,
  maxEventLength: aboveZero,
  maxRetries: zeroOrMore,
  maxWaitMs: zeroOrMore,
  priority: ["a number", isNumber],
} as const satisfies Record<Checked, Rule>;
const NAMES = Object.keys(RULES) as Checked[];

/** Refuses options that are no object, and those of every call where they would wait wrongly or for ever. */
export function checkCallOptions(options: ChatStreamOptions): void {
  if (!isObject(options)) throw invalid("options", "an object", options);
  for (const name of NAMES) {
    const value = options[name];
    if (value === undefined) continue;
    const [expected, accepts] = RULES[name];
    if (!accepts(value)) throw invalid(name, expected, value);
  }
}

/** Refuses what is no list of what `accepts` takes. */
export function checkList(
  name: string,
  value: unknown,
  of: string,
  accepts: (item: unknown) => boolean = isObject,
): void {
  if (!Array.isArray(value)) throw invalid(name, `a list of ${of}`, value);
  for (const [index, item] of value.entries())
    if (!accepts(item)) throw invalid(`${name}[${index}]`, of, item);
}

export const isText = (value: unknown): value is string => typeof value === "string";

export function checkText(name: string, value: unknown): void {
  if (!isText(value)) throw invalid(name, "a text", value);
}

/**
 * Runs code that reads the application's input as its types promise it. Where untyped code broke the promise too deep for
 * a check of its own, what reading it threw tells so.
 */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (fault) {
    if (LlmError.is(fault)) throw fault;
    const reason = fault instanceof Error ? fault.message.split("\n", 1)[0]?.slice(0, 200) : typeof fault;
    throw invalidRequest(what, `expected values of their types, but reading them failed (${reason})`);
  }
}

/** As the wire has it; `InvalidRequest` for what JSON can't hold, as a circle or a bigint. */
export function serialise(body: unknown): string {
  return reading("the request", () => JSON.stringify(body));
}

function invalid(place: string, expected: string, value: unknown): LlmError {
  const got =
    value === null ? "null" : Array.isArray(value) ? "a list" : Number.isNaN(value) ? "NaN" : typeof value;
  return invalidRequest(place, `expected ${expected}, got ${got}`);
}
