/** What an embedded Groq is told, checked: a fault that is misspelt would spoil nothing, and its test pass. */
import { LlmError } from "../provider/base/error.ts";
import { didYouMean } from "../provider/base/nearest.ts";
import { isObject, kindOf } from "../provider/base/values.ts";
import type { Fault } from "./faults.ts";
import type { LimitOptions } from "./limits.ts";
import type { EmbeddedGroqOptions } from "./options.ts";
import type { ErrorReply, ModelReply, ReplyToolCall } from "./reply.ts";

type Rule = readonly [expected: string, accepts: (value: unknown) => boolean];

/** A rule for each member; an optional one may also be `undefined`. */
type Rules<T> = { readonly [Key in keyof T]-?: Rule };

const isNumber = (value: unknown) => typeof value === "number" && !Number.isNaN(value);

const orNone = ([expected, accepts]: Rule): Rule => [
  expected,
  (value) => value === undefined || accepts(value),
];
const oneOf = (...choices: readonly string[]): Rule => [
  choices.map((choice) => JSON.stringify(choice)).join(" or "),
  (value) => typeof value === "string" && choices.includes(value),
];
const text: Rule = ["a text", (value) => typeof value === "string"];
const number: Rule = ["a number", isNumber];
const aboveZero: Rule = ["a number above 0", (value) => isNumber(value) && Number(value) > 0];
const anything: Rule = ["a value", () => true];
const object: Rule = ["an object", isObject];
const list: Rule = ["a list", Array.isArray];
const function_: Rule = ["a function", (value) => typeof value === "function"];
const when = oneOf("beforeHead", "afterHead", "inBody");

const FAULTS: { readonly [Type in Fault["type"]]: Rules<Omit<Extract<Fault, { type: Type }>, "type">> } = {
  reset: { when },
  stall: { when, commentEveryMs: orNone(number) },
  endlessHead: { everyMs: orNone(number) },
  slow: { ms: number },
  openAfterDone: {},
  cutStream: {},
  answer: { status: number, headers: orNone(object), body: orNone(text) },
  contentType: { contentType: text },
  contentLength: { offBy: number },
  cutGzip: {},
  hugeBody: { bytes: number },
  longLine: { bytes: number },
  split: { bytes: number, seed: orNone(number) },
  lineEnds: { lineEnd: oneOf("\r\n", "\r") },
  comments: {},
  invalidUtf8: {},
  errorEvent: { position: oneOf("first", "middle", "last"), error: orNone(object) },
  xGroqError: { message: orNone(text) },
  closeAfter: {},
};

const LIMITS: Rules<LimitOptions> = {
  requestsPerMinute: orNone(aboveZero),
  requestsPerDay: orNone(aboveZero),
  tokensPerMinute: orNone(aboveZero),
  tokensPerDay: orNone(aboveZero),
  inputTokensPerMinute: orNone(aboveZero),
  outputTokensPerMinute: orNone(aboveZero),
  minuteMs: orNone(aboveZero),
  dayMs: orNone(aboveZero),
};

const REPLY: Rules<ModelReply> = {
  text: orNone(text),
  reasoning: orNone(text),
  toolCalls: orNone(list),
  executedTools: orNone(list),
  finishReason: orNone(text),
  usage: orNone(object),
  pieces: orNone(list),
  eventDelayMs: orNone(number),
  delayMs: orNone(number),
  fault: anything,
};

const TOOL_CALL: Rules<ReplyToolCall> = { name: text, arguments: anything, id: orNone(text) };

const USAGE: Rules<NonNullable<ModelReply["usage"]>> = {
  promptTokens: orNone(number),
  completionTokens: orNone(number),
  cachedTokens: orNone(number),
  reasoningTokens: orNone(number),
};

const ERROR_REPLY: Rules<ErrorReply> = { error: object, delayMs: orNone(number), fault: anything };

const ERROR: Rules<ErrorReply["error"]> = {
  status: number,
  message: text,
  type: orNone(text),
  code: orNone(text),
  param: orNone(text),
  failedGeneration: orNone(text),
  headers: orNone(object),
};

const OPTIONS: Rules<EmbeddedGroqOptions & { port: number }> = {
  apiKey: orNone(text),
  models: orNone(list),
  reply: anything,
  document: ["what readDocument gives", (value) => value === undefined || isDocument(value)],
  bodies: orNone(oneOf("minimal", "maximal")),
  seed: orNone(number),
  fault: anything,
  limits: orNone(object),
  latencyMs: orNone(number),
  keepRequests: orNone(number),
  now: orNone(function_),
  port: orNone(number),
};

const isDocument = (value: unknown) => isObject(value) && typeof value.answers === "function";

/** `ConfigError` for what is wrong with the options of an embedded Groq, and where. */
export function checkOptions(options: unknown): void {
  const { reply, fault, limits } = checkMembers(options, OPTIONS, "options");
  if (limits !== undefined) checkMembers(limits, LIMITS, "limits");
  if (typeof fault !== "function") checkFault(fault, "fault");
  if (typeof reply === "function" || reply === undefined) return;
  if (Array.isArray(reply)) for (const [index, one] of reply.entries()) checkReply(one, `reply[${index}]`);
  else checkReply(reply, "reply");
}

/** The same for one reply, as a function may give it. */
export function checkReply(reply: unknown, place = "reply"): void {
  if (typeof reply === "string") return;
  if (isObject(reply) && "error" in reply) {
    const { error, fault } = checkMembers(reply, ERROR_REPLY, place);
    checkMembers(error, ERROR, `${place}.error`);
    checkFault(fault, `${place}.fault`);
    return;
  }
  const { toolCalls, usage, fault } = checkMembers(reply, REPLY, place);
  if (Array.isArray(toolCalls))
    for (const [index, call] of toolCalls.entries())
      checkMembers(call, TOOL_CALL, `${place}.toolCalls[${index}]`);
  if (usage !== undefined) checkMembers(usage, USAGE, `${place}.usage`);
  checkFault(fault, `${place}.fault`);
}

/** The same for one fault. */
export function checkFault(fault: unknown, place = "fault"): void {
  if (fault === undefined) return;
  const type = isObject(fault) ? fault.type : undefined;
  const rules = Object.entries<Rules<object>>(FAULTS).find(([name]) => name === type)?.[1];
  if (!isObject(fault) || rules === undefined) {
    const meant = typeof type === "string" ? didYouMean(type, Object.keys(FAULTS)) : "";
    const got = typeof type === "string" ? `type ${JSON.stringify(type.slice(0, 60))}` : kindOf(fault);
    throw wrong(
      place,
      `expected { type, … } with a type of ${Object.keys(FAULTS).join(", ")}; got ${got}${meant}`,
    );
  }
  checkMembers(fault, { type: text, ...rules }, place);
}

/** The value as an object whose members are those of the rules. */
function checkMembers(
  value: unknown,
  rules: Readonly<Record<string, Rule>>,
  place: string,
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw wrong(place, `expected an object, got ${kindOf(value)}`);
  const at = (name: string) => (rules === OPTIONS ? name : `${place}.${name}`);
  for (const name of Object.keys(value)) {
    if (value[name] === undefined || Object.hasOwn(rules, name)) continue;
    throw wrong(at(name), `unknown member${didYouMean(name, Object.keys(rules))}`);
  }
  for (const [name, [expected, accepts]] of Object.entries(rules)) {
    if (!accepts(value[name])) throw wrong(at(name), `expected ${expected}, got ${kindOf(value[name])}`);
  }
  return value;
}

const wrong = (place: string, problem: string) => new LlmError("ConfigError", `${place}: ${problem}`);
