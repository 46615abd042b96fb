/**
 * A process' conversation with Redis about one quota. One command is under way at a time; what happens meanwhile goes with
 * the next one, so that a slow connection costs no throughput. Commands are numbered, so that one which was sent twice, or
 * comes after its time-out, has no effect.
 */
import type { Clock } from "../../base/clock.ts";
import type { EventListener } from "../../base/events.ts";
import { storeClosed } from "../limit-errors.ts";
import { Outage } from "./outage.ts";
import { Pending } from "./pending.ts";
import type { RedisLink } from "./redis-link.ts";
import type { RedisCommand, RedisReply } from "./redis-words.ts";

export interface SessionOptions {
  link: RedisLink;
  clock: Clock;
  onUnavailable: "closed" | "local";
  patienceMs: number;
  leaseMs: number;
  recoveryMs: number;
  longestPauseMs: number;
  emit: EventListener;
  /** What this process knows, for its command. */
  state(): Pick<RedisCommand, "windows" | "open">;
  /** Whether there is anything that a Redis which lost its data would have to be told. */
  knows(): boolean;
  restore(): Pick<RedisCommand, "restore" | "pauseMs">;
  onReply(reply: RedisReply): void;
  /** Redis can't be reached, or can again. */
  onOutage(isOut: boolean): void;
}

/** Calls that want to go. */
interface Ask {
  wanted: readonly number[];
  probe: boolean;
  /** `undefined` where Redis can't be reached. */
  answer(reply: RedisReply | undefined): void;
  reject(fault: unknown): void;
}

/** A command under way, or one of which it is not known whether Redis had it. */
interface Sent {
  number: number;
  told: Pending;
  ask: Ask | undefined;
  restores: boolean;
}

const FRESH_MS = 60_000;
const SHORTEST_RENEWAL_MS = 100;

