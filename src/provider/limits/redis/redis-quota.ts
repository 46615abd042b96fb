/** Limits that several processes hold together in Redis. A quota in memory mirrors this process' own part. */
import { describeCause, LlmError } from "../../base/error.ts";
import type { LimitFeedback, RateLimitState } from "../../base/limits.ts";
import { readRefusal, readSnapshot } from "../feedback.ts";
import { MemoryQuota, type MemoryReservation } from "../memory-quota.ts";
import type { Quota, QuotaOptions, Reservation } from "../store.ts";
import type { RedisLink, Reply } from "./redis-link.ts";

export interface RedisQuotaPolicy {
  onUnavailable: "closed" | "local";
  /** Part of the configured limits that this process takes for itself while Redis is gone. */
  localShare: number;
  /** Milliseconds that calls wait for Redis to come back, where the policy is to fail then. */
  patienceMs: number;
  /** Milliseconds between two renewals of leases. */
  renewalMs: number;
}

/** What Redis has not been told of a reservation. */
interface Untold {
  /** Admitted while Redis was gone. */
  granted?: boolean;
  answeredAt?: number;
  used?: number;
  givenBack?: boolean;
}

interface Outage {
  since: number;
  cause: unknown;
  probedAt: number;
}

/** What Redis said when it reserved: its name for the reservation, and all that was taken before it (-1: not known). */
interface Lease {
  id: string;
  takenCalls: number;
  takenTokens: number;
}

/** What becomes of a reservation. */
type Change = "answered" | "settle" | "giveBack";

// Other processes' calls may use less than they reserved, or never be sent. Redis does not report that.
const ASK_AGAIN_MS = 1000;
const PROBE_MS = 250;
const LONGEST_PROBE_MS = 5000;
const RESTORED_AT_ONCE = 300;
const CHANGES: ReadonlySet<string> = new Set<Change>(["answered", "settle", "giveBack"]);

export class RedisQuota implements Quota {
  readonly shared = true;
  readonly #link: RedisLink;
  readonly #policy: RedisQuotaPolicy;
  readonly #options: QuotaOptions;
  readonly #mirror: MemoryQuota;
  readonly #name = crypto.randomUUID();
  /** Reservations without an answer. */
  readonly #open = new Set<RedisReservation>();
  readonly #untold = new Map<RedisReservation, Untold>();
  #lastId = 0;
  /** Names the data in Redis. After a loss there is another one. */
  #generation = "";
  /** Commands so far. */
  #turn = 0;
  #restoring: Promise<number> | undefined;
  #renewing = false;
  #outage: Outage | undefined;
  #lastReply: { reply: Reply; at: number; tokens: number } | undefined;

  constructor(link: RedisLink, policy: RedisQuotaPolicy, options: QuotaOptions) {
    this.#link = link;
    this.#policy = policy;
    this.#options = options;
    this.#mirror = new MemoryQuota(options);
  }

  async reserve(tokens: number): Promise<Reservation | number> {
    if (this.#outage) {
      this.#probe();
      return this.#reserveWithout(tokens, this.#outage);
    }
    const id = this.#nextId();
    try {
      const reply = await this.#send("reserve", [id, tokens]);
      this.#lastReply = { reply, at: this.#now(), tokens };
      if (reply.pauseMs > 0) this.#mirror.pause(reply.pauseMs);
      if (reply.status === "done") {
        const { takenCalls, takenTokens } = reply;
        return this.#hold(tokens, { id, takenCalls, takenTokens });
      }
      return Math.max(1, reply.early ? Math.min(reply.waitMs, this.#askAgainMs()) : reply.waitMs);
    } catch (fault) {
      // Redis may have run the command all the same, or may run it later, when the client sends what it kept.
      this.#link.run("giveBack", this.#generation, this.#name, [id]).catch(() => undefined);
      return this.#reserveWithout(tokens, this.#fail(fault));
    }
  }

  #reserveWithout(tokens: number, outage: Outage): Reservation | number {
    const { onUnavailable, patienceMs } = this.#policy;
    if (onUnavailable === "closed") {
      const waits = this.#options.onLimit === "wait" && this.#now() - outage.since < patienceMs;
      if (waits) return PROBE_MS;
      throw new LlmError(
        "ServiceUnavailable",
        'The shared store of limits (Redis) can\'t be reached, and on_unavailable is "closed"; check Redis',
        { retryable: true, cause: describeCause(outage.cause, (text) => text) },
      );
    }
    const waitMs = this.#mirror.waitMs(tokens);
    if (waitMs > 0) return waitMs;
    const reservation = this.#hold(tokens, { id: this.#nextId(), takenCalls: -1, takenTokens: -1 });
    this.#note(reservation, { granted: true });
    return reservation;
  }

  #hold(tokens: number, lease: Lease): RedisReservation {
    const mirrored = this.#mirror.admit(tokens);
    const now = () => this.#now();
    const reservation = new RedisReservation(lease, mirrored, now, (change, args, untold) => {
      if (change !== "settle") this.#open.delete(reservation);
      this.#tell(reservation, change, args, untold);
    });
    this.#open.add(reservation);
    this.#renewLater();
    return reservation;
  }

