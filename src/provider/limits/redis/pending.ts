/** What Redis has not been told yet. Calls that were answered at about the same time are reported together. */
import type { AgedCalls, BucketFigures, RedisCommand } from "./redis-words.ts";

interface Group {
  from: number;
  /** All of the group count from the last of its answers. */
  at: number;
  calls: number;
  tokens: number;
}

type Told = Pick<
  RedisCommand,
  "answered" | "settled" | "drained" | "followed" | "refused" | "pauseMs" | "resume"
>;

type Followed = Omit<NonNullable<Told["followed"]>[number], "ageMs"> & { admittedAt: number };
type Refused = BucketFigures & { left: number; isLate: boolean };

/** Answers within this many milliseconds are reported as one, counted from the last of them. */
const GROUP_MS = 2;
// In a long outage groups get longer, so that there are never many more.
const MANY = 1000;

export class Pending {
  #answered: Group[] = [];
  #settled: { at: number; tokens: number }[] = [];
  #drained = { calls: 0, tokens: 0 };
  #followed: Followed[] = [];
  #refused: Refused[] = [];
  #groupMs = GROUP_MS;
  #pausedUntil: number | undefined;
  #resumes = false;

  get isEmpty(): boolean {
    const isEmpty =
      this.#answered.length + this.#settled.length + this.#followed.length + this.#refused.length === 0;
    return isEmpty && !this.#drained.calls && !this.#drained.tokens && !this.hasPause;
  }

  /** A pause began or ended. */
  get hasPause(): boolean {
    return this.#resumes || this.#pausedUntil !== undefined;
  }

  answered(tokens: number, now: number): void {
    const last = this.#answered.at(-1);
    if (last && now - last.from <= this.#groupMs) {
      last.at = now;
      last.calls += 1;
      last.tokens += tokens;
      return;
    }
    this.#answered.push({ from: now, at: now, calls: 1, tokens });
    if (this.#answered.length >= MANY) this.#merge();
  }

  /** A call that was answered at `at` used so many tokens more than it had reserved. */
  settled(tokens: number, at: number): void {
    const group = this.#answered.find(({ from, at: to }) => from <= at && at <= to);
    if (group) group.tokens += tokens;
    else this.#settled.push({ at, tokens });
  }

  /** Only learned limits count it. */
  drain(calls: number, tokens: number): void {
    this.#drained.calls += calls;
    this.#drained.tokens += tokens;
  }

  follow(figures: Followed): void {
    this.#followed.push(figures);
  }

  refuse(figures: Refused): void {
    this.#refused.push(figures);
  }

  pause(until: number): void {
    this.#pausedUntil = until;
    this.#resumes = false;
  }

  resume(): void {
    this.#pausedUntil = undefined;
    this.#resumes = true;
  }

  /** What a command tells. */
  told(now: number): Told {
    const { calls, tokens } = this.#drained;
    const told: Told = {};
    if (this.#answered.length > 0) {
      told.answered = this.#answered.map((group): AgedCalls => [now - group.at, group.calls, group.tokens]);
    }
    if (this.#settled.length > 0) told.settled = this.#settled.map(({ at, tokens }) => [now - at, tokens]);
    if (calls || tokens) told.drained = [calls, tokens];
    if (this.#followed.length > 0) {
      told.followed = this.#followed.map(({ admittedAt, ...figures }) => ({
        ...figures,
        ageMs: now - admittedAt,
      }));
    }
    if (this.#refused.length > 0) told.refused = this.#refused;
    if (this.#pausedUntil !== undefined) told.pauseMs = Math.max(0, this.#pausedUntil - now);
    if (this.#resumes) told.resume = true;
    return told;
  }

  /** Puts back what was not told after all, before what came since. */
  putBack(earlier: Pending): void {
    this.#answered = [...earlier.#answered, ...this.#answered];
    this.#settled = [...earlier.#settled, ...this.#settled];
    this.#followed = [...earlier.#followed, ...this.#followed];
    this.#refused = [...earlier.#refused, ...this.#refused];
    this.drain(earlier.#drained.calls, earlier.#drained.tokens);
    if (!this.hasPause) {
      this.#pausedUntil = earlier.#pausedUntil;
      this.#resumes = earlier.#resumes;
    }
  }

  /** Makes one group of each two. */
  #merge(): void {
    this.#groupMs *= 2;
    const groups = this.#answered;
    this.#answered = [];
    for (let index = 0; index < groups.length; index += 2) {
      const [first, second] = [groups[index] as Group, groups[index + 1]];
      this.#answered.push(
        second
          ? {
              ...{ from: first.from, at: second.at },
              ...{ calls: first.calls + second.calls, tokens: first.tokens + second.tokens },
            }
          : first,
      );
    }
  }
}
