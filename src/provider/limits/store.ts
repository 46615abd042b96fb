/** Where limits are counted: in this process, or in a store that several processes share. */

import type { Clock } from "../base/clock.ts";
import type { EventListener } from "../base/events.ts";
import type { LimitFeedback, LimitWindow, RateLimitState } from "../base/limits.ts";

/** What one try holds of a quota. */
export interface Reservation {
  /** Tokens that were reserved; 0 or more. */
  readonly tokens: number;
  /** The server began to answer. */
  answered(): void;
  /** What the answered try really used. */
  settle(tokens: number): void;
  /** The try never reached the server: it holds nothing any more. */
  giveBack(): void;
}

/** The limits of one key and model, and how much of them is used. All but `reserve` answer at once. */
export interface Quota {
  /** Whether `reserve` has to ask elsewhere, and so gives a promise. */
  readonly shared: boolean;
  /**
   * Reserves the place of one call; or takes nothing, and gives the milliseconds until it is worth asking again. Rejects
   * with `LlmError` where a shared store can't tell.
   */
  reserve(tokens: number): Reservation | number | Promise<Reservation | number>;
  /** The wait that `reserve` would give, as far as it is known here; 0 where the call could go. Takes nothing. */
  waitMs(tokens: number): number;
  /** Takes in the figures of an answer to the try that held `reservation`. */
  feedback(feedback: LimitFeedback, reservation: Reservation | undefined): void;
  /** Lets nothing go for so long, in milliseconds. */
  pause(ms: number): void;
  pausedForMs(): number;
  /** Whether a limit of calls in a minute or less is known, configured or learned. */
  readonly knowsCallRate: boolean;
  readonly windows: RateLimitState["windows"];
}

export interface QuotaOptions {
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

/** Holds the limits of many processes together; see `createRedisLimitStore` of `groq-provider/redis`. */
export interface LimitStore {
  /** The limits of one model, shared with all who ask this store for the same. */
  quota(options: QuotaOptions): Quota;
}
