/** A quota that several processes hold together in Redis. Counters in memory mirror this process' own part. */
import type { LlmError } from "../../base/error.ts";
import type { EventListener } from "../../base/events.ts";
import type { LimitFeedback, LimitWindow, RateLimitState } from "../../base/limits.ts";
import { Counters } from "../counters.ts";
import { Pressure } from "../pressure.ts";
import type { Quota, QuotaOptions, QuotaUser, Reservation, Reserved } from "../store.ts";
import { RedisReservation, type ReservationEnds, type Taken } from "./redis-reservation.ts";
import { RedisSession, type SessionOptions } from "./redis-session.ts";
import type { RedisCommand, RedisReply } from "./redis-words.ts";

export interface RedisQuotaPolicy
  extends Pick<SessionOptions, "link" | "onUnavailable" | "patienceMs" | "leaseMs" | "recoveryMs"> {
  /** Part of the configured limits that this process takes for itself while Redis is gone. */
  localShare: number;
}

// Other processes' calls may use less than they reserved, or never be sent. Redis does not report that.
const ASK_AGAIN_MS = 1000;
// Times of two clocks, and of a reply on its way, differ a little.
const SAME_PAUSE_MS = 50;

export class RedisQuota implements Quota {
  readonly shared = true;
  readonly #policy: RedisQuotaPolicy;
  readonly #options: QuotaOptions;
  readonly #users = new Set<QuotaUser>();
  readonly #mirror: Counters;
  readonly #pressure: Pressure;
  readonly #session: RedisSession;
  readonly #ends: ReservationEnds;
  #openCalls = 0;
  #openTokens = 0;
  /** A window of the state may be older than Redis' last reply. */
  #last: { reply: RedisReply; at: number; tokens: number } | undefined;

  constructor(policy: RedisQuotaPolicy, options: QuotaOptions) {
    const emit: EventListener = (event) => {
      for (const user of this.#users) user.emit(event);
    };
    this.#policy = policy;
    this.#options = options;
    this.#mirror = new Counters({ ...options, windows: [], emit });
    this.#pressure = new Pressure({ ...options, emit });
    this.#session = new RedisSession({
      ...policy,
      ...{ clock: options.clock, longestPauseMs: options.longestPauseMs, emit },
      state: () => ({ windows: this.#limits(), open: [this.#openCalls, this.#openTokens] }),
      knows: () => this.#knows(),
      restore: () => this.#restore(),
      onReply: (reply) => this.#onReply(reply),
      onOutage: (isOut) => this.#onOutage(isOut),
    });
    this.#ends = {
      now: () => this.#now(),
      closed: (reservation, outcome) => this.#closed(reservation, outcome),
      settled: (reservation, tokens) => this.#settled(reservation, tokens),
    };
  }

  /** A further limiter uses it; its windows hold for all of this process. */
  join(user: QuotaUser, windows: readonly LimitWindow[]): void {
    this.#users.add(user);
    this.#mirror.addWindows(windows);
  }

  leave(user: QuotaUser): void {
    this.withdraw();
    this.#users.delete(user);
  }

  close(): void {
    this.#session.close();
  }

  /** The connection is there again. */
  reconnected(): void {
    this.#session.reconnected();
  }

  get isIdle(): boolean {
    const isEmpty = this.#openCalls === 0 && this.pausedForMs() === 0 && this.#mirror.isEmpty(this.#now());
    return isEmpty && this.#session.isIdle;
  }

  /** No limiter uses it, and nothing would be lost with it. */
  get isUnused(): boolean {
    return this.#users.size === 0 && this.isIdle;
  }

