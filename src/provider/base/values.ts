/** Words for values of unknown type, used by every room. */
import { LlmError, memberOf } from "./error.ts";

/** Whether a value is an object with members: not null, and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !isList(value);
}

/** As `Array.isArray`, which throws for a proxy that was revoked. */
export function isList(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Refuses what is no object, as options must be. */
export function demandObject(
  place: string,
  value: unknown,
  kind: "InvalidRequest" | "ConfigError" = "ConfigError",
): void {
  if (isObject(value)) return;
  const problem = `expected an object, got ${kindOf(value)}`;
  throw kind === "InvalidRequest"
    ? invalidRequest(place, problem)
    : new LlmError(kind, `${place}: ${problem}`);
}

/**
 * Runs code that reads the application's input as its types promise it. Where untyped code broke the promise too deep for
 * a check of its own, what reading it threw tells so.
 */
export function reading<T>(
  what: string,
  read: () => T,
  kind: "InvalidRequest" | "ConfigError" = "InvalidRequest",
): T {
  try {
    return read();
  } catch (fault) {
    throw unreadable(what, fault, kind);
  }
}

/** The same for what comes later. */
export async function readingLater<T>(
  what: string,
  read: () => Promise<T>,
  kind: "InvalidRequest" | "ConfigError" = "InvalidRequest",
): Promise<T> {
  try {
    return await read();
  } catch (fault) {
    throw unreadable(what, fault, kind);
  }
}

/** The error of input that can't be read. */
export function unreadable(
  what: string,
  fault: unknown,
  kind: "InvalidRequest" | "ConfigError" = "InvalidRequest",
): LlmError {
  if (LlmError.is(fault)) return fault;
  // Of a configuration the words of the fault are not told: they may hold the key.
  const words = memberOf(fault, kind === "ConfigError" ? "name" : "message");
  const reason = typeof words === "string" ? words.split("\n", 1)[0]?.slice(0, 200) : typeof fault;
  const problem = `expected values of their types, but reading them failed (${reason})`;
  return kind === "InvalidRequest"
    ? invalidRequest(what, problem)
    : new LlmError(kind, `${what}: ${problem}`);
}

/**
 * The value at a path; `undefined` where a step is missing. Only own members count, so that a foreign word such as
 * `constructor` never finds what every object inherits.
 */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

/** Whether a value has methods of these names, whatever it is. */
export function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return names.every((name) => typeof memberOf(value, name) === "function");
}

/** Whether it can be waited for. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> => hasMethods(value, "then");

/** The error of code that hands in another thing than was expected. */
export function notExpected(place: string, expected: string, got: unknown): LlmError {
  return new LlmError("ConfigError", `${place}: expected ${expected}, got ${kindOf(got)}`);
}

/** Refuses what lacks one of these methods. */
export function demandMethods(
  place: string,
  expected: string,
  value: unknown,
  names: readonly string[],
): void {
  const missing = names.find((name) => !hasMethods(value, name));
  if (missing === undefined) return;
  if (!isObject(value)) throw notExpected(place, expected, value);
  throw new LlmError("ConfigError", `${place}: expected ${expected}, got one without ${missing}`);
}

/** What the caller said wrong, and where: `place` also becomes the error's `param`. */
export function invalidRequest(place: string, problem: string, cause?: unknown): LlmError {
  return new LlmError("InvalidRequest", `${place}: ${problem}`, { param: place, cause });
}

/** Refuses what is no list of what `accepts` takes; `of` is one of them in a word, as `text`. */
export function checkList(
  name: string,
  value: unknown,
  of: string,
  accepts: (item: unknown) => boolean = isObject,
): void {
  if (!Array.isArray(value)) throw invalidRequest(name, `expected a list of ${of}s, got ${kindOf(value)}`);
  for (const [index, item] of value.entries())
    if (!accepts(item)) throw invalidRequest(`${name}[${index}]`, `expected a ${of}, got ${kindOf(item)}`);
}

/** What kind of value came, as the end of "expected …, got …". Nothing of it is told but numbers: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  return isList(value) ? "a list" : typeof value;
}

/** Deeper values are refused: what walks them calls itself for each level, and the stack has an end. */
export const MAX_DEPTH = 400;

/** Whether lists and objects stand in each other more than `levels` deep, as they do without end in a circle. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  const members = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => isDeeperThan(member, levels - 1));
}

/** The value of a text that is JSON; `undefined`, which JSON has not, for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error of a second loop over a stream. `before` says what read it. */
export function readBefore(before = "was read by a loop before"): LlmError {
  return invalidRequest("the stream", `it can be read once, and ${before}; keep what comes`);
}
