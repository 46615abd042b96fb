/** A strict sliding window: never more than its calls and tokens in any period, wherever the period begins. */
import type { LimitCall } from "./book.ts";

/** Calls that were answered at about one time. */
export interface LogEntry {
  /** When the first of them was answered. */
  from: number;
  /** When the last of them was: all of them count until a period later. */
  at: number;
  calls: number;
  tokens: number;
  /** No longer in the window's sums. */
  gone: boolean;
}

// From this length on, neighbours are merged, so that a log of a day's calls stays small. A merged entry counts as long
// as its last call does: the window stays strict, and loses at most a thousandth of its pace.
const MERGE_FROM_LENGTH = 512;
const SLOTS_PER_PERIOD = 1024;

export class SlidingWindow {
  readonly periodMs: number;
  calls: number;
  tokens: number;
  readonly #whole: { calls: number; tokens: number };
  /** Where this window keeps its entry in `LimitCall.entries`. */
  readonly #index: number;
  #log: LogEntry[] = [];
  #head = 0;
  /** Answered within the period, and under way without an answer. */
  #loggedCalls = 0;
  #loggedTokens = 0;
  #openCalls = 0;
  #openTokens = 0;

  constructor(options: { periodMs: number; calls?: number; tokens?: number }, index: number) {
    this.periodMs = options.periodMs;
    const { calls = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY } = options;
    this.#whole = { calls, tokens };
    this.calls = calls;
    this.tokens = tokens;
    this.#index = index;
  }

  /** Keeps to a share of the limit, 1 for all of it. One call stays possible. */
  scale(share: number): void {
    this.calls = Math.max(1, Math.floor(this.#whole.calls * share));
    this.tokens = Math.max(1, Math.floor(this.#whole.tokens * share));
  }

  usedCalls(now: number): number {
    this.#expire(now);
    return this.#loggedCalls + this.#openCalls;
  }

  usedTokens(now: number): number {
    this.#expire(now);
    return this.#loggedTokens + this.#openTokens;
  }

  /**
   * Milliseconds until a call of `tokens` fits, at the earliest. A call that is not answered yet holds its place for a
   * whole period more at least.
   */
  waitMs(tokens: number, now: number): number {
    this.#expire(now);
    // Of a share, one call may need more than all: it goes when nothing else counts.
    const cost = Math.min(tokens, this.tokens);
    let calls = this.#loggedCalls + this.#openCalls + 1 - this.calls;
    let excess = this.#loggedTokens + this.#openTokens + cost - this.tokens;
    if (calls <= 0 && (excess <= 0 || tokens === 0)) return 0;
    if (tokens === 0) excess = 0;
    for (let index = this.#head; index < this.#log.length; index++) {
      const entry = this.#log[index] as LogEntry;
      calls -= entry.calls;
      excess -= entry.tokens;
      if (calls <= 0 && excess <= 0) return entry.at + this.periodMs - now;
    }
    return this.periodMs;
  }

  letGo(call: LimitCall): void {
    this.#openCalls += 1;
    this.#openTokens += call.tokens;
  }

  /** The call counts from `now`, for a period. */
  answered(call: LimitCall, now: number): void {
    this.#openCalls -= 1;
    this.#openTokens -= call.tokens;
    call.entries[this.#index] = this.add(1, call.tokens, now);
  }

  /** Takes `tokens` for what the call was let go with. */
  settle(call: LimitCall, tokens: number): void {
    const entry = call.entries[this.#index];
    if (!entry || entry.gone) return;
    entry.tokens += tokens - call.tokens;
    this.#loggedTokens += tokens - call.tokens;
  }

  /** The call never reached the server. */
  giveBack(call: LimitCall): void {
    this.#openCalls -= 1;
    this.#openTokens -= call.tokens;
  }

  /** Counts calls that were answered at `at`, which is no earlier than that of any other. */
  add(calls: number, tokens: number, at: number): LogEntry {
    this.#expire(at);
    this.#loggedCalls += calls;
    this.#loggedTokens += tokens;
    const last = this.#log[this.#log.length - 1];
    const merges =
      last !== undefined &&
      !last.gone &&
      (last.at === at ||
        (this.#log.length - this.#head >= MERGE_FROM_LENGTH &&
          at - last.from <= this.periodMs / SLOTS_PER_PERIOD));
    if (merges) {
      last.at = at;
      last.calls += calls;
      last.tokens += tokens;
      return last;
    }
    const entry = { from: at, at, calls, tokens, gone: false };
    this.#log.push(entry);
    return entry;
  }

  /** What counts now, oldest first, with its age in milliseconds. */
  history(now: number): { ageMs: number; calls: number; tokens: number }[] {
    this.#expire(now);
    return this.#log.slice(this.#head).map(({ at, calls, tokens }) => ({ ageMs: now - at, calls, tokens }));
  }

  #expire(now: number): void {
    while (this.#head < this.#log.length) {
      const entry = this.#log[this.#head] as LogEntry;
      if (entry.at + this.periodMs > now) break;
      entry.gone = true;
      this.#loggedCalls -= entry.calls;
      this.#loggedTokens -= entry.tokens;
      this.#head += 1;
    }
    if (this.#head === this.#log.length) {
      this.#log.length = 0;
      this.#head = 0;
    } else if (this.#head > 64 && this.#head * 2 > this.#log.length) {
      this.#log = this.#log.slice(this.#head);
      this.#head = 0;
    }
  }
}
