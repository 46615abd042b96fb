/** What a router keeps beside an error or a stream, for `routeOf` and for the telemetry. */
import { memberOf } from "./error.ts";
import { isObject } from "./values.ts";

export interface Kept {
  /** Who was asked; it grows while the call goes on. */
  readonly route: object;
  /** Of a stream: settles as its `response` does, and does not begin to read as that would. */
  readonly over?: Promise<unknown> | undefined;
}

// Of all copies of the package in a process: one may be loaded as ESM, the other as CommonJS.
const KEPT = Symbol.for("groq-provider.kept");

/** Not enumerable, so that a logged error stays short. */
export function keep<T extends object>(owner: T, kept: Kept): T {
  Reflect.defineProperty(owner, KEPT, { value: kept, configurable: true, writable: true });
  return owner;
}

/** `undefined` for anything that no router gave. */
export function keptBy(owner: unknown): Kept | undefined {
  const kept = memberOf(owner, KEPT);
  return isObject(kept) && isObject(kept.route) ? { route: kept.route, over: overIn(kept) } : undefined;
}

function overIn({ over }: Record<string, unknown>): Promise<unknown> | undefined {
  return over instanceof Promise ? over : undefined;
}
