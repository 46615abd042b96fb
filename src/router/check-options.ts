/** What is wrong with a router's options, all of it in one error. */
import { LLM_ERROR_KINDS, LlmError } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { didYouMean } from "../provider/base/nearest.ts";
import type { ChatStreamOptions, EmbedOptions } from "../provider/base/types.ts";
import { invalidRequest, isObject } from "../provider/base/values.ts";
import { isAmount } from "./cost.ts";
import { isAction } from "./policy.ts";
import type { CallOwned } from "./types.ts";

type Check = (value: unknown) => string | undefined;

const expected = (what: string, holds: (value: unknown) => boolean): Check => {
  return (value) => (holds(value) ? undefined : `expected ${what}, got ${show(value)}`);
};
const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const milliseconds = expected("milliseconds, 0 or more", (value) => isNumber(value) && value >= 0);
const aboveZero = expected("milliseconds above 0", (value) => isNumber(value) && value > 0);
const count = expected(
  "a whole number, 0 or more",
  (value) => isNumber(value) && value >= 0 && value % 1 === 0,
);
const positive = expected(
  "a whole number, 1 or more",
  (value) => isNumber(value) && value >= 1 && value % 1 === 0,
);
const aFunction = expected("a function", (value) => typeof value === "function");
const aText = expected("a text", (value) => typeof value === "string" && value !== "");
const anObject = expected("an object", isObject);
const price = expected("US dollars per token, 0 or more", isAmount);
const amount = expected("a number, 0 or more", (value) => isNumber(value) && value >= 0);
const oneOf = (...words: string[]) =>
  expected(words.join(" or "), (value) => words.includes(value as string));

const ROUTER: Record<string, Check> = {
  name: aText,
  order: expected(
    "listed, weighted, leastWait or a function",
    (value) => typeof value === "function" || ["listed", "weighted", "leastWait"].includes(value as string),
  ),
  onError: expected(
    "a function, or for each kind one of next, rest, larger and throw",
    (value) => typeof value === "function" || isObject(value),
  ),
  breaker: anObject,
  patienceMs: milliseconds,
  hedgeAfterMs: milliseconds,
  maxRetries: count,
  maxWaitMs: milliseconds,
  maxQueueMs: milliseconds,
  maxQueue: count,
  deadlineMs: aboveZero,
  budget: anObject,
  onEvent: aFunction,
  clock: anObject,
  random: aFunction,
};

/** What a call's own options say of its bounds: the router reads them, candidates are given others. */
const CALL: Record<string, Check> = {
  maxRetries: amount,
  maxWaitMs: milliseconds,
  maxQueueMs: milliseconds,
  deadlineMs: aboveZero,
  idleTimeoutMs: aboveZero,
  priority: expected("a number", (value) => isNumber(value)),
};

/** `InvalidRequest` for a bound that is none, as a provider refuses it. */
export function checkCall(options: object): void {
  for (const [name, check] of Object.entries(CALL)) {
    const value: unknown = Reflect.get(options, name);
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined) throw invalidRequest(name, problem);
  }
}

const BREAKER: Record<string, Check> = {
  failures: positive,
  share: expected("a number above 0, up to 1", (value) => isNumber(value) && value > 0 && value <= 1),
  lastCalls: positive,
  minCalls: positive,
  restMs: milliseconds,
  maxRestMs: milliseconds,
  longRestMs: milliseconds,
};

const BUDGET: Record<string, Check> = {
  maxCostUsd: expected("US dollars, 0 or more", (value) => isNumber(value) && value >= 0),
  periodMs: aboveZero,
  store: expected("a store with add()", (value) => isObject(value) && typeof value.add === "function"),
  key: aText,
  unknownPrice: oneOf("refuse", "ignore"),
  keepPricesMs: milliseconds,
  onUnavailable: oneOf("refuse", "ignore"),
  storeTimeoutMs: milliseconds,
};

const CANDIDATE: Record<string, Check> = {
  provider: expected("an LlmProvider", isProvider),
  name: aText,
  weight: amount,
  options: anObject,
  embedOptions: anObject,
  maxContext: positive,
  price: anObject,
};

type Names<Options> = Record<Exclude<keyof Options, CallOwned>, true>;

// Complete, or the compiler says so.
const CHAT_NAMES: Names<ChatStreamOptions> = {
  model: true,
  tools: true,
  toolChoice: true,
  parallelToolCalls: true,
  n: true,
  temperature: true,
  maxTokens: true,
  topP: true,
  stop: true,
  seed: true,
  user: true,
  responseFormat: true,
  reasoningEffort: true,
  reasoningFormat: true,
  includeReasoning: true,
  serviceTier: true,
  extra: true,
  unknownFields: true,
  timeoutMs: true,
  stallTimeoutMs: true,
  firstEventTimeoutMs: true,
  includeUsage: true,
  idleTimeoutMs: true,
  includeRaw: true,
  maxEventLength: true,
  maxResponseLength: true,
};
const EMBED_NAMES: Names<EmbedOptions> = {
  model: true,
  dimensions: true,
  user: true,
  timeoutMs: true,
};

