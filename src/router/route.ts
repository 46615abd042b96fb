/** Who answered and who was asked, kept beside what a call gives. */
import { memberOf } from "../provider/base/error.ts";
import { isList } from "../provider/base/values.ts";
import type { Route } from "./types.ts";

// Beside the error, so that a logged error stays short; and two calls never share one.
const routes = new WeakMap<object, Route>();

/** Remembers the route of an error. */
export function keepRoute<T extends object>(owner: T, route: Route): T {
  routes.set(owner, route);
  return owner;
}

/** A copy of an answer with its route; also with what it keeps out of spreads, its `raw` and `headers`. */
export function withRoute<T extends object>(answer: T, route: Route): T & { route: Route } {
  const copy: T = Object.create(Object.getPrototypeOf(answer), Object.getOwnPropertyDescriptors(answer));
  return Object.assign(copy, { route });
}

/**
 * The route of what a router gave: a response, also one that came by `runTools` or `chatObject`, or an error that it threw.
 * `undefined` for anything else.
 */
export function routeOf(given: unknown): Route | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const kept = routes.get(given);
  if (kept) return kept;
  const route = memberOf(given, "route");
  return isRoute(route) ? route : undefined;
}

function isRoute(value: unknown): value is Route {
  return isList(memberOf(value, "asked"));
}
