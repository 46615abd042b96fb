/** A strict sliding window: never more than its calls and tokens in any period, wherever the period begins. */
import type { LimitWindow } from "../base/limits.ts";

/** What one try holds of one window or bucket. */
export interface LimitReservation {
  answered(now: number): void;
  /** What the answered try really used. */
  settle(tokens: number, now: number): void;
  /** Instead of `answered`: the try never reached the server. */
  giveBack(): void;
}

/** Calls that count, by the time since their answer. */
export interface CountedCalls {
  ageMs: number;
  calls: number;
  tokens: number;
}

/** Calls that were answered at about one time. */
interface LogEntry {
  /** When the first of them was answered. */
  from: number;
  /** When the last of them was: all of them count until a period later. */
  at: number;
  calls: number;
  tokens: number;
  /** No longer in the window's sums. */
  expired: boolean;
}

// From this length on, neighbours are merged, so that a log of a day's calls stays small. A merged entry counts as long
// as its last call does: the window stays strict, and loses at most a thousandth of its rate.
const MERGE_FROM_LENGTH = 512;
const SLOTS_PER_PERIOD = 1024;

export class SlidingWindow {
  readonly periodMs: number;
  calls: number;
  tokens: number;
  #configured: { calls: number; tokens: number };
  #part = 1;
  #log: LogEntry[] = [];
  #head = 0;
  /** Answered within the period, and under way without an answer. */
  #loggedCalls = 0;
  #loggedTokens = 0;
  #openCalls = 0;
  #openTokens = 0;

  constructor({ periodMs, calls = Infinity, tokens = Infinity }: LimitWindow) {
    this.periodMs = periodMs;
    this.#configured = { calls, tokens };
    this.calls = calls;
    this.tokens = tokens;
  }

  /** The configured limits. */
  get limits(): LimitWindow {
    const { calls, tokens } = this.#configured;
    return {
      periodMs: this.periodMs,
      ...(Number.isFinite(calls) && { calls }),
      ...(Number.isFinite(tokens) && { tokens }),
    };
  }

  /** Keeps to a part of the configured limits, 1 for all of them. One call stays possible. */
  scale(part: number): void {
    this.#part = part;
    this.calls = Math.max(1, Math.floor(this.#configured.calls * part));
    this.tokens = Math.max(1, Math.floor(this.#configured.tokens * part));
  }

  /** Keeps to these limits, too: the lower ones hold. */
  tighten({ calls = Infinity, tokens = Infinity }: LimitWindow): void {
    const { calls: mostCalls, tokens: mostTokens } = this.#configured;
    this.#configured = { calls: Math.min(mostCalls, calls), tokens: Math.min(mostTokens, tokens) };
    this.scale(this.#part);
  }

  usedCalls(now: number): number {
    this.#expire(now);
    return this.#loggedCalls + this.#openCalls;
  }

  usedTokens(now: number): number {
    this.#expire(now);
    return this.#loggedTokens + this.#openTokens;
  }

  /** Nothing counts. */
  isEmpty(now: number): boolean {
    return this.usedCalls(now) === 0;
  }

  /**
   * Milliseconds until a call of `tokens` fits after `callsAhead` others, at the earliest. A call that is not answered yet
   * holds its place for a whole period more at least.
   */
  waitMs(tokens: number, now: number, callsAhead = 0): number {
    // Of those ahead, as many as the limit has can go in each period.
    const periods = Number.isFinite(this.calls) ? Math.floor(callsAhead / this.calls) : 0;
    const before = periods > 0 ? callsAhead % this.calls : callsAhead;
    return periods * this.periodMs + this.#waitMs(tokens, now, before);
  }

  #waitMs(tokens: number, now: number, callsAhead: number): number {
    this.#expire(now);
    // While the window is scaled down, one call may need more than all of it: it goes when nothing else counts.
    const cost = Math.min(tokens, this.tokens);
    let calls = this.#loggedCalls + this.#openCalls + callsAhead + 1 - this.calls;
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

  /** Counts a call without an end, until it is answered. From then on it counts for a period. */
  reserve(tokens: number): LimitReservation {
    this.#openCalls += 1;
    this.#openTokens += tokens;
    let entry: LogEntry | undefined;
    const close = () => {
      this.#openCalls -= 1;
      this.#openTokens -= tokens;
    };
    return {
      answered: (now) => {
        close();
        entry = this.#add(tokens, now);
      },
      settle: (used) => {
        if (!entry || entry.expired) return;
        entry.tokens += used - tokens;
        this.#loggedTokens += used - tokens;
      },
      giveBack: close,
    };
  }

  /** What counts now, oldest first, with its age in milliseconds. */
  history(now: number): CountedCalls[] {
    this.#expire(now);
    return this.#log.slice(this.#head).map(({ at, calls, tokens }) => ({ ageMs: now - at, calls, tokens }));
  }

  #add(tokens: number, now: number): LogEntry {
    this.#expire(now);
    this.#loggedCalls += 1;
    this.#loggedTokens += tokens;
    const last = this.#log[this.#log.length - 1];
    if (last && !last.expired && this.#merges(last, now)) {
      last.at = now;
      last.calls += 1;
      last.tokens += tokens;
      return last;
    }
    const entry = { from: now, at: now, calls: 1, tokens, expired: false };
    this.#log.push(entry);
    return entry;
  }

  #merges(last: LogEntry, now: number): boolean {
    if (last.at === now) return true;
    const isLong = this.#log.length - this.#head >= MERGE_FROM_LENGTH;
    return isLong && now - last.from <= this.periodMs / SLOTS_PER_PERIOD;
  }

  #expire(now: number): void {
    while (this.#head < this.#log.length) {
      const entry = this.#log[this.#head] as LogEntry;
      if (entry.at + this.periodMs > now) break;
      entry.expired = true;
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
