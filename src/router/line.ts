/**
 * Calls that wait for a candidate, in one line for all of them: by priority, then in the order in which they came. So whoever
 * can take a call first takes the first in line, and no call waits at one candidate while another is idle.
 */
import type { Clock } from "../provider/base/clock.ts";
import { LlmError } from "../provider/base/error.ts";
import type { RouterCall } from "./call.ts";
import type { Candidate } from "./candidate.ts";
import { boundMs, choose, isOpen, prospectOf, shortest, soonest, soonestRoom, type Wait } from "./choose.ts";
import type { Ranking } from "./order.ts";
import { FOR_GOOD, REFUSAL } from "./route.ts";

export interface LineOptions {
  candidates: readonly Candidate[];
  rank: Ranking;
  maxQueue: number;
  clock: Clock;
  onWaited: (call: RouterCall, waitMs: number) => void;
}

interface Waiting {
  call: RouterCall;
  /** For what it waits now. */
  reason: Wait["reason"];
  /** Its waiting is counted up to here. */
  countedTo: number;
  hasLeft: boolean;
  go(candidate: Candidate): void;
  fail(error: LlmError): void;
  stopTimer: (() => void) | undefined;
  stopBound: (() => void) | undefined;
}

export class Line {
  readonly #options: LineOptions;
  readonly #waiting: Waiting[] = [];
  #stopTimer: (() => void) | undefined;
  #pumping = false;
  #pumpAgain = false;
  /** For what candidates made calls wait when that was last looked at. */
  #prospect = "";