const ON_ERROR: Record<string, Check> = Object.fromEntries(
  LLM_ERROR_KINDS.map((kind) => [kind, expected("next, rest, larger or throw", isAction)]),
);

const PRICE: Record<string, Check> = { prompt: price, completion: price, inputCacheRead: price };

/** Throws `ConfigError`, which names every mistake and where it stands. */
export function checkRouter(candidates: unknown, options: unknown): void {
  const problems: string[] = [];
  if (!Array.isArray(candidates) || candidates.length === 0) {
    problems.push(`candidates: expected a list of providers, got ${show(candidates)}`);
  } else {
    candidates.forEach((candidate: unknown, index) => {
      const place = `candidates[${index}]`;
      if (isProvider(candidate)) problems.push(...lacksOf(candidate, place));
      else problems.push(...problemsOfCandidate(candidate, place));
    });
  }
  if (!isObject(options)) problems.push(`options: expected an object, got ${show(options)}`);
  else {
    problems.push(...problemsOf(options, ROUTER, "options"));
    if (isObject(options.onError)) problems.push(...problemsOf(options.onError, ON_ERROR, "options.onError"));
    if (isObject(options.breaker)) problems.push(...problemsOf(options.breaker, BREAKER, "breaker"));
    if (isObject(options.budget)) {
      problems.push(
        ...problemsOf({ maxCostUsd: undefined, ...options.budget }, BUDGET, "budget", ["maxCostUsd"]),
      );
    }
  }
  if (problems.length > 0) throw new LlmError("ConfigError", problems.join("; "));
}

function problemsOfCandidate(candidate: unknown, place: string): string[] {
  if (!isObject(candidate))
    return [`${place}: expected a provider, or { provider, … }, got ${show(candidate)}`];
  return [
    ...problemsOf({ provider: undefined, ...candidate }, CANDIDATE, place, ["provider"]),
    ...(isProvider(candidate.provider) ? lacksOf(candidate.provider, `${place}.provider`) : []),
    ...problemsOfNames(candidate.options, CHAT_NAMES, `${place}.options`),
    ...problemsOfNames(candidate.embedOptions, EMBED_NAMES, `${place}.embedOptions`),
    ...(isObject(candidate.price)
      ? problemsOf({ prompt: undefined, ...candidate.price }, PRICE, `${place}.price`, ["prompt"])
      : []),
  ];
}

/** What a candidate is asked instead of what the call says; the call's own bounds are not among it. */
function problemsOfNames(given: unknown, known: object, place: string): string[] {
  if (!isObject(given)) return [];
  const names = Object.keys(known);
  const unknown = Object.keys(given).filter((name) => given[name] !== undefined && !names.includes(name));
  return unknown.map((name) =>
    CALL_OWNED.includes(name)
      ? `${place}.${name}: belongs to the call`
      : `${place}.${name}: not known${didYouMean(name, names)}`,
  );
}

const CALL_OWNED: readonly string[] = [
  "signal",
  "maxRetries",
  "maxWaitMs",
  "maxQueueMs",
  "deadlineMs",
  "priority",
  "id",
] satisfies CallOwned[];

function problemsOf(
  given: Record<string, unknown>,
  checks: Record<string, Check>,
  place: string,
  required: readonly string[] = [],
): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (!Object.hasOwn(checks, name)) {
      return [`${place}.${name}: not known${didYouMean(name, Object.keys(checks))}`];
    }
    if (value === undefined && !required.includes(name)) return [];
    const problem = checks[name]?.(value);
    return problem === undefined ? [] : [`${place}.${name}: ${problem}`];
  });
}

export function isProvider(value: unknown): value is LlmProvider {
  return isObject(value) && typeof value.chat === "function" && typeof value.chatStream === "function";
}

/** What a provider of another make lacks of that without which nothing works. */
function lacksOf(provider: LlmProvider, place: string): string[] {
  const lacks: [boolean, string][] = [
    [typeof provider.supportsEndpoint !== "function", "supportsEndpoint()"],
    [!isObject(provider.config) || aText(provider.config.name) !== undefined, "config.name"],
    [!isObject(provider.config) || !isObject(provider.config.config), "config.config"],
  ];
  return lacks.flatMap(([lacks, what]) => (lacks ? [`${place}: expected an LlmProvider with ${what}`] : []));
}

/** No value is shown whole: it may hold a key. */
function show(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value;
}
