/** May this call go now, and if not, when. */

import { type Clock, systemClock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type { EventListener } from "../base/events.ts";
import type { LimitWindow, RateLimiter } from "../base/limits.ts";
import { Limiter } from "./limiter.ts";
import { MemoryQuota } from "./memory-quota.ts";
import { SlowStart } from "./slow-start.ts";
import type { LimitStore } from "./store.ts";

export interface RateLimiterOptions {
  /** Limits to keep; all hold at once. Default none. */
  windows?: readonly LimitWindow[] | undefined;
  /** Learn limits from the server's answers. With configured windows, those that they leave open are learned anyway. */
  auto?: boolean | undefined;
  /** What a call beyond the limit does. Default `wait`. */
  onLimit?: "wait" | "error" | undefined;
  /** Calls under way at once. Default: no bound. */
  maxConcurrent?: number | undefined;
  /** Calls that may wait. Default 10 000. */
  maxQueue?: number | undefined;
  /** Milliseconds that a call may wait. Default: no bound. */
  maxWaitMs?: number | undefined;
  clock?: Clock | undefined;
  /** From 0 to 1; spreads what would come back at one time. */
  random?: (() => number) | undefined;
  /** Holds the limits for many processes together. Default: this process alone. */
  store?: LimitStore | undefined;
  /** Names the limiter in events and in the store. */
  model?: string | undefined;
  onEvent?: EventListener | undefined;
}

/** A limiter for one key and model. Throws `ConfigError` for options that can't be meant. */
export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const { windows = [], auto = false, onLimit = "wait", clock = systemClock, model = "" } = options;
  const { maxConcurrent = Number.POSITIVE_INFINITY, maxQueue = 10_000 } = options;
  const { maxWaitMs = Number.POSITIVE_INFINITY, random = Math.random, store, onEvent } = options;
  windows.forEach((window, index) => {
    const { periodMs, calls, tokens } = window;
    demand(
      periodMs > 0 && Number.isFinite(periodMs),
      `windows[${index}].periodMs`,
      "milliseconds above 0",
      periodMs,
    );
    demand(
      calls !== undefined || tokens !== undefined,
      `windows[${index}]`,
      "calls, tokens, or both",
      "neither",
    );
    demand(calls === undefined || calls >= 1, `windows[${index}].calls`, "1 or more", calls);
    demand(tokens === undefined || tokens >= 1, `windows[${index}].tokens`, "1 or more", tokens);
  });
  demand(maxConcurrent >= 1, "maxConcurrent", "1 or more", maxConcurrent);
  demand(maxQueue >= 0, "maxQueue", "0 or more", maxQueue);
  demand(maxWaitMs >= 0, "maxWaitMs", "0 or more", maxWaitMs);
  const emit: EventListener = (event) => {
    try {
      onEvent?.(event);
    } catch {
      // A listener's fault must not become a call's.
    }
  };
  const follow = auto || windows.length > 0;
  const merged = mergeWindows(windows);
  const quota = { windows: merged, follow, onLimit, model, clock, random, emit };
  return new Limiter(
    {
      windows,
      onLimit,
      maxConcurrent,
      maxQueue,
      maxWaitMs,
      clock,
      random,
      slowStart: new SlowStart(auto),
      model,
      emit,
    },
    (onChange) => (store ? store.quota({ ...quota, onChange }) : new MemoryQuota(quota)),
  );
}

/** One window for each period, with the lower of its limits. */
function mergeWindows(windows: readonly LimitWindow[]): LimitWindow[] {
  const byPeriod = new Map<number, LimitWindow>();
  for (const window of windows) {
    const { periodMs } = window;
    const known = byPeriod.get(periodMs);
    const calls = Math.min(known?.calls ?? Infinity, window.calls ?? Infinity);
    const tokens = Math.min(known?.tokens ?? Infinity, window.tokens ?? Infinity);
    byPeriod.set(periodMs, {
      periodMs,
      ...(Number.isFinite(calls) && { calls }),
      ...(Number.isFinite(tokens) && { tokens }),
    });
  }
  return [...byPeriod.values()];
}

function demand(holds: boolean, place: string, expected: string, got: unknown): void {
  if (!holds) throw new LlmError("ConfigError", `${place}: expected ${expected}, got ${String(got)}`);
}
