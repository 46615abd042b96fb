/** What streams and errors keep beside what they are, for `routeOf` and for the telemetry. */
import { memberOf } from "./error.ts";
import { isObject } from "./values.ts";

export interface Kept {
  /** Of what a router gave: who was asked; it grows while the call goes on. */
  readonly route?: object | undefined;
  /** Of a stream: settles as its `response` does, and does not begin to read as that would. */
  readonly over?: Promise<unknown> | undefined;
}

// Of all copies of the package in a process: one may be loaded as ESM, the other as CommonJS.
export const KEPT: unique symbol = Symbol.for("groq-provider.kept");

/** Not enumerable, so that a logged error stays short. */
export function keep<T extends object>(owner: T, kept: Kept): T {
  Reflect.defineProperty(owner, KEPT, { value: kept, configurable: true, writable: true });
  return owner;
}

/** `undefined` for anything that neither a router nor a provider gave. */
export function keptBy(owner: unknown): Kept | undefined {
  const kept = memberOf(owner, KEPT);
  if (!isObject(kept)) return undefined;
  const { route, over } = kept;
  return { route: isObject(route) ? route : undefined, over: over instanceof Promise ? over : undefined };
}
