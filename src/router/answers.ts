/** What a candidate of another make must give to have answered. */
import { memberOf } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import { isList, isObject, kindOf } from "../provider/base/values.ts";
import type { RouterOperation } from "./types.ts";

/** Throws where what a candidate gave is no answer. */
export function demandAnswer(operation: RouterOperation, given: unknown, what = "an answer"): void {
  const isAnswer = {
    chat: () => typeof memberOf(given, "content") === "string",
    complete: () => typeof memberOf(given, "text") === "string",
    embed: () => isList(memberOf(given, "embeddings")),
    // One that has begun.
    chatStream: () => isObject(given),
  }[operation];
  if (isAnswer()) return;
  throw new TypeError(`it gave ${hush(given) ? "a promise" : kindOf(given)} for ${what}${NEEDS[operation]}`);
}

const NEEDS = {
  chat: " with a text as its content",
  complete: " with a text",
  embed: " with a list of embeddings",
  chatStream: "",
} as const;
