/** Values as the AI SDK carries them: JSON, without members that are undefined. */
import type { JSONObject, JSONValue, SharedV3ProviderOptions } from "@ai-sdk/provider";
import { isObject } from "../provider/base/values.ts";

/** A copy that is JSON: undefined members and those that are hidden are left out. */
export function jsonOf(value: object): JSONObject {
  return JSON.parse(JSON.stringify(value));
}

/** The value that a text holds, where it is JSON; else the text. Null, which a tool's result can't be, stays text. */
export function jsonOrText(text: string): NonNullable<JSONValue> {
  try {
    const value: JSONValue = JSON.parse(text);
    return value ?? text;
  } catch {
    return text;
  }
}

/** `providerOptions.groq`; empty where there is none. */
export function groqOptions(options: SharedV3ProviderOptions | undefined): Record<string, unknown> {
  const groq: unknown = options?.groq;
  return isObject(groq) ? groq : {};
}
