/** One call on its way: whom it asked, whom it may still ask, and what ends it. */
import { Aborter, cancelled, onAbort } from "../provider/base/abort.ts";
import type { Clock } from "../provider/base/clock.ts";
import { LlmError } from "../provider/base/error.ts";
import { keep, keptBy } from "../provider/base/kept.ts";
import type { CallOptions } from "../provider/base/types.ts";
import type { Candidate } from "./candidate.ts";
import { type InContext, keepContext } from "./context.ts";
import { copyOf } from "./route.ts";
import type { Asked, ErrorAction, Route, RouterOperation } from "./types.ts";

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8000;
const LONGEST_REFUSAL_MS = 1000;
const LONGEST_RESERVED_GUESS_MS = 16;
const MOMENT_MS = 5;

export interface CallBounds {
  maxRetries: number;
  maxWaitMs: number;
  maxQueueMs: number;
  deadlineMs: number | undefined;
}

export interface CallSetting {
  id: number;
  operation: RouterOperation;
  options: CallOptions & { model?: string | undefined };
  bounds: CallBounds;
  clock: Clock;
  random: () => number;
}

/** How a candidate stands with one call. */
interface Standing {
  tries: number;
  refusals: number;
  /** Not asked by this call before. */
  notBefore: number;
  /** That is because its limiter refused the call, so calls behind this one must not take what it waits for. */
  refused: boolean;
  /** Nobody said how long, and it is no longer a matter of a moment. */
  guessed: boolean;
  /** Not asked by this call any more. */
  spent: boolean;
  error: LlmError | undefined;
}

/** Before when a call does not ask a candidate, in milliseconds from now; and of its standing, why. */
type Hold = { ms: number } & Pick<Standing, "refused" | "guessed">;

export class RouterCall {
  readonly id: number;
  readonly operation: RouterOperation;
  readonly model: string | undefined;
  readonly priority: number;
  readonly bounds: CallBounds;
  /** Milliseconds of each try, where the call bounds them. */
  readonly timeoutMs: number | undefined;
  readonly startedAt: number;
  /** Runs something as part of this call, whoever asks for it. */
  readonly inContext: InContext = keepContext();
  readonly route: Route = { asked: [] };
  /** Draws lots for an order by weight. */
  readonly lots = new Map<Candidate, number>();
  /** Who works on it now. */
  readonly running = new Set<Candidate>();
  /** Who was asked last. */
  last: Candidate | undefined;
  /** Milliseconds that it waited after failures, and for limits. */
  waitedMs = 0;
  queuedMs = 0;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #standings = new Map<Candidate, Standing>();
  readonly #aborter = new Aborter();
  readonly #deadlineAt: number;
  readonly #stops: (() => void)[] = [];
  #lastError: LlmError | undefined;

  constructor({ id, operation, options, bounds, clock, random }: CallSetting) {
    this.id = id;
    this.operation = operation;
    this.model = options.model;
    this.priority = options.priority ?? 0;
    this.bounds = bounds;
    this.timeoutMs = options.timeoutMs;
    this.startedAt = clock.now();
    this.#clock = clock;
    this.#random = random;
    const { deadlineMs = Number.POSITIVE_INFINITY } = bounds;
    this.#deadlineAt = this.startedAt + deadlineMs;
    const { signal } = options;
    if (signal?.aborted) this.abort(cancelled(signal));
    else if (signal) this.#stops.push(onAbort(signal, () => this.abort(cancelled(signal))));
    if (Number.isFinite(deadlineMs)) {
      this.#stops.push(clock.setTimer(() => this.abort(deadlineError(deadlineMs)), deadlineMs));
    }
  }

  /** Aborts with what ends the call: the caller's signal, its deadline, or its stream's reader. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** What ended it from outside. */
  get endedBy(): LlmError | undefined {
    return this.#aborter.reason;
  }

  /** The same for a callback, which is cheaper than a signal. */
  onEnded(callback: (reason: LlmError) => void): () => void {
    return this.#aborter.onAbort(callback);
  }

  /** Milliseconds until its deadline. */
  get leftMs(): number {
    return this.#deadlineAt - this.#clock.now();
  }

  /** Counts a time in which it waited: for room at a limit, or after a failure. */
  waited(reason: "limit" | "rest", ms: number): void {
    if (reason === "limit") this.queuedMs += ms;
    else this.waitedMs += ms;
  }

  abort(reason: LlmError): void {
    this.#aborter.abort(reason);
  }

  /** A candidate was given all the time that is left, and tells its end a moment before this call's own timer does. */
  ranOut(error: LlmError): void {
    const { deadlineMs } = this.bounds;
    if (error.timeout !== "deadline" || deadlineMs === undefined || this.leftMs > MOMENT_MS) return;
    this.abort(deadlineError(deadlineMs));
  }

