/** Ends a conversation from outside at any moment: the caller's signal, or the deadline. */
import { systemClock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";

export interface Ending {
  /** Aborted by the conversation's own signal, and when its deadline is over. */
  signal: AbortSignal;
  /** Milliseconds until the deadline; `undefined`: there is none. */
  left(): number | undefined;
  /** Clears the timer. */
  stop(): void;
}

export function endingOf(outer: AbortSignal, deadlineMs: number | undefined): Ending {
  const controller = new AbortController();
  outer.addEventListener("abort", () => controller.abort(outer.reason));
  const end = { signal: controller.signal, left: (): number | undefined => undefined, stop: () => {} };
  if (deadlineMs === undefined || deadlineMs === Number.POSITIVE_INFINITY) return end;
  const over = systemClock.now() + deadlineMs;
  const late = () => {
    const message = `The conversation took longer than ${deadlineMs} ms (deadlineMs)`;
    controller.abort(new LlmError("Timeout", message, { timeout: "deadline" }));
  };
  const stop = systemClock.setTimer(late, deadlineMs);
  return { ...end, stop, left: () => Math.max(1, over - systemClock.now()) };
}
