/** Words for values of unknown type, used by every room. */
import { LlmError } from "./error.ts";

/** Whether a value is an object with members: not null, and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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

/** What the caller said wrong, and where: `place` also becomes the error's `param`. */
export function invalidRequest(place: string, problem: string, cause?: unknown): LlmError {
  return new LlmError("InvalidRequest", `${place}: ${problem}`, { param: place, cause });
}
