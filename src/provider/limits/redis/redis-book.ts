/** Limits that many processes hold together in Redis. A book in memory mirrors this process' own part. */
import { describeCause, LlmError } from "../../base/error.ts";
import type { LimitLesson, RateLimitState } from "../../base/limits.ts";
import type { LimitBook, LimitBookOptions, LimitCall } from "../book.ts";
import { MemoryBook, readRefusal, readSnapshot } from "../memory-book.ts";
import type { RedisLink, Reply } from "./redis-link.ts";

export interface RedisBookPolicy {
  onUnavailable: "closed" | "local";
  /** Part of the configured limits that this process takes for itself while Redis is gone. */
  localShare: number;
  /** Milliseconds that calls wait for Redis to come back, where the policy is to fail then. */
  patienceMs: number;
  /** Milliseconds between two renewals of leases. */
  renewalMs: number;
}

/** What Redis has not been told of a call. */
interface Untold {
  /** Let go while Redis was gone. */
  granted?: boolean;
  answeredAt?: number;
  used?: number;
  givenBack?: boolean;
}

// Other processes' calls may use less than they reserved, or never be sent: nobody tells this one.
const ASK_AGAIN_MS = 1000;
const PROBE_MS = 250;
const LONGEST_PROBE_MS = 5000;
const RESTORED_AT_ONCE = 300;
/** Commands that say what became of a call. */
const CHANGES = new Set(["answered", "settle", "giveBack"]);

export class RedisBook implements LimitBook {
  readonly shared = true;
  readonly #link: RedisLink;
  readonly #policy: RedisBookPolicy;
  readonly #options: LimitBookOptions;
  readonly #mirror: MemoryBook;
  readonly #name = crypto.randomUUID();
  /** Calls with a lease and without an answer. */
  readonly #open = new Set<LimitCall>();
  readonly #untold = new Map<LimitCall, Untold>();
  #lastId = 0;
  #epoch = "";
  /** Commands so far. */
  #turn = 0;
  #restoring: Promise<number> | undefined;
  #renewing = false;
  #outage: { since: number; cause: unknown; probedAt: number } | undefined;
  #lastReply: { reply: Reply; at: number; tokens: number } | undefined;

  constructor(link: RedisLink, policy: RedisBookPolicy, options: LimitBookOptions) {
    this.#link = link;
    this.#policy = policy;
    this.#options = options;
    this.#mirror = new MemoryBook(options);
  }

  async reserve(call: LimitCall): Promise<number> {
    if (this.#outage) {
      this.#probe();
      return this.#reserveWithout(call, this.#outage);
    }
    const id = this.#nextId();
    try {
      const reply = await this.#send("reserve", [id, call.tokens]);
      this.#lastReply = { reply, at: this.#now(), tokens: call.tokens };
      if (reply.pauseMs > 0) this.#mirror.pause(reply.pauseMs);
      if (reply.status === "done") {
        const { takenCalls, takenTokens } = reply;
        this.#hold(call, { id, takenCalls, takenTokens });
        return 0;
      }
      return Math.max(1, reply.early ? Math.min(reply.waitMs, this.#askAgainMs()) : reply.waitMs);
    } catch (fault) {
      // It may have been taken all the same, or be taken later, when the client sends what it had to keep.
      this.#link.run("giveBack", this.#epoch, this.#name, [id]).catch(() => undefined);
      return this.#reserveWithout(call, this.#fail(fault));
    }
  }

  #reserveWithout(call: LimitCall, outage: { since: number; cause: unknown }): number {
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
    const waitMs = this.#mirror.waitMs(call.tokens);
    if (waitMs > 0) return waitMs;
    this.#hold(call, { id: this.#nextId(), takenCalls: -1, takenTokens: -1 });
    this.#note(call, { granted: true });
    return 0;
  }

  #hold(call: LimitCall, lease: NonNullable<LimitCall["lease"]>): void {
    call.lease = lease;
    this.#mirror.letGo(call);
    this.#open.add(call);
    this.#renewLater();
  }

  answered(call: LimitCall): void {
    this.#open.delete(call);
    this.#mirror.answered(call);
    this.#tell(call, "answered", [call.tokens, 0], { answeredAt: this.#now() });
  }

  settle(call: LimitCall, tokens: number): void {
    this.#mirror.settle(call, tokens);
    this.#tell(call, "settle", [call.tokens, tokens], { used: tokens });
  }

  giveBack(call: LimitCall): void {
    // Taken for someone who had left before Redis replied.
    this.#open.delete(call);
    this.#mirror.giveBack(call);
    this.#tell(call, "giveBack", [], { givenBack: true });
  }

