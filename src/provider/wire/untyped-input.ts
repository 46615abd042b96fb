/** Input from untyped code: anything wrong with it becomes `InvalidRequest`, before anything is sent. */
import { type LlmError, memberOf } from "../base/error.ts";
import { invalidRequest, isObject, kindOf, reading } from "../base/values.ts";
import { checkOptions, isSignal, type OptionRules } from "./option-rules.ts";

/** Refuses options that are no object, are not known, or hold what they can't. `rules` beside those of a call. */
export function checkCallOptions(options: object, rules: OptionRules): void {
  if (typeof options !== "object" || options === null) throw invalid("options", "an object", options);
  reading("options", () => checkOptions(options, rules));
}

/** The caller's signal, where there is one; `checkCallOptions` refuses what is none. */
export function signalOf(options: unknown): AbortSignal | undefined {
  const signal = memberOf(options, "signal");
  return isSignal(signal) ? signal : undefined;
}

/** Refuses what has no function of this name, as every `LlmProvider` has. */
export function checkProvider(provider: unknown, method: "chat" | "chatStream"): void {
  const function_ = memberOf(provider, method);
  if (typeof function_ === "function") return;
  const got = isObject(provider) ? `one without ${method}` : kindOf(provider);
  throw invalidRequest("provider", `expected an LlmProvider, got ${got}`);
}

export const isText = (value: unknown): value is string => typeof value === "string";

export function checkText(name: string, value: unknown): void {
  if (!isText(value)) throw invalid(name, "a text", value);
}

/** As the wire has it; `InvalidRequest` for what JSON can't hold, as a circle or a bigint. */
export function serialise(body: unknown): string {
  return reading("the request", () => JSON.stringify(body));
}

function invalid(place: string, expected: string, value: unknown): LlmError {
  return invalidRequest(place, `expected ${expected}, got ${kindOf(value)}`);
}
