/** Where limits are counted: in this process, or in a store that several processes share. */

import type { Clock } from "../base/clock.ts";
import type { LlmError } from "../base/error.ts";
import type { EventListener } from "../base/events.ts";
import type { LimitFeedback, LimitWindow, RateLimitState } from "../base/limits.ts";

/** What one try holds of a quota. */
export interface Reservation {
  /** Tokens that were reserved; 0 or more. */
  readonly tokens: number;
  /** The server began to answer. */
  answered(): void;
  /** Instead of `answered`: the try ended without an answer, but may have reached the server. */
  abandon(): void;
  /** Instead of `answered`: the try never reached the server, so it holds nothing any more. */
  giveBack(): void;
  /** What the answered try really used. */
  settle(tokens: number): void;
}

/** What a quota gives when it is asked for several places. */
export interface Reserved {
  /** For the first of the sizes, in their order. */
  reservations: Reservation[];
  /** Milliseconds until it is worth asking for the next one; 0 if all were reserved. */
  waitMs: number;
}

/** The limits of one key and model, and how much of them is used. All but `reserve` answers at once. */
export interface Quota {
  /** Whether it is worth asking for several places at once, as each question takes a while. */
  readonly shared: boolean;
  /**
   * Reserves places for calls of these sizes (tokens), as many as fit, in their order. Where several limiters use one quota,
   * a large call is not passed by others' small ones for ever. Rejects with `LlmError` where a shared store can't tell.
   */
  reserve(sizes: readonly number[], user: QuotaUser): Reserved | Promise<Reserved>;
  /** No call waits any more at this limiter. */
  withdraw(user: QuotaUser): void;
  /**
   * The wait that `reserve` would give for a call behind `callsAhead` others, as far as it is known here; 0 where the call
   * could go. Takes nothing.
   */
  waitMs(tokens: number, user: QuotaUser, callsAhead?: number): number;
  /** Takes in the figures of an answer to the try that held `reservation`. */
  feedback(feedback: LimitFeedback, reservation: Reservation | undefined): void;
  /** Milliseconds for which the server asked for a pause. */
  pausedForMs(): number;
  /** Milliseconds of all pauses up to now. */
  pausedMs(): number;
  readonly windows: RateLimitState["windows"];
  /** Why nothing can be reserved at present: the error of a call that gives up waiting. */
  readonly outage: LlmError | undefined;
  /** Nothing would be lost with it. */
  readonly isIdle: boolean;
}

/** A limiter that reserves at a quota. */
export interface QuotaUser {
  /** Calls wait where the limit is used up. Those that would fail do not wait for a limit that is only suspected either. */
  readonly waits: boolean;
  /** It may be worth asking again earlier than was said. */
  onChange(): void;
  emit: EventListener;
}

export interface QuotaOptions {
  /** Names the quota in the store. */
  model: string;
  windows: readonly LimitWindow[];
  /** Follow headers for all that no window limits. */
  follow: boolean;
  /** Limits are to be discovered: few calls go at first. */
  discovers: boolean;
  /** Milliseconds for which a wait that the server names stops all calls. */
  longestPauseMs: number;
  clock: Clock;
  random: () => number;
}

/**
 * Holds the limits of several providers together: `createMemoryLimitStore` those of one process, `createRedisLimitStore` of
 * `groq-provider/redis` those of many. What is shared is what is handed in: the same store to each provider of one key.
 */
export interface LimitStore {
  /** The quota of a model, shared with all who ask this store for the same. */
  quota(options: QuotaOptions, user: QuotaUser): Quota;
  /** The limiter needs the quota no longer. */
  leave(quota: Quota, user: QuotaUser): void;
  /** Ends what the store does in the background. Its quotas can't be used any more. */
  close(): void;
}
