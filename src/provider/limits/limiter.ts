/** The limiter of one key and model: permits, what becomes of them, and what answers tell. */

import type { EventListener } from "../base/events.ts";
import { faultTeller, type GuardedClock } from "../base/handed-in.ts";
import type {
  AcquireRequest,
  LimitFeedback,
  LimitWindow,
  Permit,
  RateLimiter,
  RateLimitSnapshot,
  RateLimitState,
} from "../base/limits.ts";
import { demandObject, hasMethods, invalidRequest, kindOf, reading } from "../base/values.ts";
import type { OptionNames } from "../config/option-names.ts";
import { Calibration } from "./calibration.ts";
import type { Concurrency } from "./concurrency.ts";
import { isFigure, onlyFigures, requestedTokens } from "./feedback.ts";
import { openQuota } from "./guarded-store.ts";
import { limiterClosed, tooLarge } from "./limit-errors.ts";
import { type Admitted, type Joining, Line } from "./line.ts";
import { AttemptPermit, type Outcome } from "./permit.ts";
import type { LimitStore, Quota, QuotaOptions, QuotaUser, Reservation } from "./store.ts";
import type { Turn } from "./wait-bounds.ts";

export interface LimiterOptions {
  model: string;
  windows: readonly LimitWindow[];
  waits: boolean;
  concurrency: Concurrency;
  maxQueue: number;
  maxWaitMs: number;
  maxQueueMs: number;
  trustEstimates: boolean;
  clock: GuardedClock;
  emit: EventListener;
  store: LimitStore;
  quota: QuotaOptions;
  /** What their writer calls options. */
  nameOf: OptionNames;
}

/** What a provider's call asks for, beside what any may ask. */
export interface CallRequest extends AcquireRequest {
  /** The call itself said how long it may wait for a server. */
  saysMaxWait?: boolean;
}

/** This many milliseconds of waiting count as one step of priority, so that no call waits behind higher ones for ever. */
const MS_PER_PRIORITY = 10_000;
/** More tokens than any call can use. */
const MOST_TOKENS = 1e9;

export class Limiter implements RateLimiter {
  readonly #options: LimiterOptions;
  readonly #quota: Quota;
  /** The store need not keep the quota for it any longer. */
  readonly #leave: () => void;
  readonly #user: QuotaUser;
  readonly #line: Line;
  readonly #calibration: Calibration;
  #lastPlace = 0;
  #active = 0;
  #lastAnswered: Reservation | undefined;
  #lastSnapshot: RateLimitSnapshot | undefined;

