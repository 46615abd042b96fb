/** What an error breaks of what is promised of errors. */
import { inspect } from "node:util";
import { LLM_ERROR_KINDS, type LlmError } from "../../src/provider/index.ts";
import type { Attack } from "./attack.ts";
import { HEADER_SECRET, KEY } from "./calls.ts";

export const tells = (text: string) => text.includes(KEY) || text.includes(HEADER_SECRET);
const LONGEST_MESSAGE = 4000;
// A timer of more fires at once, so who waits that long would not wait at all.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Each in a few words. `seen` is the text that a stream gave before. */
export function judge(error: LlmError, attack: Attack, seen: string): string[] {
  const broken: string[] = [];
  if (!LLM_ERROR_KINDS.includes(error.kind)) broken.push(`an unknown kind, ${error.kind}`);
  if (error.message.trim() === "") broken.push("an empty message");
  if (error.message.length > LONGEST_MESSAGE) broken.push(`a message of ${error.message.length} characters`);
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined && !(retryAfterMs >= 0 && retryAfterMs <= LONGEST_TIMER_MS))
    broken.push(`retryAfterMs is ${retryAfterMs}`);
  let shown = "";
  try {
    shown = `${inspect(error, { depth: 8, maxStringLength: 1e6 })}${JSON.stringify(error)}`;
  } catch (fault) {
    broken.push(`the error can't be shown: ${fault}`);
  }
  if (tells(shown)) broken.push("a secret in the error");
  if (shown.length > 3e6) broken.push(`shown, the error has ${shown.length} characters`);
  const isEarly = ["break", "cancel", "abort", "response"].includes(attack.reader);
  // These come from the caller's side: what the server said may not have come yet.
  const isOwn = ["Timeout", "Cancelled"].includes(error.kind);
  if (attack.operation === "chatStream" && !isEarly && error.kind !== "Cancelled") {
    const { partial } = error;
    if (partial === undefined && seen !== "") broken.push("partial is absent");
    if (partial !== undefined && partial !== seen)
      broken.push(`partial is ${shorten(partial)}, seen was ${shorten(seen)}`);
  }
  if (attack.says !== undefined && !isOwn && attack.skip === 0 && !isEarly) {
    if (!error.message.includes(attack.says))
      broken.push(
        shown.includes(attack.says)
          ? "the server's sentence is not in the message"
          : "the server's sentence is lost",
      );
  }
  if (attack.text !== undefined && !isOwn) broken.push(`${error.kind} where nothing was wrong`);
  return broken;
}

const shorten = (text: string) => JSON.stringify(text.slice(0, 60));
