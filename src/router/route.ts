/** Who answered and who was asked, kept beside what a call gives. */
import { LlmError, memberOf } from "../provider/base/error.ts";
import { keptBy } from "../provider/base/kept.ts";
import { isList } from "../provider/base/values.ts";
import type { Route } from "./types.ts";

// Of routers that had nobody to ask.
const refusals = new WeakSet<object>();

/** Marks the error of a router that asked nobody, since all its candidates rest or are at their limits. */
export function keepRefusal<T extends object>(error: T): T {
  refusals.add(error);
  return error;
}

/** Whether it is such an error: for a router that has this one as a candidate it is no failure. */
export function isRefusal(error: object): boolean {
  return refusals.has(error);
}

// Of budgets that know no price.
const unpriced = new WeakSet<object>();

/** Marks the error of a budget that does not know what a model costs. */
export function keepUnpriced<T extends object>(error: T): T {
  unpriced.add(error);
  return error;
}

/** Whether it is such an error: a router that has this one as a candidate asks the next. */
export function isUnpriced(error: object): boolean {
  return unpriced.has(error);
}

// Of what will never have room for the call.
const refusedForGood = new WeakSet<object>();

/** Marks a refusal that no waiting ends, as that of a budget that is never renewed. */
export function keepForGood<T extends object>(error: T): T {
  refusedForGood.add(error);
  return error;
}

/** Whether it is such an error: to ask there again, for the same call, is in vain. */
export function isForGood(error: object): boolean {
  return refusedForGood.has(error);
}

/** The same error as an object of its own, for another call. */
export function copyOf(error: LlmError): LlmError {
  const { kind, message, retryable, retryAfterMs, headers, cause, stack } = error;
  const copy = new LlmError(kind, message, { ...error, retryable, retryAfterMs, headers, cause });
  if (stack !== undefined) copy.stack = stack;
  for (const marks of [refusals, unpriced, refusedForGood]) if (marks.has(error)) marks.add(copy);
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
