/** The options of every call, and what each takes: for untyped code, where a wrong value would be sent or waited for. */
import { didYouMean } from "../base/nearest.ts";
import { hasMethods, invalidRequest, isObject, kindOf } from "../base/values.ts";

export type Rule = readonly [expected: string, accepts: (value: unknown) => boolean];

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const isText = (value: unknown): value is string => typeof value === "string";

const aboveZero: Rule = ["a number above 0", (value) => isNumber(value) && value > 0];
const zeroOrMore: Rule = ["a number, 0 or more", (value) => isNumber(value) && value >= 0];
const number: Rule = ["a number", Number.isFinite];
const wholeAboveZero: Rule = [
  "a whole number of at least 1",
  (value) => isNumber(value) && Number.isSafeInteger(value) && value >= 1,
];
const text: Rule = ["a text", isText];
const notBlank: Rule = ["a text that is not blank", (value) => isText(value) && value.trim() !== ""];
const yesOrNo: Rule = ["true or false", (value) => typeof value === "boolean"];
const object: Rule = ["an object", isObject];

/** By the names of the options. */
export type OptionRules = ReadonlyMap<string, Rule>;

const CALL: [string, Rule][] = [
  ["signal", ["an AbortSignal", isSignal]],
  ["id", text],
  ["deadlineMs", aboveZero],
  ["timeoutMs", aboveZero],
  ["maxRetries", zeroOrMore],
  ["maxWaitMs", zeroOrMore],
  ["maxQueueMs", zeroOrMore],
  ["priority", number],
];
const model: [string, Rule] = ["model", notBlank];
const user: [string, Rule] = ["user", text];
const stall: [string, Rule] = ["stallTimeoutMs", aboveZero];

/** Of what has no other options: lists of models. */
export const CALL_RULES: OptionRules = new Map(CALL);

/** Of chats, streamed or whole. */
export const CHAT_RULES: OptionRules = new Map<string, Rule>([
  ...CALL,
  model,
  stall,
  ["firstEventTimeoutMs", aboveZero],
  ["idleTimeoutMs", aboveZero],
  ["maxEventLength", aboveZero],
  ["maxResponseLength", aboveZero],
  ["tools", ["a list of tools", Array.isArray]],
  ["toolChoice", ["a text, or an object that names a tool", (value) => isText(value) || isObject(value)]],
  ["parallelToolCalls", yesOrNo],
  ["n", ["a number", isNumber]],
  ["temperature", number],
  ["maxTokens", wholeAboveZero],
  ["topP", number],
  [
    "stop",
    ["a text or a list of texts", (value) => isText(value) || (Array.isArray(value) && value.every(isText))],
  ],
  ["seed", ["a whole number", Number.isSafeInteger]],
  user,
  ["responseFormat", object],
  ["reasoningEffort", text],
  ["reasoningFormat", text],
  ["includeReasoning", yesOrNo],
  ["serviceTier", text],
  ["extra", object],
  ["unknownFields", ['"refuse" or "send"', (value) => value === "refuse" || value === "send"]],
  ["includeUsage", yesOrNo],
  ["includeRaw", yesOrNo],
]);

export const EMBED_RULES: OptionRules = new Map<string, Rule>([
  ...CALL,
  model,
  user,
  ["dimensions", wholeAboveZero],
]);

export const PULL_RULES: OptionRules = new Map<string, Rule>([
  ...CALL,
  stall,
  ["onProgress", ["a function", (value) => typeof value === "function"]],
]);

/** People write these as the wire or other libraries name them, too far from ours for a comparison of letters. */
const OTHER_NAMES = new Map([
  ["max_tokens", "maxTokens"],
  ["max_completion_tokens", "maxTokens"],
  ["maxOutputTokens", "maxTokens"],
  ["maxCompletionTokens", "maxTokens"],
  ["abortSignal", "signal"],
  ["timeout", "timeoutMs"],
  ["functions", "tools"],
  ["function_call", "toolChoice"],
  ["top_logprobs", "extra"],
  ["logprobs", "extra"],
]);

/** Also one of another realm or a polyfill. */
export function isSignal(value: unknown): value is AbortSignal {
  return hasMethods(value, "addEventListener", "removeEventListener");
}

/** Refuses an option that is not known, or holds what it can't: it would be dropped, sent, or waited for without a word. */
export function checkOptions(options: object, rules: OptionRules): void {
  for (const name of Object.keys(options)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) continue;
    const rule = rules.get(name);
    if (!rule) throw invalidRequest(name, `unknown option${suggestionFor(name, rules)}`);
    const [expected, accepts] = rule;
    if (!accepts(value)) throw invalidRequest(name, `expected ${expected}, got ${kindOf(value)}`);
  }
}

/** What is no option of a call, and where it goes. */
const ELSEWHERE = new Map([
  ["stream", "chatStream() streams an answer"],
  ["messages", "messages are the first argument"],
  ["system", 'a message of role "system" comes first in the list of messages'],
  ["prompt", "messages are the first argument"],
  ["maxSteps", "runTools has maxTurns"],
  ["maxTurns", "runTools has it"],
  ["schema", "chatObject has it"],
  ...["apiKey", "baseUrl", "headers", "fetch", "onEvent", "layers", "limit", "maxConcurrent", "provider"].map(
    (name) => [name, "createGroq and createProvider have it"] as const,
  ),
]);

function suggestionFor(name: string, rules: OptionRules): string {
  const elsewhere = ELSEWHERE.get(toCamelCase(name));
  if (elsewhere !== undefined) return `; ${elsewhere}`;
  const meant = OTHER_NAMES.get(name) ?? OTHER_NAMES.get(toCamelCase(name));
  const isChat = rules.has("extra");
  if (meant === "extra" && isChat) return `; a field of the wire goes into extra: { ${name}: … }`;
  if (meant && rules.has(meant)) return `; did you mean "${meant}"?`;
  return (
    didYouMean(toCamelCase(name), rules.keys()) || (isChat ? "; a field of the wire goes into extra" : "")
  );
}

const toCamelCase = (name: string) =>
  name.slice(0, 100).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