  feedback(feedback: LimitFeedback, reservation: Reservation | undefined): void {
    const own = reservation instanceof RedisReservation ? reservation : undefined;
    this.#mirror.feedback(feedback, own?.mirrored);
    const age = own ? this.#now() - own.mirrored.admittedAt : 0;
    for (const { metric, limit, left } of readSnapshot(feedback)) {
      if (!this.#mirror.learned().some((bucket) => bucket.metric === metric)) continue;
      const ofTokens = metric === "tokensPerMinute";
      const before = (ofTokens ? own?.lease.takenTokens : own?.lease.takenCalls) ?? -1;
      const cost = ofTokens ? (own?.tokens ?? 0) : 1;
      this.#post("follow", [metric, limit, left.atLeast, left.atMost, age, before, cost]);
    }
    const refused = readRefusal(feedback);
    if (refused) this.#post("refused", [refused.metric, refused.limit, refused.used]);
  }

  pause(ms: number): void {
    this.#mirror.pause(ms);
    this.#post("pause", [ms]);
  }

  pausedForMs(): number {
    return this.#mirror.pausedForMs();
  }

  waitMs(tokens: number): number {
    const own = this.#mirror.waitMs(tokens);
    const last = this.#lastReply;
    if (!last || last.reply.early || tokens < last.tokens) return own;
    return Math.max(own, last.at + last.reply.waitMs - this.#now());
  }

  get knowsCallRate(): boolean {
    return this.#mirror.knowsCallRate || this.#lastReply?.reply.knowsCallRate === true;
  }

  /** What Redis last said, where that is not older than the window; this process' own part at least. */
  get windows(): RateLimitState["windows"] {
    const last = this.#lastReply;
    return this.#mirror.windows.map((window, index) => {
      const used = last && this.#now() - last.at < window.periodMs ? last.reply.used[index] : undefined;
      if (!used) return window;
      const raise = (part: { limit: number; used: number }, to: number) => {
        const most = Math.max(part.used, to);
        return { limit: part.limit, used: most, left: Math.max(0, part.limit - most) };
      };
      return {
        ...window,
        ...(window.calls && { calls: raise(window.calls, used.calls) }),
        ...(window.tokens && { tokens: raise(window.tokens, used.tokens) }),
      };
    });
  }

