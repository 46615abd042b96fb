/** What a provider works with beside its configuration. */
import type { Clock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type { DriftChecker, EventListener } from "../base/events.ts";
import type { FetchLike, NodeAgent } from "../base/exchange.ts";
import type { Layer } from "../base/layer.ts";
import type { RateLimiter } from "../base/limits.ts";
import { didYouMean } from "../base/nearest.ts";
import { demandMethods, demandObject, isObject, notExpected, reading } from "../base/values.ts";
import type { LimitStore } from "../limits/store.ts";
import type { TokenEstimator } from "../wire/estimate.ts";

/** Each has a default. */
export interface ProviderDependencies {
  /** Every request goes through it, instead of `node:http` on Node and the global `fetch` elsewhere. */
  fetch?: FetchLike | undefined;
  /** On Node: opens and keeps the connections, for instance through a proxy, or with certificates of your own. */
  agent?: NodeAgent | undefined;
  /** Instead of a limiter made from `limit`: to share one between providers. */
  rateLimiter?: RateLimiter | undefined;
  /** Holds limits for many processes together; see `groq-provider/redis`. Default: this process alone. */
  limitStore?: LimitStore | undefined;
  /** Stand around each call, or around each of its tries, the first outermost: traces, caches, headers of a moment. */
  layers?:
    | {
        /** Around each call, retries and waits included. */
        call?: readonly Layer[] | undefined;
        /** Around each try. */
        try?: readonly Layer[] | undefined;
      }
    | undefined;
  /** Receives what happens, for metrics and logs. What it throws is ignored. */
  onEvent?: EventListener | undefined;
  /** Looks for drift in answers; see `groq-provider/drift`. Default: none, at no cost. */
  drift?: DriftChecker | undefined;
  /** Guesses the tokens of a call for `tokens` limits. */
  estimateTokens?: TokenEstimator | undefined;
  /** Gives the key, asked at each try: for keys that change. `config.api_key` may then be left out. */
  apiKey?: (() => string | Promise<string>) | undefined;
  /** Sent with every request, for instance for a gateway. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** For limits, retries and time-outs; a test's own needs no sleeping. Default: the system's. */
  clock?: Clock | undefined;
  /** From 0 to 1; for jitter. */
  random?: (() => number) | undefined;
}

/** All there are. */
export const DEPENDENCIES = {
  apiKey: true,
  fetch: true,
  agent: true,
  rateLimiter: true,
  limitStore: true,
  layers: true,
  onEvent: true,
  drift: true,
  estimateTokens: true,
  headers: true,
  clock: true,
  random: true,
} satisfies Record<keyof ProviderDependencies, true>;

const FUNCTIONS = ["onEvent", "estimateTokens", "random", "apiKey"] as const;

/** A copy, each of which can be used; `ConfigError` names what can't. */
export function checkDependencies(given: ProviderDependencies): ProviderDependencies {
  demandObject("dependencies", given);
  return reading("dependencies", () => checked(given), "ConfigError");
}

function checked(given: ProviderDependencies): ProviderDependencies {
  const dependencies: ProviderDependencies = Object.fromEntries(
    Object.keys(DEPENDENCIES).map((name) => [name, Reflect.get(given, name)]),
  );
  refuseUnknownOnes(given);
  const { clock, layers, limitStore, drift, headers } = dependencies;
  for (const name of FUNCTIONS) {
    const value = dependencies[name];
    if (value !== undefined && typeof value !== "function") throw notExpected(name, "a function", value);
  }
  if (limitStore !== undefined) demandMethods("limitStore", "a LimitStore", limitStore, ["quota"]);
  if (drift !== undefined) demandMethods("drift", "an object with check", drift, ["check"]);
  if (clock !== undefined)
    demandMethods("clock", "an object with now and setTimer", clock, ["now", "setTimer"]);
  if (headers !== undefined) demandObject("headers", headers);
  const areLayers =
    layers === undefined || (isObject(layers) && [layers.call, layers.try].every(isListOfFunctions));
  if (!areLayers)
    throw new LlmError("ConfigError", "layers: expected an object with call or try, lists of functions");
  return dependencies;
}

/** What nobody reads would be dropped in silence. */
function refuseUnknownOnes(given: object): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(DEPENDENCIES, name)) continue;
    const meant = didYouMean(name, Object.keys(DEPENDENCIES));
    throw new LlmError("ConfigError", `${name}: unknown option${meant}`);
  }
}

const isListOfFunctions = (value: unknown) =>
  value === undefined || (Array.isArray(value) && value.every((one) => typeof one === "function"));
