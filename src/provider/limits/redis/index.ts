/** What applications import as `groq-provider/redis`: one limit for many processes. */
import { LlmError } from "../../base/error.ts";
import { demandObject, kindOf, reading } from "../../base/values.ts";
import { IdleMap } from "../idle-map.ts";
import { storeClosed } from "../limit-errors.ts";
import type { LimitStore, Quota, QuotaOptions, QuotaUser } from "../store.ts";
import { isRedisClient, type RedisClient, RedisLink } from "./redis-link.ts";
import { RedisQuota } from "./redis-quota.ts";

export type { LimitStore } from "../store.ts";
export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-link.ts";

/** How limits are held in Redis. */
export interface RedisLimitStoreOptions {
  /**
   * A connected client: `Redis` or `Cluster` of `ioredis`, `createClient` or `createCluster` of `redis` (node-redis). It
   * stays the application's own: nothing here closes it.
   */
  client: RedisClient;
  /**
   * Names the allowance that is shared: the same in all processes of one organisation. It shows in Redis, so it is not
   * the API key. Without braces, which mean something to a cluster. Default `default`.
   */
  key?: string | undefined;
  /** Begins the names of all keys in Redis. Without braces. Default `groq-provider:limits`. */
  prefix?: string | undefined;
  /**
   * While Redis is gone: `closed` admits no call, and fails those that waited for `patienceMs` with `ServiceUnavailable`;
   * `local` goes on with `localShare` of the configured limits. Default `closed`.
   */
  onUnavailable?: "closed" | "local" | undefined;
  /** From 0 to 1. Best is one over the number of processes. Default 0.25. */
  localShare?: number | undefined;
  /** Milliseconds. Default 5000. */
  patienceMs?: number | undefined;
  /** Milliseconds that one command may take before Redis counts as gone. Default 1000. */
  commandTimeoutMs?: number | undefined;
  /** Milliseconds after which a process that is silent counts as dead. Its calls under way then count as made. Default 15 000. */
  leaseMs?: number | undefined;
  /**
   * Milliseconds without calls after Redis lost its data, so that every process can report again what it used. Default
   * 3000.
   */
  recoveryMs?: number | undefined;
}

/**
 * A store for `dependencies.limitStore`, or `createRateLimiter`. All processes that give the same `key` and model hold one
 * limit together. Only Redis' clock counts. Throws `ConfigError` for wrong options.
 */
export function createRedisLimitStore(options: RedisLimitStoreOptions): LimitStore {
  demandObject("options", options);
  return reading("options", () => create(options), "ConfigError");
}

function create(options: RedisLimitStoreOptions): LimitStore {
  const { client, key = "default", prefix = "groq-provider:limits" } = options;
  const { onUnavailable = "closed", localShare = 0.25, patienceMs = 5000 } = options;
  const { commandTimeoutMs = 1000, leaseMs = 15_000, recoveryMs = 3000 } = options;
  demand(isRedisClient(client), "client", "a client of ioredis or redis", client);
  for (const [name, value] of Object.entries({ key, prefix })) {
    demand(typeof value === "string" && !/[{}]/.test(value), name, "a text without braces", value);
  }
  demand(
    onUnavailable === "closed" || onUnavailable === "local",
    "onUnavailable",
    "closed or local",
    onUnavailable,
  );
  for (const [name, value] of Object.entries({ patienceMs, recoveryMs })) {
    demand(value >= 0 && value < Infinity, name, "milliseconds, 0 or more", value);
  }
  for (const [name, value] of Object.entries({ commandTimeoutMs, leaseMs })) {
    demand(value > 0 && value < Infinity, name, "milliseconds above 0", value);
  }
  demand(localShare > 0 && localShare <= 1, "localShare", "a number above 0, up to 1", localShare);
  return new RedisStore(client, (quota) => {
    // The braces are what a cluster chooses the node by; one in a model's name would be taken for them.
    const model = quota.model.replace(/[{}%]/g, encodeURIComponent);
    const link = new RedisLink({
      ...{ client, clock: quota.clock, timeoutMs: commandTimeoutMs },
      key: `${prefix}:2:{${key}:${model}}`,
    });
    return new RedisQuota({ link, onUnavailable, localShare, patienceMs, leaseMs, recoveryMs }, quota);
  });
}

class RedisStore implements LimitStore {
  readonly #client: RedisClient;
  readonly #make: (options: QuotaOptions) => RedisQuota;
  readonly #quotas = new IdleMap<RedisQuota>(
    (quota) => quota.isUnused,
    (quota) => quota.close(),
  );
  readonly #onReady = () => {
    for (const quota of this.#quotas.values()) quota.reconnected();
  };
  #closed = false;

  constructor(client: RedisClient, make: (options: QuotaOptions) => RedisQuota) {
    this.#client = client;
    this.#make = make;
    client.on?.("ready", this.#onReady);
  }

  quota(options: QuotaOptions, user: QuotaUser): RedisQuota {
    if (this.#closed) throw storeClosed();
    const quota = this.#quotas.get(options.model, () => this.#make(options));
    quota.join(user, options.windows);
    return quota;
  }

  leave(quota: Quota, user: QuotaUser): void {
    if (quota instanceof RedisQuota) quota.leave(user);
  }

  close(): void {
    this.#closed = true;
    this.#client.off?.("ready", this.#onReady);
    for (const quota of this.#quotas.values()) quota.close();
    this.#quotas.clear();
  }
}

function demand(holds: boolean, place: string, expected: string, got: unknown): void {
  if (!holds)
    throw new LlmError(
      "ConfigError",
      `${place}: expected ${expected}, got ${typeof got === "string" ? got : kindOf(got)}`,
    );
}