  /** The connection is there again: tells Redis what it may have forgotten, and lets calls go on. */
  reconnected(): void {
    if (this.#outage) this.#probe();
    else if (this.#knows()) this.#post("renew", []);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #nextId(): string {
    return `${this.#name}:${++this.#lastId}`;
  }

  #askAgainMs(): number {
    return ASK_AGAIN_MS * (0.75 + this.#options.random() / 2);
  }

  /** Tells Redis what became of a reservation. While Redis is gone, notes it, to tell it later. */
  #tell(reservation: RedisReservation, change: Change, args: readonly number[], untold: Untold): void {
    if (this.#outage || this.#untold.has(reservation)) {
      this.#note(reservation, untold);
      return;
    }
    this.#send(change, [reservation.lease.id, ...args]).catch((fault: unknown) => {
      this.#note(reservation, untold);
      this.#fail(fault);
    });
  }

  #post(command: string, args: readonly (string | number)[]): void {
    if (this.#outage) return;
    this.#send(command, args).catch((fault: unknown) => this.#fail(fault));
  }

  #note(reservation: RedisReservation, untold: Untold): void {
    this.#untold.set(reservation, { ...this.#untold.get(reservation), ...untold });
    // What no window counts any more need not be told.
    const longest = Math.max(0, ...this.#options.windows.map(({ periodMs }) => periodMs));
    for (const [old, { answeredAt }] of this.#untold) {
      if (answeredAt === undefined || this.#now() - answeredAt < longest) break;
      this.#untold.delete(old);
    }
  }

  async #send(command: string, args: readonly (string | number)[]): Promise<Reply> {
    const turn = ++this.#turn;
    const known = this.#knows() ? this.#generation : "";
    const reply = await this.#link.run(command, known, crypto.randomUUID(), args);
    if (reply.status !== "lost") {
      this.#generation = reply.generation;
      return reply;
    }
    this.#restoring ??= this.#restore(reply.generation).finally(() => {
      this.#restoring = undefined;
    });
    const restored = await this.#restoring;
    // A change that was part of what was restored must not count twice.
    if (turn <= restored && CHANGES.has(command)) return reply;
    return this.#link.run(command, this.#generation, this.#name, args);
  }

  /** Whether Redis, should it have lost its data, would have to be told anything by this process. */
  #knows(): boolean {
    return this.#open.size > 0 || this.#mirror.history().some((entries) => entries.length > 0);
  }

  /** Tells all that this process knows, and gives the number of the last command whose change is in it. */
  async #restore(generation: string): Promise<number> {
    const turn = this.#turn;
    const [histories, open, learned] = [this.#mirror.history(), [...this.#open], this.#mirror.learned()];
    this.#untold.clear();
    const run = (command: string, args: readonly (string | number)[]) =>
      this.#link.run(command, generation, generation, args);
    for (const [window, entries] of histories.entries()) {
      // "r" marks a name that stands in one window only. A second attempt gives the same names, so none counts twice.
      const name = `r${this.#name}:${generation}:${window}`;
      const calls = entries
        .flatMap(({ ageMs, calls, tokens }) =>
          Array.from({ length: calls }, () => ({ tokens: tokens / calls, ageMs })),
        )
        .map(({ tokens, ageMs }, index) => [`${name}:${index}`, tokens, ageMs]);
      for (let at = 0; at < calls.length; at += RESTORED_AT_ONCE) {
        await run("restore", [window + 1, ...calls.slice(at, at + RESTORED_AT_ONCE).flat()]);
      }
    }
    for (const { lease, tokens } of open) await run("open", [lease.id, tokens]);
    for (const { metric, limit, left } of learned) await run("follow", [metric, limit, left, left, 0, -1, 0]);
    if (this.#mirror.pausedForMs() > 0) await run("pause", [this.#mirror.pausedForMs()]);
    this.#generation = generation;
    return turn;
  }

  #fail(cause: unknown): Outage {
    if (this.#outage) return this.#outage;
    this.#outage = { since: this.#now(), cause, probedAt: this.#now() };
    const { onUnavailable: policy, localShare } = this.#policy;
    if (policy === "local") this.#mirror.scale(localShare);
    const message = describeCause(cause, (text) => text)?.message ?? "unknown fault";
    this.#options.emit({ type: "limitStore", state: "unavailable", policy, message });
    this.#probeLater(this.#outage, PROBE_MS);
    this.#options.onChange();
    return this.#outage;
  }

  /** Also while no call asks: those that wait for a part of the limit can go sooner when Redis is back. */
  #probeLater(outage: Outage, ms: number): void {
    const probe = () => {
      if (this.#outage !== outage) return;
      this.#probe();
      this.#probeLater(outage, Math.min(ms * 2, LONGEST_PROBE_MS));
    };
    this.#options.clock.setTimer(probe, ms, true);
  }

  #probe(): void {
    const outage = this.#outage;
    if (!outage || this.#now() - outage.probedAt < PROBE_MS) return;
    // None begins while one is under way.
    outage.probedAt = Number.POSITIVE_INFINITY;
    this.#recover().then(
      () => {
        this.#outage = undefined;
        this.#mirror.scale(1);
        this.#options.emit({ type: "limitStore", state: "available", policy: this.#policy.onUnavailable });
        this.#options.onChange();
      },
      () => {
        outage.probedAt = this.#now();
      },
    );
  }

  async #recover(): Promise<void> {
    await this.#send("renew", this.#leases());
    for (const [reservation, untold] of this.#untold) {
      await this.#catchUp(reservation, untold);
      // What was noted in the meantime is told by another round.
      if (this.#untold.get(reservation) === untold) this.#untold.delete(reservation);
    }
    if (this.#untold.size > 0) await this.#recover();
  }

  async #catchUp({ lease: { id }, tokens }: RedisReservation, untold: Untold): Promise<void> {
    const { granted, answeredAt, used, givenBack } = untold;
    if (givenBack) {
      if (!granted) await this.#send("giveBack", [id]);
      return;
    }
    if (answeredAt !== undefined) await this.#send("answered", [id, tokens, this.#now() - answeredAt]);
    else if (granted) await this.#send("open", [id, tokens]);
    if (used !== undefined) await this.#send("settle", [id, tokens, used]);
  }

  #leases(): string[] {
    return [...this.#open].map(({ lease }) => lease.id);
  }

  /** While calls are under way. A process that stops renewing counts as dead. */
  #renewLater(): void {
    if (this.#renewing) return;
    this.#renewing = true;
    this.#options.clock.setTimer(
      () => {
        this.#renewing = false;
        if (this.#open.size === 0) return;
        this.#post("renew", this.#leases());
        this.#renewLater();
      },
      this.#policy.renewalMs,
      true,
    );
  }
}

/** A reservation in Redis, and its mirror in memory. */
class RedisReservation implements Reservation {
  readonly lease: Lease;
  readonly mirrored: MemoryReservation;
  readonly #tell: (change: Change, args: readonly number[], untold: Untold) => void;
  readonly #now: () => number;

  constructor(
    lease: Lease,
    mirrored: MemoryReservation,
    now: () => number,
    tell: (change: Change, args: readonly number[], untold: Untold) => void,
  ) {
    this.lease = lease;
    this.mirrored = mirrored;
    this.#now = now;
    this.#tell = tell;
  }

  get tokens(): number {
    return this.mirrored.tokens;
  }

  answered(): void {
    this.mirrored.answered();
    this.#tell("answered", [this.tokens, 0], { answeredAt: this.#now() });
  }

  settle(used: number): void {
    this.mirrored.settle(used);
    this.#tell("settle", [this.tokens, used], { used });
  }

  giveBack(): void {
    this.mirrored.giveBack();
    this.#tell("giveBack", [], { givenBack: true });
  }
}