  /** It is over: leaves no timer and no listener behind. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  tries(candidate: Candidate): number {
    return this.#standings.get(candidate)?.tries ?? 0;
  }

  /** Whether it may ask this candidate, now or later. */
  admits(candidate: Candidate): boolean {
    return !this.running.has(candidate) && this.#standings.get(candidate)?.spent !== true;
  }

  /** Milliseconds before it may ask this candidate, whatever others may; and why. */
  holdMs(candidate: Candidate): Hold {
    const standing = this.#standings.get(candidate);
    if (!standing) return NO_HOLD;
    const { notBefore, refused, guessed } = standing;
    return { ms: Math.max(0, notBefore - this.#clock.now()), refused, guessed };
  }

  /** Begins a record of asking a candidate. */
  asks(candidate: Candidate, hedge: boolean): Asked {
    this.#standing(candidate).tries += 1;
    const asked: Asked = {
      candidate: candidate.name,
      outcome: "cancelled",
      atMs: this.#clock.now() - this.startedAt,
      durationMs: 0,
      ...(hedge && { hedge: true as const }),
    };
    this.route.asked.push(asked);
    return asked;
  }

  /** Takes the record back: it was not asked after all. */
  forget(candidate: Candidate, asked: Asked): void {
    const index = this.route.asked.indexOf(asked);
    if (index >= 0) this.route.asked.splice(index, 1);
    this.#standing(candidate).tries -= 1;
  }

  /** The candidate's limiter had no room, or all of a nested router rest: no server was asked. */
  refused(candidate: Candidate, error: LlmError): void {
    const standing = this.#standing(candidate);
    const { retryAfterMs = 0 } = error;
    // Where nobody says when, soon, and then more and more seldom.
    const ms = retryAfterMs > 0 ? retryAfterMs : Math.min(LONGEST_REFUSAL_MS, 2 ** standing.refusals++);
    standing.notBefore = this.#clock.now() + ms;
    // Of a nested router that says that all of its candidates rest, the end of a rest is waited for.
    standing.refused = error.kind === "RateLimitExceeded";
    standing.guessed = retryAfterMs <= 0 && ms > LONGEST_RESERVED_GUESS_MS;
    standing.error = error;
  }

  /** It can't be asked by this call. */
  dismiss(candidate: Candidate, error: LlmError): void {
    Object.assign(this.#standing(candidate), { spent: true, error });
    this.#lastError = error;
  }

  failed(candidate: Candidate, error: LlmError, action: ErrorAction): void {
    const standing = this.#standing(candidate);
    standing.error = error;
    standing.refused = false;
    this.#lastError = error;
    const again = action === "next" && error.retryable && standing.tries <= this.bounds.maxRetries;
    if (again) standing.notBefore = this.#clock.now() + this.#backoffMs(error, standing.tries);
    else standing.spent = true;
  }

  /** Why it was left, or not taken. */
  errorOf(candidate: Candidate): LlmError | undefined {
    return this.#standings.get(candidate)?.error;
  }

  /** What to fail with when nobody is left to ask: the error of the candidate that could be asked again soonest. */
  get failure(): LlmError | undefined {
    const errors = [...this.#standings.values()].flatMap(({ error }) => error ?? []);
    const soonest = errors
      .filter(({ retryable }) => retryable)
      .sort((a, b) => (a.retryAfterMs ?? 0) - (b.retryAfterMs ?? 0))[0];
    return soonest ?? this.#lastError ?? errors.at(-1);
  }

  /** Nobody failed at it: limiters refused it, and may let it go later. */
  get wasOnlyRefused(): boolean {
    return [...this.#standings.values()].every(({ error, refused, spent }) => !error || (refused && !spent));
  }

  /** The error, with the route beside it. */
  fails(error: LlmError): LlmError {
    const kept = keptBy(error)?.route;
    // An object that a provider throws for each call would tell each the route of the last.
    const isOthers = kept && kept !== this.route && !this.route.asked.some(({ route }) => route === kept);
    return keep(isOthers ? copyOf(error) : error, { route: this.route });
  }

  #standing(candidate: Candidate): Standing {
    let standing = this.#standings.get(candidate);
    if (!standing) {
      standing = {
        tries: 0,
        refusals: 0,
        notBefore: 0,
        refused: false,
        guessed: false,
        spent: false,
        error: undefined,
      };
      this.#standings.set(candidate, standing);
    }
    return standing;
  }

  /** What the server asked for, else a random share of a time that doubles (full jitter). */
  #backoffMs({ retryAfterMs }: LlmError, tries: number): number {
    return retryAfterMs ?? this.#random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1));
  }
}

const NO_HOLD: Hold = { ms: 0, refused: false, guessed: false };

function deadlineError(deadlineMs: number): LlmError {
  return new LlmError("Timeout", `No candidate answered within the deadline of ${Math.ceil(deadlineMs)} ms`, {
    timeout: "deadline",
  });
}