export class RedisSession {
  readonly outage: Outage;
  readonly #options: SessionOptions;
  readonly #process = crypto.randomUUID().slice(0, 13);
  #pending = new Pending();
  #asks: Ask[] = [];
  #sent: Sent | undefined;
  #unconfirmed: Sent | undefined;
  #flushesSoon = false;
  #lastNumber = 0;
  #generation = "";
  #mustRestore = false;
  /** This process may have a ticket in Redis. */
  #hasTicket = false;
  #withdraws = false;
  /** What Redis was told to be under way. */
  #openTold = "0";
  #stopRenewal: (() => void) | undefined;
  /** When there was last something to tell or to ask. */
  #lastNewsAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: SessionOptions) {
    const { clock, patienceMs, emit, onUnavailable: policy } = options;
    this.#options = options;
    this.outage = new Outage({ clock, policy, patienceMs, emit, probe: () => this.#flush(true) });
  }

  /** Takes in what becomes of calls. It is told with the next command. */
  get pending(): Pending {
    return this.#pending;
  }

  get isIdle(): boolean {
    return !this.#sent && this.#pending.isEmpty && !this.outage.error;
  }

  /**
   * Gives what `take` makes of the reply, of `undefined` where Redis can't be reached. It is called before another command
   * tells what is under way, which must hold what was just taken.
   */
  ask<T>(wanted: readonly number[], probe: boolean, take: (reply: RedisReply | undefined) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(storeClosed());
        return;
      }
      const answer = (reply: RedisReply | undefined) => {
        try {
          resolve(take(reply));
        } catch (error) {
          reject(error);
        }
      };
      this.#asks.push({ wanted, probe, answer, reject });
      this.flush();
    });
  }

  /** No call waits any more. */
  withdraw(): void {
    this.#withdraws = this.#hasTicket;
    if (this.#withdraws) this.flush();
  }

  /** Tells Redis what there is to tell, together with all that happens up to the next turn of the event loop. */
  flush(): void {
    if (this.#flushesSoon) return;
    this.#flushesSoon = true;
    queueMicrotask(() => {
      this.#flushesSoon = false;
      this.#flush(false);
    });
  }

  /** The connection is there again. */
  reconnected(): void {
    if (this.outage.error) this.outage.probe();
    else if (this.#options.knows()) this.#flush(true);
  }

  /**
   * Renews this process' lease for as long as calls are under way: a process that stops doing so counts as dead. For a minute
   * after its last call it also looks whether Redis lost its data, often enough to tell it again before calls go on.
   */
  keepAlive(): void {
    const { clock, leaseMs, recoveryMs, state, knows } = this.#options;
    if (this.#stopRenewal || this.#closed) return;
    const isFresh = knows() && clock.now() - this.#lastNewsAt < FRESH_MS;
    if (state().open[0] === 0 && !isFresh) return;
    const renew = () => {
      this.#stopRenewal = undefined;
      this.#flush(true);
      this.keepAlive();
    };
    const everyMs = isFresh
      ? Math.min(leaseMs / 3, Math.max(SHORTEST_RENEWAL_MS, recoveryMs / 3))
      : leaseMs / 3;
    this.#stopRenewal = clock.setTimer(renew, everyMs, true);
  }

  close(): void {
    this.#closed = true;
    this.#stopRenewal?.();
    this.outage.end();
    for (const ask of this.#asks.splice(0)) ask.reject(storeClosed());
  }

  #flush(always: boolean): void {
    const { state, knows, link, restore, leaseMs, recoveryMs, longestPauseMs } = this.#options;
    const isOut = this.outage.error !== undefined;
    if (this.#closed || this.#sent || (isOut && !always)) return;
    const { open, windows } = state();
    const restores = this.#mustRestore && !isOut;
    const ask = isOut || restores ? undefined : this.#asks.shift();
    const news = !this.#pending.isEmpty || this.#withdraws || String(open) !== this.#openTold;
    if (!always && !ask && !restores && !news) return;
    if (ask || news) this.#lastNewsAt = this.#options.clock.now();
    // While Redis may not be there, only a question goes. What is restored holds all that was still to be told.
    const told = isOut ? new Pending() : this.#pending;
    if (!isOut) this.#pending = new Pending();
    const sent: Sent = { number: ++this.#lastNumber, told, ask, restores };
    const command: RedisCommand = {
      ...{ leaseMs, renewalMs: leaseMs / 3, recoveryMs, longestPauseMs, windows, open },
      ...(restores ? restore() : told.told(this.#options.clock.now())),
      ...(ask && { wanted: [...ask.wanted], probe: ask.probe }),
      ...(this.#withdraws && { withdraw: true }),
    };
    this.#withdraws = false;
    this.#mustRestore &&= isOut;
    this.#openTold = String(open);
    this.#sent = sent;
    link.run(knows() ? this.#generation : "", this.#process, sent.number, command).then(
      (reply) => this.#received(sent, reply),
      (fault: unknown) => this.#failed(sent, fault),
    );
  }

  #received(sent: Sent, reply: RedisReply): void {
    this.#sent = undefined;
    if (this.#closed) return;
    const { onReply, onOutage } = this.#options;
    this.#generation = reply.generation;
    const unconfirmed = this.#unconfirmed;
    this.#unconfirmed = undefined;
    if (reply.status === "lost") this.#mustRestore = true;
    else if (unconfirmed && reply.before < unconfirmed.number) {
      this.#pending.putBack(unconfirmed.told);
      this.#mustRestore ||= unconfirmed.restores;
    }
    onReply(reply);
    if (sent.ask) {
      if (reply.status === "done") {
        this.#hasTicket = reply.waitMs > 0;
        sent.ask.answer(reply);
      }
      // Nothing was done, or what was done was told to nobody: what is under way is told anew with each command.
      else this.#asks.unshift(sent.ask);
    }
    if (this.outage.error) {
      this.outage.end();
      onOutage(false);
    }
    this.keepAlive();
    this.#flush(false);
  }

  #failed(sent: Sent, fault: unknown): void {
    this.#sent = undefined;
    if (this.#closed) return;
    // Redis may have run the command all the same, or may run it later, when the client sends what it kept.
    this.#unconfirmed ??= sent;
    if (!this.outage.error) {
      this.outage.begin(fault);
      this.#options.onOutage(true);
    }
    for (const ask of [...(sent.ask ? [sent.ask] : []), ...this.#asks.splice(0)]) ask.answer(undefined);
    this.keepAlive();
  }
}
