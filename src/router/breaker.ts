/** A circuit breaker: whether a candidate may be asked, after what it answered so far. */
import type { Clock } from "../provider/base/clock.ts";
import type { LlmErrorKind } from "../provider/base/error.ts";
import type { BreakerOptions } from "./types.ts";

export type BreakerState = "closed" | "open" | "halfOpen";

export interface BreakerChange {
  state: BreakerState;
  restMs?: number;
  kind?: LlmErrorKind;
}

export type BreakerSettings = { [Name in keyof BreakerOptions]-?: number };

export const BREAKER_DEFAULTS: BreakerSettings = {
  failures: 5,
  share: 0.5,
  lastCalls: 50,
  minCalls: 20,
  restMs: 1000,
  maxRestMs: 60_000,
  longRestMs: 300_000,
};

/** What a failed call says of its candidate. */
export interface Failure {
  kind: LlmErrorKind;
  /** How long the server asked to be left alone. */
  retryAfterMs?: number | undefined;
  /** It will fail as long as nobody mends it: a refused key, a used-up quota. */
  lasting?: boolean | undefined;
  /** Only a server's word on its pace: it rests as long as it said, and that is no sign of trouble. */
  pace?: boolean | undefined;
  /** Another was faster: of these only a row without any answer is a sign of trouble. */
  slow?: boolean | undefined;
}

/** One call that the breaker let go. Exactly one of its ends takes effect: the first. */
export interface Trial {
  /** Whether the candidate may still be asked: no rest has begun meanwhile. */
  readonly mayGo: boolean;
  /** It has begun to answer: calls need not wait until it ended to learn that it serves again. */
  began(): void;
  succeeded(): void;
  failed(failure: Failure): void;
  /** It ended in a way that says nothing of the candidate. */
  abandoned(): void;
}

export class Breaker {
  readonly #settings: BreakerSettings;
  readonly #clock: Clock;
  readonly #onChange: (change: BreakerChange) => void;
  #state: BreakerState = "closed";
  /** No call goes before. */
  #restsUntil = 0;
  #restMs: number;
  #probing = false;
  /** Changes with the state: calls let go in an earlier one say nothing of this one. */
  #generation = 0;
  #inRow = 0;
  /** The last calls, oldest first; true: failed. */
  readonly #last: boolean[] = [];

  constructor(settings: BreakerSettings, clock: Clock, onChange: (change: BreakerChange) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#restMs = settings.restMs;
  }

  /** Milliseconds until it may be asked again; 0: it rests no longer. */
  get restMs(): number {
    return Math.max(0, this.#restsUntil - this.#clock.now());
  }

  /** By the clock; not later than now: it rests no longer. */
  get restsUntil(): number {
    return this.#restsUntil;
  }

  /** Whether a call may go now. After a rest only one may, until it has begun to answer. */
  get admits(): boolean {
    return !this.#probing && this.restMs === 0;
  }

  /** Lets a call go; only where `admits`. */
  admit(): Trial {
    const isProbe = this.#state !== "closed";
    if (isProbe) {
      this.#probing = true;
      this.#change("halfOpen", {});
    }
    let generation = this.#generation;
    let open = true;
    const end = (effect: () => void) => {
      if (!open) return;
      open = false;
      if (generation !== this.#generation) return;
      this.#probing = false;
      effect();
    };
    const mayGo = () => open && generation === this.#generation && this.restMs === 0;
    return {
      get mayGo() {
        return mayGo();
      },
      began: () => {
        if (!open || !isProbe || generation !== this.#generation) return;
        this.#close();
        generation = this.#generation;
      },
      succeeded: () => end(() => this.#succeeded()),
      failed: (failure) => {
        // What a server says of its pace holds, whenever it was asked.
        if (open && failure.pace) this.#rest(failure.retryAfterMs ?? 0);
        end(() => this.#failed(failure));
      },
      abandoned: () => end(() => {}),
    };
  }

  #succeeded(): void {
    if (this.#state === "closed") {
      this.#inRow = 0;
      this.#note(false);
    } else this.#close();
  }

  #failed({ kind, retryAfterMs, lasting, pace, slow = false }: Failure): void {
    const { failures, longRestMs, maxRestMs } = this.#settings;
    if (pace) {
      // It is there again: when its rest is over, all may go.
      if (this.#state !== "closed") this.#close();
      return;
    }
    if (lasting) {
      this.#open(retryAfterMs ?? longRestMs, kind);
      return;
    }
    if (this.#state === "closed") {
      this.#inRow += 1;
      if (!slow) this.#note(true);
      if (this.#inRow >= failures || this.#failsTooOften()) this.#open(retryAfterMs ?? this.#restMs, kind);
      // It serves on, but not before the server wants to be asked.
      else if (retryAfterMs !== undefined) this.#rest(retryAfterMs);
      return;
    }
    this.#restMs = Math.min(maxRestMs, this.#restMs * 2);
    this.#open(retryAfterMs ?? this.#restMs, kind);
  }

  #note(failed: boolean): void {
    this.#last.push(failed);
    if (this.#last.length > this.#settings.lastCalls) this.#last.shift();
  }

  #failsTooOften(): boolean {
    const { minCalls, share } = this.#settings;
    const failed = this.#last.filter(Boolean).length;
    return this.#last.length >= minCalls && failed >= share * this.#last.length;
  }

  #rest(ms: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, this.#clock.now() + ms);
  }

  #open(restMs: number, kind: LlmErrorKind): void {
    // A longer rest that a server asked for before still holds.
    this.#rest(restMs);
    this.#change("open", { restMs: this.restMs, kind });
  }

  #close(): void {
    this.#inRow = 0;
    this.#last.length = 0;
    this.#restMs = this.#settings.restMs;
    this.#change("closed", {});
  }

  #change(state: BreakerState, details: Omit<BreakerChange, "state">): void {
    this.#state = state;
    if (state !== "halfOpen") {
      this.#generation += 1;
      this.#probing = false;
    }
    this.#onChange({ state, ...details });
  }
}
