/** Limits that several providers of one process hold together. */
import { IdleMap } from "./idle-map.ts";
import { storeClosed } from "./limit-errors.ts";
import { MemoryQuota } from "./memory-quota.ts";
import type { LimitStore, Quota, QuotaOptions, QuotaUser } from "./store.ts";

/**
 * A store in memory. Hand the same one as `limitStore` to all providers (or limiters) that use one key: then they share
 * windows, learned limits and pauses of each model. Where they are configured with different limits, the lower ones hold.
 */
export function createMemoryLimitStore(): LimitStore {
  return new MemoryStore();
}

class MemoryStore implements LimitStore {
  readonly #quotas = new IdleMap<MemoryQuota>((quota) => quota.isUnused);
  #closed = false;

  quota(options: QuotaOptions, user: QuotaUser): MemoryQuota {
    if (this.#closed) throw storeClosed();
    const quota = this.#quotas.get(options.model, () => new MemoryQuota(options));
    quota.join(user, options.windows);
    return quota;
  }

  leave(quota: Quota, user: QuotaUser): void {
    if (quota instanceof MemoryQuota) quota.leave(user);
  }

  close(): void {
    this.#closed = true;
    this.#quotas.clear();
  }
}
