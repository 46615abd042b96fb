/** What a budget is given, and the store that holds what was spent. */

/** What may be spent, and where the sum is held. */
export interface BudgetOptions {
  /** US dollars in each period. */
  maxCostUsd: number;
  /** Milliseconds; a period begins with the first call after the last one ended. Default a day. */
  periodMs?: number | undefined;
  /** Holds the sum for many processes together; see `createRedisBudgetStore`. Default: this router alone. */
  store?: BudgetStore | undefined;
  /** Names the sum in the store: routers that give the same share one budget. Default: the router's name. */
  key?: string | undefined;
  /**
   * A candidate whose price is neither given nor told by `listModels`: it is not asked (`refuse`), or costs nothing
   * (`ignore`). Default `refuse`.
   */
  unknownPrice?: "refuse" | "ignore" | undefined;
  /** Milliseconds that prices are kept before they are read again. Default 3 600 000. */
  keepPricesMs?: number | undefined;
  /** While the store can't be reached: no call goes (`refuse`), or all do and are not counted (`ignore`). Default `refuse`. */
  onUnavailable?: "refuse" | "ignore" | undefined;
  /** Milliseconds that the store may take. Default 1000. */
  storeTimeoutMs?: number | undefined;
}

/** An amount for a store. */
export interface BudgetEntry {
  /** Names the sum. */
  key: string;
  /** US dollars; less than 0 gives back. */
  usd: number;
  /** Milliseconds of a period that begins with this entry, or that runs without end since an earlier setting. */
  periodMs: number;
  /** Added only where the sum then is at most this. */
  maxUsd?: number | undefined;
  /** Added only where this is still the period that runs; begins none where none runs. */
  period?: string | undefined;
}

/** What a store answers. */
export interface BudgetSum {
  /** Whether the amount was added. */
  added: boolean;
  /** US dollars in the period that runs. */
  spentUsd: number;
  /** Milliseconds until it ends. */
  resetMs: number;
  /** Tells this period from others. */
  period: string;
}

/** Holds sums by key. One operation, which must be atomic: see `createMemoryBudgetStore` for the whole of it. */
export interface BudgetStore {
  /** Adds the amount where it may be added, and tells the sum. */
  add(entry: BudgetEntry): BudgetSum | Promise<BudgetSum>;
}