  constructor(options: LineOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /**
   * Runs `start` with a candidate that may be asked, at once or when there is one. It is called in the same turn in which the
   * candidate was found free. Rejects with what ends the call, and where nobody can be asked within its bounds.
   */
  next<T>(call: RouterCall, start: (candidate: Candidate) => Promise<T>): Promise<T> {
    const { endedBy } = call;
    if (endedBy) return Promise.reject(endedBy);
    try {
      const candidate = this.#waiting.length === 0 ? choose(call, this.#options.rank) : undefined;
      return candidate ? start(candidate) : this.#wait(call, start);
    } catch (fault) {
      // An order function's fault.
      return Promise.reject(fault);
    }
  }

  /** Whom a call that does not wait could ask now too, when those that wait have gone. */
  leftFor(call: RouterCall): Candidate | undefined {
    this.wake();
    const { rank } = this.#options;
    const isLeft = (candidate: Candidate) =>
      isOpen(candidate) && !this.#waiting.some((waiting) => waitsFor(waiting.call, candidate));
    return choose(call, rank, isLeft);
  }

  /** A call is over: where nobody waits, nothing that it was refused for needs to be watched. */
  over(): void {
    this.wake();
    if (this.#waiting.length === 0) this.#rest();
  }

  /** Something changed: an answer, a failure, the end of a rest. */
  wake(): void {
    if (this.#waiting.length === 0) return;
    if (this.#pumping) this.#pumpAgain = true;
    else this.#pump();
  }

  /** A candidate went to rest: who can't wait so long fails now, not at the end of its patience. */
  review(): void {
    for (const waiting of [...this.#waiting]) this.#assess(waiting);
  }

  #wait<T>(call: RouterCall, start: (candidate: Candidate) => Promise<T>): Promise<T> {
    const { clock, rank, maxQueue, onWaited } = this.#options;
    const wait = soonest(call, rank);
    if (!wait) return Promise.reject(this.#failure(call));
    if (this.#waiting.length >= maxQueue) {
      return Promise.reject(call.failure ?? queueIsFull(maxQueue, wait));
    }
    return new Promise<T>((resolve, reject) => {
      const since = clock.now();
      const leave = () => {
        stopListening();
        waiting.stopBound?.();
        waiting.stopTimer?.();
        const index = this.#waiting.indexOf(waiting);
        if (index >= 0) this.#waiting.splice(index, 1);
        if (this.#waiting.length === 0) this.#rest();
        this.#count(waiting);
        waiting.hasLeft = true;
      };
      const fail = (error: LlmError) => {
        leave();
        reject(error);
        this.wake();
      };
      const waiting: Waiting = {
        call,
        reason: wait.reason,
        countedTo: since,
        hasLeft: false,
        fail,
        stopTimer: undefined,
        stopBound: undefined,
        go: (candidate) => {
          leave();
          const ms = clock.now() - since;
          if (ms > 0) onWaited(call, ms);
          start(candidate).then(resolve, reject);
        },
      };
      const stopListening = call.onEnded(fail);
      this.#join(waiting);
      this.#foresee(waiting, wait);
      this.wake();
    });
  }

  /** Adds to the call's waits the time since this was last done. */
  #count(waiting: Waiting): void {
    const now = this.#options.clock.now();
    waiting.call.waited(waiting.reason, now - waiting.countedTo);
    waiting.countedTo = now;
  }

  /** For what a call waits changes while it waits, and each kind of waiting has a bound of its own. */
  #assess(waiting: Waiting): void {
    if (waiting.hasLeft) return;
    this.#count(waiting);
    const wait = soonest(waiting.call, this.#options.rank);
    if (!wait) waiting.fail(this.#failure(waiting.call));
    else if (wait.reason !== waiting.reason) {
      waiting.reason = wait.reason;
      this.#foresee(waiting, wait);
    }
  }

  /** Looks at the call again when it may not wait longer for this, or when a wait that is its alone is over. */
  #foresee(waiting: Waiting, { ms, reason, own }: Wait, atLeastMs = 0): void {
    const leftMs = boundMs(waiting.call, reason);
    const nextMs = own ? Math.min(leftMs, ms) : leftMs;
    this.#lookAt(waiting, Math.max(atLeastMs, nextMs), () => this.#expire(waiting));
  }

  #lookAt(waiting: Waiting, ms: number, look: () => void): void {
    waiting.stopBound?.();
    waiting.stopBound = this.#options.clock.setTimer(look, ms);
  }

  #expire(waiting: Waiting, isLast = false): void {
    // What it waits for may come at this very moment.
    this.wake();
    this.#assess(waiting);
    if (waiting.hasLeft) return;
    const { call } = waiting;
    const wait = soonest(call, this.#options.rank);
    // Nobody knows how long, and there is no time left.
    const isOver = !wait || (wait.ms === 0 && boundMs(call, wait.reason) <= 0);
    if (!isOver) this.#foresee(waiting, wait, 1);
    else if (isLast) waiting.fail(this.#failure(call));
    else this.#lookAt(waiting, 0, () => this.#expire(waiting, true));
  }

  #join(waiting: Waiting): void {
    const { call } = waiting;
    const index = this.#waiting.findLastIndex((other) => goesBefore(other.call, call));
    this.#waiting.splice(index + 1, 0, waiting);
  }

  /** Nobody waits: nothing needs to be watched. */
  #rest(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    for (const { gate } of this.#options.candidates) gate.unwatch();
  }

  #pump(): void {
    this.#pumping = true;
    let rests: number[];
    do {
      this.#pumpAgain = false;
      // Before anybody is let go: one that ends meanwhile must wake the line too.
      rests = this.#options.candidates.map(({ restMs }) => restMs).filter((ms) => ms > 0);
      this.#letGo();
    } while (this.#pumpAgain);
    this.#pumping = false;
    if (this.#waiting.length === 0) return;
    this.#watch(rests);
    const prospect = prospectOf(this.#options.candidates);
    if (prospect === this.#prospect) return;
    this.#prospect = prospect;
    this.review();
  }

  /** Lets go whom a candidate can take, from the head of the line, until no candidate has room. */
  #letGo(): void {
    const { candidates, rank } = this.#options;
    const open = new Set(candidates.filter(isOpen));
    if (open.size === 0) return;
    for (const waiting of [...this.#waiting]) {
      if (open.size === 0) return;
      const { call, go } = waiting;
      if (call.endedBy) continue;
      const candidate = choose(call, rank, (candidate) => open.has(candidate));
      if (candidate) {
        const { load } = candidate.gate;
        go(candidate);
        // A candidate whose books do not show the call yet would take all of them.
        if (candidate.gate.load <= load) candidate.gate.watch();
        if (!isOpen(candidate)) open.delete(candidate);
        continue;
      }
      this.#holdTimer(waiting);
      for (const candidate of open) if (waitsFor(call, candidate)) open.delete(candidate);
    }
  }

  /** Wakes the line when a hold of this call ends. */
  #holdTimer(waiting: Waiting): void {
    if (waiting.stopTimer) return;
    const { candidates, clock } = this.#options;
    const holds = candidates
      .filter((candidate) => waiting.call.admits(candidate))
      .map((candidate) => waiting.call.holdMs(candidate).ms)
      .filter((ms) => ms > 0);
    if (holds.length === 0) return;
    waiting.stopTimer = clock.setTimer(
      () => {
        waiting.stopTimer = undefined;
        this.wake();
      },
      Math.min(...holds),
    );
  }

  /** Looks out for the next change that nobody tells of: the end of a rest, or room at a limit. */
  #watch(before: readonly number[]): void {
    const { candidates, clock } = this.#options;
    for (const { gate } of candidates) if (!gate.isOpen) gate.watch();
    const rests = [...before, ...candidates.map(({ restMs }) => restMs).filter((ms) => ms > 0)];
    this.#stopTimer?.();
    this.#stopTimer = rests.length === 0 ? undefined : clock.setTimer(() => this.wake(), Math.min(...rests));
  }

  #failure(call: RouterCall): LlmError {
    const { rank } = this.#options;
    const { failure, endedBy } = call;
    if (endedBy) return endedBy;
    const wait = shortest(call, rank);
    // What a limiter said when it refused the call is past by then.
    if (failure && !(wait?.reason === "rest" && call.wasOnlyRefused)) {
      const room = soonestRoom(call, rank);
      return room && room.ms < (failure.retryAfterMs ?? Number.POSITIVE_INFINITY) ? noRoom(room) : failure;
    }
    if (!wait) return nobody(call, this.#options.candidates);
    return wait.reason === "limit" ? noRoom(wait) : allRest(wait);
  }
}

/** 0 ms: nobody knows when. */
const whenIn = ({ ms }: Wait) => (ms > 0 ? { retryAfterMs: ms } : {});

function noRoom(wait: Wait): LlmError {
  if (wait.ms === Number.POSITIVE_INFINITY) {
    const words = "All candidates are at limits that are never renewed";
    return FOR_GOOD.set(REFUSAL.set(new LlmError("RateLimitExceeded", words, { retryable: false })));
  }
  const when = wait.ms > 0 ? `the first has room in ${Math.ceil(wait.ms)} ms` : "none had room in time";
  const words = `All candidates are at their limits; ${when}, and the call may not wait longer`;
  return REFUSAL.set(new LlmError("RateLimitExceeded", words, { retryable: true, ...whenIn(wait) }));
}

function allRest(wait: Wait): LlmError {
  const again =
    wait.ms > 0
      ? `the first may be asked again in ${Math.ceil(wait.ms)} ms`
      : "one call tries the first, and has no answer yet";
  const words = `All candidates rest after failures; ${again}`;
  return REFUSAL.set(new LlmError("ServiceUnavailable", words, { retryable: true, ...whenIn(wait) }));
}

/** What a call waits for at a limit is not given to those behind it, or a large one would wait for ever. */
function waitsFor(call: RouterCall, candidate: Candidate): boolean {
  const hold = call.holdMs(candidate);
  if (!hold.refused || hold.ms <= 0 || !call.admits(candidate)) return false;
  // Or the others would wait for nothing, or for a guess.
  return hold.ms <= boundMs(call, "limit") && !hold.guessed;
}

/** As in a limiter's own line: so many milliseconds of waiting count as one step of priority, or some would wait for ever. */
const MS_PER_PRIORITY = 10_000;

function goesBefore(a: RouterCall, b: RouterCall): boolean {
  const [first, second] = [a, b].map(({ priority, startedAt }) => priority * MS_PER_PRIORITY - startedAt);
  return first === second ? a.id < b.id : Number(first) > Number(second);
}

function nobody({ operation }: RouterCall, candidates: readonly Candidate[]): LlmError {
  return candidates.some((candidate) => candidate.supports(operation))
    ? new LlmError("ConfigError", "order: the function left out all candidates")
    : new LlmError("UnsupportedEndpoint", `No candidate supports ${operation}`);
}

function queueIsFull(maxQueue: number, { ms }: Wait): LlmError {
  return new LlmError(
    "RateLimitExceeded",
    `As many calls as maxQueue admits (${maxQueue}) already wait for a candidate`,
    { retryable: true, ...(ms > 0 && { retryAfterMs: ms }) },
  );
}
