/** Where limits are counted: in this process, or in a store that many processes share. */

import type { Clock } from "../base/clock.ts";
import type { EventListener } from "../base/events.ts";
import type { LimitLesson, LimitMetric, LimitWindow, RateLimitState } from "../base/limits.ts";
import type { LogEntry } from "./sliding-window.ts";

/** One try, as the limits see it. */
export class LimitCall {
  /** What it was let go with; 0 or more. */
  readonly tokens: number;
  letGoAt = 0;
  /** Where each configured window counts it, once it is answered. */
  readonly entries: (LogEntry | undefined)[] = [];
  /** What it takes of each learned limit. */
  readonly shares: Partial<Record<LimitMetric, { epoch: number; cost: number; takenBefore: number }>> = {};
  /** The name under which a shared store knows it, and what was taken there before it. */
  lease?: { id: string; takenCalls: number; takenTokens: number };

  constructor(tokens: number) {
    this.tokens = tokens;
  }
}

/** The limits of one key and model. All but `reserve` answer at once; a shared store passes them on behind. */
export interface LimitBook {
  /** `reserve` has to ask elsewhere. */
  readonly shared: boolean;
  /**
   * Takes the place of one call and gives 0; or takes nothing, and gives the milliseconds until it is worth asking again.
   * Rejects with `LlmError` where a shared store can't tell.
   */
  reserve(call: LimitCall): number | Promise<number>;
  /** What `reserve` would say, as far as it is known here; nothing is taken. */
  waitMs(tokens: number): number;
  /** The server began to answer. */
  answered(call: LimitCall): void;
  /** What an answered call really used. */
  settle(call: LimitCall, tokens: number): void;
  /** The call never reached the server. */
  giveBack(call: LimitCall): void;
  /** Takes in the figures of an answer. */
  learn(lesson: LimitLesson, call: LimitCall | undefined): void;
  /** Lets nothing go for so long, in milliseconds. */
  pause(ms: number): void;
  pausedForMs(): number;
  /** Whether a limit of calls in a minute or less is known, configured or learned. */
  readonly knowsCallRate: boolean;
  readonly windows: RateLimitState["windows"];
  /** Ends what it does in the background. */
  close?(): void;
}

export interface LimitBookOptions {
  /** Configured windows. */
  windows: readonly LimitWindow[];
  /** Follow headers for all that no window limits. */
  follow: boolean;
  /** `error`: calls want to fail rather than wait. */
  onLimit: "wait" | "error";
  model: string;
  clock: Clock;
  random: () => number;
  emit: EventListener;
  /** Called when it may be worth asking again earlier than was said. */
  onChange: () => void;
}

/** Holds limits for many processes together; see `createRedisLimitStore` of `groq-provider/redis`. */
export interface LimitStore {
  open(options: LimitBookOptions): LimitBook;
}
