/** Whether there is money left for a call. What it may cost is set aside before it goes, so that calls at once can't overspend. */
import { delay } from "../provider/base/abort.ts";
import { isBug } from "../provider/base/bug.ts";
import type { Clock } from "../provider/base/clock.ts";
import { applicationFault, describeCause, LlmError } from "../provider/base/error.ts";
import { isObject, isThenable, kindOf } from "../provider/base/values.ts";
import type { BudgetEntry, BudgetOptions, BudgetStore, BudgetSum } from "./budget-types.ts";
import type { Candidate } from "./candidate.ts";
import { costOf, type EstimatedTokens, isAmount, mayCost, priceOf, type UsedTokens } from "./cost.ts";
import { inTime } from "./in-time.ts";
import { createMemoryBudgetStore } from "./memory-budget.ts";
import { FOR_GOOD, UNPRICED } from "./route.ts";
import type { TokenPrice, UnnamedEvent } from "./types.ts";

const DAY_MS = 86_400_000;
/** A store may be shared, and others give back what they set aside without a word here. */
const ASK_STORE_AGAIN_MS = 5000;
const LOOK_AGAIN_MS = 1000;

/** What an answer tells of its cost. */
export interface Used {
  model?: string | undefined;
  usage?: UsedTokens | undefined;
  /** US dollars, where the service itself says it. */
  cost?: number | undefined;
}

/** What is set aside for one call at one candidate. */
export interface Reservation {
  /** US dollars that the answer cost. `undefined`: nobody told. */
  costOf(used: Used | undefined): number | undefined;
  /** Replaces what was set aside by what it cost; without a figure, what was set aside stands. Once. */
  settle(costUsd: number | undefined): void;
}

export class Budget {
  readonly #options: BudgetOptions;
  readonly #store: BudgetStore;
  readonly #key: string;
  readonly #periodMs: number;
  readonly #clock: Clock;
  readonly #emit: (event: UnnamedEvent) => void;
  #spentUntil = 0;

  constructor(options: BudgetOptions, name: string, clock: Clock, emit: (event: UnnamedEvent) => void) {
    this.#options = options;
    this.#store = options.store ?? createMemoryBudgetStore(clock);
    this.#key = options.key ?? name;
    this.#periodMs = options.periodMs ?? DAY_MS;
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Milliseconds until it has money again; 0: it may have now. */
  get waitMs(): number {
    return Math.max(0, this.#spentUntil - this.#clock.now());
  }

  /** Resolves when it may have money; rejects where that is later than a call may wait. */
  async untilRenewed(signal: AbortSignal, maxWaitMs: number): Promise<void> {
    for (let left = maxWaitMs; this.waitMs > 0; ) {
      const { waitMs } = this;
      if (waitMs > left) {
        const words = `The budget of $${this.#options.maxCostUsd} is spent, and the call may not wait until it renews`;
        const renews = Number.isFinite(waitMs);
        throw new LlmError("RateLimitExceeded", words, renews ? { retryAfterMs: waitMs } : {});
      }
      // It may be sooner.
      const ms = Math.min(waitMs, LOOK_AGAIN_MS);
      left -= ms;
      await delay(ms, this.#clock, signal);
    }
  }

  /**
   * A model's price; `undefined` where nobody knows it and that is to be ignored. Rejects with `ServiceUnavailable` where it
   * can't be read for now, which says when it can, and `ConfigError` where nobody tells it.
   */
  async priceOf(candidate: Candidate, model: string): Promise<TokenPrice | undefined> {
    const price = candidate.price ?? priceOf(await candidate.models.find(model));
    if (price || this.#options.unknownPrice === "ignore") return price;
    const { comesInMs } = candidate.models;
    throw comesInMs > 0 ? pricesLater(candidate, comesInMs) : this.#noPrice(candidate, model);
  }

  /**
   * Sets aside what a call may cost. Rejects with `RateLimitExceeded` where that is more than is left, `ServiceUnavailable`
   * where the store can't be reached, and `ConfigError` where it has a bug.
   */
  async reserve(
    candidate: Candidate,
    price: TokenPrice | undefined,
    estimate: EstimatedTokens,
  ): Promise<Reservation> {
    const { maxCostUsd: maxUsd } = this.#options;
    const usd = price ? mayCost(estimate, price) : 0;
    const sum = await this.#add({ usd, maxUsd });
    if (!sum) return FREE;
    if (!sum.added) throw this.#spent(sum, usd);
    let settled = false;
    return {
      costOf: (used) => (isAmount(used?.cost) ? used.cost : this.#costOf(used, candidate, price)),
      settle: (costUsd) => {
        if (costUsd !== undefined && !settled) this.#change(costUsd - usd, sum);
        settled = true;
      },
    };
  }

  /** After the fact, in the period in which it was set aside. */
  #change(usd: number, { period }: BudgetSum): void {
    if (usd === 0) return;
    this.#add({ usd, period }).catch((fault: unknown) => {
      // An outage was told by an event of its own.
      if (LlmError.is(fault) && fault.kind === "ConfigError")
        this.#emit({ type: "fault", of: "budget.store", message: fault.message });
    });
  }

  #costOf(used: Used | undefined, candidate: Candidate, asked: TokenPrice | undefined): number | undefined {
    const { usage, model } = used ?? {};
    const answered = model === undefined ? undefined : priceOf(candidate.models.known(model));
    const price = candidate.price ?? answered ?? asked;
    return usage && price && costOf(usage, price);
  }

  #noPrice({ name }: Candidate, model: string): LlmError {
    this.#emit({ type: "budget", problem: "price", candidate: name, model });
    const words = `The budget needs the price of "${model}", which ${name} does not tell; give the candidate a price, or the budget unknownPrice: "ignore"`;
    return UNPRICED.set(new LlmError("ConfigError", words));
  }

