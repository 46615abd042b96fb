/** The limiters of one provider: one for each model, as services count each model by itself. */
import type { RateLimiter } from "../base/limits.ts";
import { inCode, type OptionNames } from "../config/option-names.ts";
import { Concurrency } from "./concurrency.ts";
import { createLimiter, type RateLimiterOptions } from "./create-rate-limiter.ts";
import { IdleMap } from "./idle-map.ts";
import type { Limiter } from "./limiter.ts";

export class RateLimiters {
  readonly #options: RateLimiterOptions;
  readonly #nameOf: OptionNames;
  /** The limiter of a model that is no longer used is dropped once its limits are free again. */
  readonly #limiters = new IdleMap<Limiter>(
    (limiter) => limiter.isIdle,
    (limiter) => limiter.close(),
  );

  /** `maxConcurrent` holds for calls of all models together. */
  constructor(options: Omit<RateLimiterOptions, "model">, nameOf = inCode) {
    this.#nameOf = nameOf;
    const { maxConcurrent } = options;
    const shared = typeof maxConcurrent === "number" ? new Concurrency(maxConcurrent) : maxConcurrent;
    this.#options = { ...options, maxConcurrent: shared };
  }

  /** Limiters that are kept at present. */
  get size(): number {
    return this.#limiters.size;
  }

  of(model: string): RateLimiter {
    return this.#limiters.get(model, () => createLimiter({ ...this.#options, model }, this.#nameOf));
  }

  close(): void {
    for (const limiter of this.#limiters.values()) limiter.close();
    this.#limiters.clear();
  }
}