  reserve(sizes: readonly number[], user: QuotaUser): Reserved | Promise<Reserved> {
    const room = this.#room(user);
    if (room === 0) return { reservations: [], waitMs: this.#pressureMs(user) };
    return this.#ask(sizes.slice(0, room), sizes, user);
  }

  withdraw(): void {
    this.#session.withdraw();
  }

  waitMs(tokens: number, user: QuotaUser, callsAhead = 0): number {
    if (this.outage) return this.#session.outage.waitMs;
    const now = this.#now();
    const own = Math.max(this.#pressureMs(user), this.#mirror.waitMs(tokens, now, callsAhead));
    const last = this.#last;
    if (!last || last.reply.early || tokens < last.tokens) return own;
    return Math.max(own, last.at + last.reply.waitMs - now);
  }

  feedback(feedback: LimitFeedback, reservation: Reservation | undefined): void {
    const own = reservation instanceof RedisReservation ? reservation : undefined;
    const now = this.#now();
    const { pending } = this.#session;
    const { headers, refusal } = this.#mirror.feedback(feedback, own?.mirrored, now);
    for (const { counts, periodMs, limit, left } of headers) {
      const ofTokens = counts === "tokens";
      const admittedAt = own?.mirrored.admittedAt ?? now;
      const takenBefore = (ofTokens ? own?.taken.tokens : own?.taken.calls) ?? -1;
      const cost = ofTokens ? (own?.tokens ?? 0) : 1;
      pending.follow({ counts, periodMs, limit, ...left, takenBefore, cost, admittedAt });
    }
    if (refusal) pending.refuse(refusal);
    const pausedBefore = this.pausedForMs();
    this.#pressure.feedback(feedback, own?.round, now, refusal !== undefined);
    const pausedForMs = this.pausedForMs();
    if (pausedForMs > pausedBefore) pending.pause(now + pausedForMs);
    if (pausedForMs < pausedBefore) pending.resume();
    this.#session.flush();
    this.#changed();
  }

  pausedForMs(): number {
    return this.#pressure.breaker.pausedForMs(this.#now());
  }

  pausedMs(): number {
    return this.#pressure.breaker.pausedMs(this.#now());
  }

  get outage(): LlmError | undefined {
    return this.#policy.onUnavailable === "closed" ? this.#session.outage.error : undefined;
  }

  /** What Redis last said, where that is not older than the window; this process' own part at least. */
  get windows(): RateLimitState["windows"] {
    const last = this.#last;
    return this.#mirror.windows(this.#now()).map((window, index) => {
      const used = last && this.#now() - last.at < window.periodMs ? last.reply.used[index] : undefined;
      if (!used) return window;
      return {
        ...window,
        ...(window.calls && { calls: raise(window.calls, used[0]) }),
        ...(window.tokens && { tokens: raise(window.tokens, used[1]) }),
      };
    });
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #changed(): void {
    for (const user of this.#users) user.onChange();
  }

  /** Others may know something if Redis was heard within a period, although this process itself made no call. */
  #knows(): boolean {
    const now = this.#now();
    const longest = Math.max(0, ...this.#mirror.limits.map(({ periodMs }) => periodMs));
    const heardLately = this.#last !== undefined && now - this.#last.at < longest;
    return this.#openCalls > 0 || heardLately || !this.#mirror.isEmpty(now);
  }

  /** How many calls refusals allow to go now. */
  #room(user: QuotaUser): number {
    const now = this.#now();
    if (!user.waits && this.pausedForMs() === 0) return Number.POSITIVE_INFINITY;
    return this.#pressure.room(now, this.#knowsCallRate);
  }