  learn(lesson: LimitLesson, call: LimitCall | undefined): void {
    this.#mirror.learn(lesson, call);
    const age = call ? this.#now() - call.letGoAt : 0;
    for (const { metric, limit, left } of readSnapshot(lesson)) {
      if (!this.#mirror.learned().some((bucket) => bucket.metric === metric)) continue;
      const ofTokens = metric === "tokensPerMinute";
      const before = (ofTokens ? call?.lease?.takenTokens : call?.lease?.takenCalls) ?? -1;
      const own = ofTokens ? (call?.tokens ?? 0) : 1;
      this.#post("learn", [metric, limit, left.atLeast, left.atMost, age, before, own]);
    }
    const refused = readRefusal(lesson);
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

  /** Tells Redis what became of a call; what can't be told now is told when it is back. */
  #tell(call: LimitCall, command: string, args: readonly number[], change: Untold): void {
    if (!call.lease) return;
    if (this.#outage || this.#untold.has(call)) {
      this.#note(call, change);
      return;
    }
    this.#send(command, [call.lease.id, ...args]).catch((fault: unknown) => {
      this.#note(call, change);
      this.#fail(fault);
    });
  }

  #post(command: string, args: readonly (string | number)[]): void {
    if (this.#outage) return;
    this.#send(command, args).catch((fault: unknown) => this.#fail(fault));
  }

  #note(call: LimitCall, change: Untold): void {
    this.#untold.set(call, { ...this.#untold.get(call), ...change });
    // What no window counts any more need not be told.
    const longest = Math.max(0, ...this.#options.windows.map(({ periodMs }) => periodMs));
    for (const [old, { answeredAt }] of this.#untold) {
      if (answeredAt === undefined || this.#now() - answeredAt < longest) break;
      this.#untold.delete(old);
    }
  }

  async #send(command: string, args: readonly (string | number)[]): Promise<Reply> {
    const turn = ++this.#turn;
    const reply = await this.#link.run(command, this.#knows() ? this.#epoch : "", crypto.randomUUID(), args);
    if (reply.status !== "lost") {
      this.#epoch = reply.epoch;
      return reply;
    }
    this.#restoring ??= this.#restore(reply.epoch).finally(() => {
      this.#restoring = undefined;
    });
    const restored = await this.#restoring;
    // What was told in the restoring must not count twice.
    if (turn <= restored && CHANGES.has(command)) return reply;
    return this.#link.run(command, this.#epoch, this.#name, args);
  }

  /** Whether there is anything that a Redis which forgot it would have to be told. */
  #knows(): boolean {
    return this.#open.size > 0 || this.#mirror.history().some((entries) => entries.length > 0);
  }

  /** Tells all that this process knows, and gives the number of the last command whose change is in it. */
  async #restore(epoch: string): Promise<number> {
    const turn = this.#turn;
    const [histories, open, learned] = [this.#mirror.history(), [...this.#open], this.#mirror.learned()];
    this.#untold.clear();
    const run = (command: string, args: readonly (string | number)[]) =>
      this.#link.run(command, epoch, epoch, args);
    for (const [window, entries] of histories.entries()) {
      // "r" marks a name that stands in one window only. A second attempt gives the same names, so none counts twice.
      const name = `r${this.#name}:${epoch}:${window}`;
      const calls = entries
        .flatMap(({ ageMs, calls, tokens }) =>
          Array.from({ length: calls }, () => ({ tokens: tokens / calls, ageMs })),
        )
        .map(({ tokens, ageMs }, index) => [`${name}:${index}`, tokens, ageMs]);
      for (let at = 0; at < calls.length; at += RESTORED_AT_ONCE) {
        await run("restore", [window + 1, ...calls.slice(at, at + RESTORED_AT_ONCE).flat()]);
      }
    }
    for (const call of open) if (call.lease) await run("open", [call.lease.id, call.tokens]);
    for (const { metric, limit, left } of learned) await run("learn", [metric, limit, left, left, 0, -1, 0]);
    if (this.#mirror.pausedForMs() > 0) await run("pause", [this.#mirror.pausedForMs()]);
    this.#epoch = epoch;
    return turn;
  }

  #fail(cause: unknown): { since: number; cause: unknown; probedAt: number } {
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

  /** Also while nobody asks: those who wait for a share of the limit can go sooner when Redis is back. */
  #probeLater(outage: object, ms: number): void {
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
    for (const [call, untold] of this.#untold) {
      if (call.lease) await this.#catchUp(call, call.lease.id, untold);
      // What was noted in the meantime is told by another round.
      if (this.#untold.get(call) === untold) this.#untold.delete(call);
    }
    if (this.#untold.size > 0) await this.#recover();
  }

  async #catchUp(call: LimitCall, id: string, untold: Untold): Promise<void> {
    const { granted, answeredAt, used, givenBack } = untold;
    if (givenBack) {
      if (!granted) await this.#send("giveBack", [id]);
      return;
    }
    if (answeredAt !== undefined) await this.#send("answered", [id, call.tokens, this.#now() - answeredAt]);
    else if (granted) await this.#send("open", [id, call.tokens]);
    if (used !== undefined) await this.#send("settle", [id, call.tokens, used]);
  }

  #leases(): string[] {
    return [...this.#open].flatMap(({ lease }) => (lease ? [lease.id] : []));
  }

  /** While calls are under way: a process that stops renewing is taken for dead. */
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