  constructor(options: LimiterOptions) {
    const { clock, concurrency, maxQueue, waits, nameOf } = options;
    this.#options = options;
    this.#calibration = new Calibration(options.trustEstimates);
    this.#user = {
      waits,
      onChange: () => this.#line.admit(),
      emit: (event) => {
        if (event.type === "limitLearned") this.#line.reviewLater();
        options.emit(event);
      },
    };
    const opened = openQuota(options.store, options.quota, this.#user, faultTeller(options.emit));
    this.#quota = opened.quota;
    this.#leave = opened.leave;
    this.#line = new Line({
      ...{ clock, concurrency, maxQueue, nameOf, quota: this.#quota, user: this.#user },
      sizeOf: ({ requested, estimate }) => requested ?? this.#calibration.size(estimate),
    });
  }

  get state(): RateLimitState {
    const pausedForMs = this.#quota.pausedForMs();
    const { head } = this.#line;
    return {
      windows: this.#quota.windows,
      waiting: this.#line.size,
      active: this.#active,
      ...(pausedForMs > 0 && { pausedForMs }),
      nextInMs: Math.max(
        this.#quota.waitMs(0, this.#user),
        head ? this.#quota.waitMs(head.requested ?? this.#calibration.size(head.estimate), this.#user) : 0,
      ),
      ...(this.#lastSnapshot && { lastSnapshot: this.#lastSnapshot }),
    };
  }

  /** It may be dropped: no call waits or is under way, and its limits are free again. */
  get isIdle(): boolean {
    return this.#active === 0 && this.#line.size === 0 && this.#quota.isIdle;
  }

  acquire(request: AcquireRequest): Promise<Permit> {
    return this.#wait(request, (turn, admitted) => this.#permit(turn, admitted));
  }

  check(request: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#wait(request, (_, { reservation }) => {
      this.#options.concurrency.release(1);
      reservation.giveBack();
    });
  }

  feedback(feedback: LimitFeedback): void {
    demandObject("feedback", feedback, "InvalidRequest");
    reading("feedback", () => this.#feedback(feedback));
  }

  #feedback(feedback: LimitFeedback): void {
    const { status, permit, retryAfterMs, snapshot } = feedback;
    const own = permit instanceof AttemptPermit ? permit : undefined;
    const refusal = feedback.refusal && onlyFigures(feedback.refusal);
    const requested = refusal?.tooLarge ? undefined : requestedTokens(refusal);
    if (own && requested !== undefined) {
      own.turn.requested = Math.min(MOST_TOKENS, requested);
      this.#calibration.requested(own.turn.estimate, requested);
    }
    if (snapshot) this.#lastSnapshot = snapshot;
    const said = {
      status,
      snapshot,
      refusal,
      retryAfterMs: isFigure(retryAfterMs) ? retryAfterMs : undefined,
    };
    this.#quota.feedback(said, own?.reservation ?? this.#lastAnswered);
  }

  close(): void {
    this.#line.close(limiterClosed());
    this.#leave();
  }

  #turn({ tokens = 0, priority = 0, retryOf }: AcquireRequest): Turn {
    if (!isFigure(tokens)) throw notA("tokens", "a number of 0 or more", tokens);
    if (!Number.isFinite(priority)) throw notA("priority", "a number", priority);
    const turn = retryOf instanceof AttemptPermit ? retryOf.turn : undefined;
    if (turn?.requested === undefined) {
      const tooSmall = this.#options.windows.find(
        (window) => window.tokens !== undefined && window.tokens < tokens,
      );
      if (tooSmall) throw tooLarge(tokens, tooSmall);
    }
    if (turn) return turn;
    return {
      priority: priority - this.#options.clock.now() / MS_PER_PRIORITY,
      place: ++this.#lastPlace,
      queuedMs: 0,
      estimate: Math.min(MOST_TOKENS, tokens),
    };
  }

  /** Waits for a turn, and returns what `take` makes of it. */
  async #wait<T>(request: AcquireRequest, take: (turn: Turn, admitted: Admitted) => T): Promise<T> {
    demandObject("request", request, "InvalidRequest");
    const { fault } = this.#options.clock;
    if (fault) throw fault;
    const joining = reading("request", () => this.#joining(request));
    return this.#line.join(joining, (admitted) => take(joining.turn, admitted));
  }

  #joining(request: CallRequest): Joining {
    const { nameOf } = this.#options;
    const { maxWaitMs = this.#options.maxWaitMs, maxQueueMs = this.#options.maxQueueMs } = request;
    if (!(maxWaitMs >= 0)) throw notA("maxWaitMs", "milliseconds, 0 or more", maxWaitMs);
    if (!(maxQueueMs >= 0)) throw notA("maxQueueMs", "milliseconds, 0 or more", maxQueueMs);
    const { deadlineMs = Number.POSITIVE_INFINITY } = request;
    if (!(deadlineMs >= 0)) throw notA("deadlineMs", "milliseconds, 0 or more", deadlineMs);
    const turn = this.#turn(request);
    const { signal, retryOf } = request;
    const bounds = {
      ...{ maxWaitMs, maxQueueMs, deadlineMs },
      maxWaitName: request.saysMaxWait ? "maxWaitMs" : nameOf("maxWaitMs"),
      maxQueueName: request.maxQueueMs === undefined ? nameOf("maxQueueMs") : "maxQueueMs",
    };
    if (signal !== undefined && !hasMethods(signal, "addEventListener"))
      throw notA("signal", "an AbortSignal", signal);
    return { turn, bounds, signal, returns: retryOf !== undefined };
  }

  #permit(turn: Turn, { reservation, ...waits }: Admitted): Permit {
    this.#active += 1;
    return new AttemptPermit(reservation, turn, waits, {
      answered: () => {
        this.#lastAnswered = reservation;
        reservation.answered();
      },
      release: (answered, outcome) => this.#release(reservation, turn, answered, outcome),
    });
  }

  #release(reservation: Reservation, { estimate }: Turn, answered: boolean, outcome: Outcome): void {
    this.#active -= 1;
    const { sent = true, usedTokens } = outcome;
    if (!answered && !sent) reservation.giveBack();
    else {
      if (!answered) reservation.abandon();
      const used = isFigure(usedTokens) ? Math.min(MOST_TOKENS, usedTokens) : undefined;
      if (answered && used !== 0) this.#calibration.used(estimate, used);
      const settled = used ?? Math.min(reservation.tokens, this.#calibration.likely(estimate));
      if (settled !== reservation.tokens) reservation.settle(settled);
    }
    this.#options.concurrency.release(1);
  }
}

function notA(place: string, expected: string, got: unknown): Error {
  return invalidRequest(place, `expected ${expected}, got ${kindOf(got)}`);
}