  #pressureMs(user: QuotaUser): number {
    const now = this.#now();
    const { breaker } = this.#pressure;
    return user.waits ? this.#pressure.waitMs(now, this.#knowsCallRate) : breaker.openForMs(now);
  }

  get #knowsCallRate(): boolean {
    return this.#mirror.knowsCallRate || this.#last?.reply.knowsCallRate === true;
  }

  async #ask(wanted: readonly number[], sizes: readonly number[], user: QuotaUser): Promise<Reserved> {
    if (this.#session.outage.error) return this.#reserveWithout(sizes, user);
    const isProbe = this.pausedForMs() > 0;
    return this.#session.ask(wanted, isProbe, (reply) =>
      reply ? this.#take(reply, wanted, sizes, user) : this.#reserveWithout(sizes, user),
    );
  }

  /** Holds what Redis admitted. */
  #take(reply: RedisReply, wanted: readonly number[], sizes: readonly number[], user: QuotaUser): Reserved {
    const { taken, takenCalls, takenTokens } = reply;
    const next = wanted[taken];
    if (next !== undefined) this.#last = { reply, at: this.#now(), tokens: next };
    const before = { calls: takenCalls, tokens: takenTokens };
    const reservations = wanted.slice(0, taken).map((tokens) => this.#hold(tokens, before));
    if (taken === sizes.length) return { reservations, waitMs: 0 };
    const waitMs = reply.early ? Math.min(reply.waitMs, this.#askAgainMs()) : reply.waitMs;
    return { reservations, waitMs: Math.max(1, next === undefined ? this.#pressureMs(user) : waitMs) };
  }

  /** While Redis can't be reached. */
  #reserveWithout(sizes: readonly number[], user: QuotaUser): Reserved {
    const { outage } = this.#session;
    outage.probe();
    if (this.#policy.onUnavailable === "closed") {
      if (outage.error && (outage.isLong || !user.waits)) throw outage.error;
      return { reservations: [], waitMs: outage.waitMs };
    }
    const reservations: Reservation[] = [];
    for (const tokens of sizes) {
      const waitMs = Math.max(this.#pressureMs(user), this.#mirror.waitMs(tokens, this.#now()));
      if (waitMs > 0) return { reservations, waitMs };
      reservations.push(this.#hold(tokens, { calls: -1, tokens: -1 }));
    }
    return { reservations, waitMs: 0 };
  }

  #hold(tokens: number, taken: Taken): RedisReservation {
    const now = this.#now();
    this.#openCalls += 1;
    this.#openTokens += tokens;
    this.#session.keepAlive();
    return new RedisReservation(
      this.#mirror.reserve(tokens, now),
      this.#pressure.admitted(now),
      taken,
      this.#ends,
    );
  }

  #closed(reservation: RedisReservation, outcome: "answered" | "abandoned" | "givenBack"): void {
    const { tokens, round, mirrored } = reservation;
    const { breaker } = this.#pressure;
    const now = this.#now();
    this.#openCalls -= 1;
    this.#openTokens -= tokens;
    if (outcome === "answered") breaker.answered(round, now);
    else breaker.abandoned(round);
    if (outcome !== "givenBack") this.#session.pending.answered(tokens, now);
    // A refusal since then counted it already.
    else if (mirrored.isOutdated) this.#session.pending.drain(1, tokens);
    this.#session.flush();
    this.#changed();
  }

  #settled({ tokens, answeredAt }: RedisReservation, used: number): void {
    this.#session.pending.settled(used - tokens, answeredAt);
    this.#session.flush();
    this.#changed();
  }

  #onReply(reply: RedisReply): void {
    const now = this.#now();
    const { pending } = this.#session;
    this.#last = { reply, at: now, tokens: this.#last?.tokens ?? Number.POSITIVE_INFINITY };
    if (pending.hasPause || reply.status === "lost") return;
    const own = this.pausedForMs();
    if (reply.pausedMs > own + SAME_PAUSE_MS) this.#pressure.breaker.pause(reply.pausedMs, now);
    else if (reply.pausedMs === 0 && own > SAME_PAUSE_MS) this.#pressure.breaker.resume(now);
    else return;
    this.#changed();
  }

  #onOutage(isOut: boolean): void {
    if (this.#policy.onUnavailable === "local") this.#mirror.scale(isOut ? this.#policy.localShare : 1);
    this.#changed();
  }

  #limits(): RedisCommand["windows"] {
    return this.#mirror.limits.map(({ periodMs, calls = -1, tokens = -1 }) => [periodMs, calls, tokens]);
  }

  #restore(): Pick<RedisCommand, "restore" | "pauseMs"> {
    const now = this.#now();
    const pausedForMs = this.pausedForMs();
    return {
      restore: {
        windows: this.#mirror
          .history(now)
          .map(({ periodMs, entries }) => [
            periodMs,
            entries.map(({ ageMs, calls, tokens }) => [ageMs, calls, tokens]),
          ]),
        buckets: this.#mirror.learned(now),
      },
      ...(pausedForMs > 0 && { pauseMs: pausedForMs }),
    };
  }

  #askAgainMs(): number {
    return ASK_AGAIN_MS * (0.75 + this.#options.random() / 2);
  }
}

function raise(part: { limit: number; used: number }, to: number) {
  const most = Math.max(part.used, to);
  return { limit: part.limit, used: most, left: Math.max(0, part.limit - most) };
}
