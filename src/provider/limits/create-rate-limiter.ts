/** May this call go now, and if not, when. */

import { type Clock, systemClock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import { type EventListener, guardListener } from "../base/events.ts";
import { faultTeller, guardClock, guardRandom } from "../base/handed-in.ts";
import { LONGEST_PERIOD_MS } from "../base/limit-period.ts";
import type { LimitWindow } from "../base/limits.ts";
import { demandObject, notExpected, reading } from "../base/values.ts";
import { inCode, type OptionNames } from "../config/option-names.ts";
import { Concurrency } from "./concurrency.ts";
import { Limiter } from "./limiter.ts";
import { createMemoryLimitStore } from "./memory-store.ts";
import type { LimitStore } from "./store.ts";

/** What a limiter keeps, and how. */
export interface RateLimiterOptions {
  /** Limits to keep; all hold at once. Default none. */
  windows?: readonly LimitWindow[] | undefined;
  /** Learn limits from the server's answers. With configured windows, those that they leave open are learned anyway. */
  auto?: boolean | undefined;
  /** What a call beyond the limit does. Default `wait`. */
  onLimit?: "wait" | "error" | undefined;
  /** Calls under way at once: a number for this limiter alone, or an object that several are given. Default: no bound. */
  maxConcurrent?: number | Concurrency | undefined;
  /** Calls that may wait. Default 10 000. */
  maxQueue?: number | undefined;
  /** Milliseconds that a call may wait because the server asked for it. Default 60 000. */
  maxWaitMs?: number | undefined;
  /** Milliseconds that a call may wait in all. Default 600 000. */
  maxQueueMs?: number | undefined;
  /**
   * Estimates of tokens are upper bounds. Default false: they are corrected by what calls used, and doubted before the first
   * usage is known.
   */
  trustEstimates?: boolean | undefined;
  /** Default: the system's. */
  clock?: Clock | undefined;
  /** From 0 to 1; spreads what would come back at one time. */
  random?: (() => number) | undefined;
  /** Holds the limits of several limiters together. Default: this one alone. */
  store?: LimitStore | undefined;
  /** Names the limiter in events and in the store. */
  model?: string | undefined;
  /** Receives `pause`, `limitLearned` and the like. */
  onEvent?: EventListener | undefined;
}

/** A limiter for one key and model. Throws `ConfigError` for wrong options. */
export function createRateLimiter(options: RateLimiterOptions = {}): Limiter {
  demandObject("options", options);
  return reading("options", () => createLimiter(options, inCode), "ConfigError");
}

/** The same for options that their writer may call by other names, in errors. */
export function createLimiter(options: RateLimiterOptions, nameOf: OptionNames): Limiter {
  const { windows = [], auto = false, onLimit = "wait", model = "" } = options;
  const { maxConcurrent = Number.POSITIVE_INFINITY, maxQueue = 10_000, trustEstimates = false } = options;
  const { maxWaitMs = 60_000, maxQueueMs = 600_000, onEvent } = options;
  if (!Array.isArray(windows)) throw wrong("windows", "a list of windows", windows);
  windows.forEach(checkWindow);
  demand(onLimit === "wait" || onLimit === "error", "onLimit", '"wait" or "error"', onLimit);
  if (!(maxConcurrent instanceof Concurrency))
    demand(maxConcurrent >= 1, "maxConcurrent", "1 or more", maxConcurrent);
  demand(typeof model === "string", "model", "a text", model);
  demand(maxQueue >= 0, "maxQueue", "0 or more", maxQueue);
  demand(maxWaitMs >= 0, "maxWaitMs", "0 or more", maxWaitMs);
  demand(maxQueueMs >= 0, "maxQueueMs", "0 or more", maxQueueMs);
  const emit = guardListener(onEvent);
  const tell = faultTeller(emit);
  const clock = guardClock(options.clock ?? systemClock, (fault) => tell("clock", fault));
  const random = guardRandom(options.random ?? Math.random, tell);
  return new Limiter({
    ...{ model, windows, maxQueue, maxWaitMs, maxQueueMs, trustEstimates, clock, emit, nameOf },
    waits: onLimit === "wait",
    concurrency: typeof maxConcurrent === "number" ? new Concurrency(maxConcurrent) : maxConcurrent,
    store: options.store ?? createMemoryLimitStore(),
    quota: {
      ...{ model, clock, random, longestPauseMs: maxWaitMs },
      windows: mergeWindows(windows),
      follow: auto || windows.length > 0,
      discovers: auto,
    },
  });
}

function checkWindow(window: LimitWindow, index: number): void {
  const at = `windows[${index}]`;
  demandObject(at, window);
  const { periodMs, calls, tokens } = window;
  demand(
    periodMs > 0 && periodMs <= LONGEST_PERIOD_MS,
    `${at}.periodMs`,
    "milliseconds, up to a year",
    periodMs,
  );
  demand(calls !== undefined || tokens !== undefined, at, "calls, tokens, or both", "neither");
  demand(calls === undefined || calls >= 1, `${at}.calls`, "1 or more", calls);
  demand(tokens === undefined || tokens >= 1, `${at}.tokens`, "1 or more", tokens);
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
  if (!holds) throw wrong(place, expected, got);
}

function wrong(place: string, expected: string, got: unknown): LlmError {
  return typeof got === "string"
    ? new LlmError("ConfigError", `${place}: expected ${expected}, got ${got}`)
    : notExpected(place, expected, got);
}
