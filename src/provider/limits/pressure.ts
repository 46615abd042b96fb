/** What refusals do to all calls of a model: pauses, slow starts, and a rate that the server accepts. */
import type { EventListener } from "../base/events.ts";
import type { LimitFeedback } from "../base/limits.ts";
import { AdaptiveRate } from "./adaptive-rate.ts";
import { CircuitBreaker, type CircuitBreakerOptions, isRefusal } from "./circuit-breaker.ts";

export interface PressureOptions extends CircuitBreakerOptions {
  model: string;
  emit: EventListener;
}

export class Pressure {
  readonly breaker: CircuitBreaker;
  readonly #rate = new AdaptiveRate();
  readonly #model: string;
  readonly #emit: EventListener;

  constructor(options: PressureOptions) {
    this.breaker = new CircuitBreaker(options);
    this.#model = options.model;
    this.#emit = options.emit;
  }

  /** Milliseconds until one more call may go, 0 for now. An answer may come first and make it shorter. */
  waitMs(now: number, knowsCallRate: boolean): number {
    return Math.max(this.breaker.waitMs(now, knowsCallRate), this.#rate.waitMs(now));
  }

  /** How many calls may go now. */
  room(now: number, knowsCallRate: boolean): number {
    return Math.min(this.breaker.room(now, knowsCallRate), this.#rate.room(now));
  }

  /** Counts a call; returns the round to report its end with. */
  admitted(now: number): number {
    this.#rate.admitted(now);
    return this.breaker.admitted(now);
  }

  /**
   * Takes in an answer; gives the milliseconds of the pause that it began, or 0. `explained`: it told a limit, which spaces
   * the calls after the pause.
   */
  feedback(feedback: LimitFeedback, round: number | undefined, now: number, explained: boolean): number {
    const { status, refusal } = feedback;
    const ofRound = round ?? this.breaker.round;
    if (!isRefusal(feedback)) {
      // A server that answers "bad request" is in service.
      if (status < 500) this.breaker.succeeded(ofRound, now);
      if (status < 400) this.#rate.succeeded(now);
      return 0;
    }
    if (status === 429 && !explained) this.#rate.refused(ofRound, now);
    const waitMs = this.breaker.refused(feedback, ofRound, now, explained);
    if (this.breaker.pausedForMs(now) > 0) this.#rate.paused(now);
    if (waitMs === 0) return 0;
    const metric = refusal?.metric;
    this.#emit({ type: "pause", model: this.#model, waitMs, ...(metric && { metric }) });
    return waitMs;
  }
}
