/** Values as the AI SDK carries them: JSON, without members that are undefined. */
import type { JSONObject, JSONValue } from "@ai-sdk/provider";
import { isDeeperThan, MAX_DEPTH } from "../provider/base/values.ts";

/**
 * A copy that is JSON: undefined members and those that are hidden are left out, and those that are nested so deep that
 * writing them has no stack left.
 */
export function jsonOf(value: object): JSONObject {
  const members = Object.entries(value).filter(([, member]) => !isDeeperThan(member, MAX_DEPTH));
  return JSON.parse(JSON.stringify(Object.fromEntries(members)));
}

/** The value that a text holds, where it is JSON that can be written again; else the text, as for null. */
export function jsonOrText(text: string): NonNullable<JSONValue> {
  try {
    const value: JSONValue = JSON.parse(text);
    return value === null || isDeeperThan(value, MAX_DEPTH) ? text : value;
  } catch {
    return text;
  }
}