  #spent({ spentUsd, resetMs }: BudgetSum, usd: number): LlmError {
    const { maxCostUsd } = this.#options;
    this.#emit({ type: "budget", problem: "spent", spentUsd, resetMs });
    const renews = Number.isFinite(resetMs);
    const error = new LlmError(
      "RateLimitExceeded",
      `The budget of $${maxCostUsd} has $${Math.max(0, maxCostUsd - spentUsd).toPrecision(3)} left, and the call may cost $${usd.toPrecision(3)}; it renews ${renews ? `in ${Math.ceil(resetMs / 1000)} s` : "never"}`,
      renews ? { retryAfterMs: resetMs } : {},
    );
    return renews ? error : FOR_GOOD.set(error);
  }

  /** `undefined` where the store can't be reached, and that is to be ignored. */
  async #add(entry: Omit<BudgetEntry, "key" | "periodMs">): Promise<BudgetSum | undefined> {
    try {
      const given: unknown = this.#store.add({ key: this.#key, periodMs: this.#periodMs, ...entry });
      const sum = checkSum(await this.#inTime(given, entry));
      this.#learn(sum);
      return sum;
    } catch (fault) {
      if (isBug(fault)) throw applicationFault("The store of the budget", fault, (text) => text);
      const cause = describeCause(fault, (text) => text);
      this.#emit({ type: "budget", problem: "store", message: cause?.message ?? "" });
      if (this.#options.onUnavailable === "ignore") return undefined;
      throw new LlmError(
        "ServiceUnavailable",
        'The store of the budget can\'t be reached, and its onUnavailable is "refuse"',
        { retryable: true, cause },
      );
    }
  }

  /** What is left may be more than before: calls cost less than was set aside for them. */
  #learn({ spentUsd, resetMs }: BudgetSum): void {
    const { maxCostUsd, store } = this.#options;
    // A call that is dear may not fit where others still do.
    const waitMs = spentUsd < maxCostUsd ? 0 : store ? Math.min(resetMs, ASK_STORE_AGAIN_MS) : resetMs;
    this.#spentUntil = this.#clock.now() + waitMs;
  }

  #inTime(work: unknown, { usd, maxUsd }: Pick<BudgetEntry, "usd" | "maxUsd">): unknown {
    if (!isThenable(work)) return work;
    const timeoutMs = this.#options.storeTimeoutMs ?? 1000;
    let late = false;
    work.then(
      (given) => {
        // What was set aside for a call that was not made, since nobody waits for it any longer.
        if (late && maxUsd !== undefined && isSum(given) && given.added) this.#change(-usd, given);
      },
      () => {},
    );
    return inTime(work, timeoutMs, this.#clock, "The store").catch((fault: unknown) => {
      late = true;
      throw fault;
    });
  }
}

function pricesLater({ name }: Candidate, retryAfterMs: number): LlmError {
  const words = `The budget needs the prices of ${name}, whose list of models can't be read for now`;
  return new LlmError("ServiceUnavailable", words, { retryable: true, retryAfterMs });
}

function isSum(sum: unknown): sum is BudgetSum {
  return (
    isObject(sum) &&
    typeof sum.added === "boolean" &&
    [sum.spentUsd, sum.resetMs].every((figure) => typeof figure === "number" && figure >= 0)
  );
}

function checkSum(sum: unknown): BudgetSum {
  if (!isSum(sum)) throw new TypeError(`add() gave ${isObject(sum) ? "no sum" : kindOf(sum)}`);
  return sum;
}

const FREE: Reservation = { costOf: () => undefined, settle: () => {} };
