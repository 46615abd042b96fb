/** Who answered and who was asked, kept beside what a call gives. */
import { LlmError, memberOf } from "../provider/base/error.ts";
import { keptBy } from "../provider/base/kept.ts";
import { isList } from "../provider/base/values.ts";
import type { Route } from "./types.ts";

/** What only a router that has this one as a candidate needs to know of an error. */
class Mark {
  readonly #marked = new WeakSet<object>();

  set<T extends object>(error: T): T {
    this.#marked.add(error);
    return error;
  }

  isOn(error: object): boolean {
    return this.#marked.has(error);
  }
}

/** The router asked nobody, since all its candidates rest or are at their limits: that is no failure. */
export const REFUSAL = new Mark();
/** The budget does not know what a model costs: the next candidate is asked. */
export const UNPRICED = new Mark();
/** No waiting ends the refusal, as that of a budget that is never renewed: to ask again, for the same call, is in vain. */
export const FOR_GOOD = new Mark();

/** The same error as an object of its own, for another call. */
export function copyOf(error: LlmError): LlmError {
  const { kind, message, retryable, retryAfterMs, headers, cause, stack } = error;
  const copy = new LlmError(kind, message, { ...error, retryable, retryAfterMs, headers, cause });
  if (stack !== undefined) copy.stack = stack;
  for (const mark of [REFUSAL, UNPRICED, FOR_GOOD]) if (mark.isOn(error)) mark.set(copy);
  return copy;
}

/** A copy of an answer with its route; also with what it keeps out of spreads, its `raw` and `headers`. */
export function withRoute<T extends object>(answer: T, route: Route): T & { route: Route } {
  const copy: T = Object.create(Object.getPrototypeOf(answer), Object.getOwnPropertyDescriptors(answer));
  return Object.assign(copy, { route });
}

/**
 * The route of what a router gave: a response, also one that came by `runTools` or `chatObject`, an error that it threw, or a
 * stream, whose route grows while it runs. `undefined` for anything else.
 */
export function routeOf(given: unknown): Route | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const route = keptBy(given)?.route ?? memberOf(given, "route");
  return isRoute(route) ? route : undefined;
}

function isRoute(value: unknown): value is Route {
  return isList(memberOf(value, "asked"));
}
