/** What applications import as `groq-provider/redis`: one limit for many processes. */
import { LlmError } from "../../base/error.ts";
import type { LimitStore } from "../store.ts";
import { type RedisClient, RedisLink } from "./redis-link.ts";
import { RedisQuota } from "./redis-quota.ts";

export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-link.ts";

export interface RedisLimitStoreOptions {
  /** A connected client of `ioredis` or of `redis` (node-redis). It stays the application's own: nothing here closes it. */
  client: RedisClient;
  /**
   * Names the allowance that is shared: the same in all processes of one organisation. It shows in Redis, so it is not
   * the API key. Default `default`.
   */
  key?: string | undefined;
  /** Begins the names of all keys in Redis. Default `groq-provider:limits`. */
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
  /** Milliseconds after which a process that is silent counts as dead, and gives its calls' places back. Default 15 000. */
  leaseMs?: number | undefined;
  /**
   * Milliseconds that no call goes after Redis lost its data, so that every process can tell again what it used. Default
   * 3000.
   */
  recoveryMs?: number | undefined;
}

/**
 * A store for `dependencies.limitStore`, or `createRateLimiter`. All processes that give the same `key`, model and windows
 * hold one limit together. Only Redis' clock counts.
 */
export function createRedisLimitStore(options: RedisLimitStoreOptions): LimitStore {
  const { client, key = "default", prefix = "groq-provider:limits" } = options;
  const { onUnavailable = "closed", localShare = 0.25, patienceMs = 5000 } = options;
  const { commandTimeoutMs = 1000, leaseMs = 15_000, recoveryMs = 3000 } = options;
  if (!("call" in client) && !("sendCommand" in client)) {
    throw new LlmError("ConfigError", "client: expected a client of ioredis or redis, got something else");
  }
  for (const [name, value] of Object.entries({ patienceMs, commandTimeoutMs, leaseMs, recoveryMs })) {
    if (!(value >= 0)) {
      throw new LlmError("ConfigError", `${name}: expected milliseconds, 0 or more, got ${String(value)}`);
    }
  }
  if (!(localShare > 0 && localShare <= 1)) {
    throw new LlmError(
      "ConfigError",
      `localShare: expected a number above 0, up to 1, got ${String(localShare)}`,
    );
  }
  const renewalMs = leaseMs / 3;
  const quotas: RedisQuota[] = [];
  client.on?.("ready", () => {
    for (const quota of quotas) quota.reconnected();
  });
  return {
    quota(options) {
      // The braces keep all keys of one limiter on one node of a cluster.
      const base = `${prefix}:{${key}:${options.model}}`;
      const { windows, clock } = options;
      const link = new RedisLink({
        ...{ client, clock, timeoutMs: commandTimeoutMs },
        keys: [
          base,
          `${base}:open`,
          `${base}:sizes`,
          ...windows.map(({ periodMs }) => `${base}:${periodMs}`),
        ],
        settings: [
          ...[recoveryMs, leaseMs, renewalMs, windows.length],
          ...windows.flatMap(({ periodMs, calls = -1, tokens = -1 }) => [periodMs, calls, tokens]),
        ],
      });
      const quota = new RedisQuota(link, { onUnavailable, localShare, patienceMs, renewalMs }, options);
      quotas.push(quota);
      return quota;
    },
  };
}
