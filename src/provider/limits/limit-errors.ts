/** The errors of calls that the limiter stops before they are sent. They have no `status`: no server said so. */
import { LlmError } from "../base/error.ts";
import type { LimitWindow } from "../base/limits.ts";

const seconds = (ms: number) => `${Math.ceil(ms / 100) / 10} s`;

function exceeded(message: string, waitMs: number): LlmError {
  return new LlmError("RateLimitExceeded", message, { retryable: true, retryAfterMs: Math.ceil(waitMs) });
}

/** `option` is what its writer calls `onLimit`. */
export function limitReached(option: string, waitMs: number): LlmError {
  return exceeded(`The limit is used up; a call may go in ${seconds(waitMs)} (${option} is "error")`, waitMs);
}

/** A bound of waits: what it holds for, what its writer calls it, and the longest wait that it admits. */
export interface WaitBound {
  of: "pause" | "line" | "call";
  option: string;
  ms: number;
}

export function waitsTooLong({ of, option, ms: boundMs }: WaitBound, waitMs: number): LlmError {
  const reason = of === "pause" ? "The server asks to wait; this call may go" : "The limit lets this call go";
  return exceeded(
    `${reason} in ${seconds(waitMs)} at the earliest, longer than it may wait (${option} is ${seconds(boundMs)})`,
    waitMs,
  );
}

/** `option` is what its writer calls `maxQueue`. */
export function queueIsFull(option: string, maxQueue: number, waitMs: number): LlmError {
  return exceeded(`As many calls as ${option} admits (${maxQueue}) already wait for the limit`, waitMs);
}

export function tooLarge(tokens: number, window: LimitWindow): LlmError {
  return new LlmError(
    "RequestTooLarge",
    `The call may need ${tokens} tokens, but the limit is ${window.tokens} in ${seconds(window.periodMs)}, so waiting does not help; shorten messages or lower maxTokens`,
  );
}

export function limiterClosed(): LlmError {
  return new LlmError("Cancelled", "The limiter was closed");
}

export function storeClosed(): LlmError {
  return new LlmError("ConfigError", "limitStore: expected an open store, got a closed one");
}

/** A promise from a quota that says that it is not shared. */
export function notAtOnce(): LlmError {
  return new LlmError(
    "ConfigError",
    "limitStore.reserve: expected reservations at once, as shared is false, got a promise",
  );
}
