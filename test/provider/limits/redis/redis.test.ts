import { createClient } from "@redis/client";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../../../src/provider/base/clock.ts";
import { LlmError } from "../../../../src/provider/base/error.ts";
import type { ProviderEvent } from "../../../../src/provider/base/events.ts";
import type { Permit } from "../../../../src/provider/base/limits.ts";
import {
  createRateLimiter,
  type RateLimiterOptions,
} from "../../../../src/provider/limits/create-rate-limiter.ts";
import {
  createRedisLimitStore,
  type RedisClient,
  type RedisLimitStoreOptions,
} from "../../../../src/provider/limits/redis/index.ts";
import { hasRedisServer, redisUrl, startRedis, type TestRedis } from "./redis-server.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!hasRedisServer && redisUrl === undefined)("limits in Redis", () => {
  let redis: TestRedis | undefined;
  let url = redisUrl ?? "";
  const closings: (() => unknown)[] = [];
  let names = 0;

  beforeAll(async () => {
    if (!hasRedisServer) return;
    redis = await startRedis();
    url = `redis://127.0.0.1:${redis.port}`;
  });
  afterEach(async () => {
    for (const close of closings.splice(0)) await close();
  });
  afterAll(() => redis?.stop());

  const ioredis = (to = url) => {
    const client = new Redis(to, { retryStrategy: () => 50 });
    client.on("error", () => undefined);
    closings.push(() => client.disconnect());
    return client;
  };
  const nodeRedis = async () => {
    const client = createClient({ url });
    client.on("error", () => undefined);
    await client.connect();
    closings.push(() => client.destroy());
    return client;
  };
  const uniqueKey = () => `test:${process.pid}:${Date.now()}:${++names}`;

  /** A process of its own, as far as Redis can tell. */
  function process_(
    client: RedisClient,
    key: string,
    options: RateLimiterOptions,
    store: Partial<RedisLimitStoreOptions> = {},
  ) {
    const events: ProviderEvent[] = [];
    const limiter = createRateLimiter({
      ...{ model: "m", trustEstimates: true, onEvent: (event: ProviderEvent) => events.push(event) },
      ...options,
      store: createRedisLimitStore({ client, key, ...store }),
    });
    // Long enough for a slow machine, too short for a window.
    const maxQueueMs = Math.min(700, (options.windows?.[0]?.periodMs ?? 0) / 3);
    /** Lets go what can go at once. */
    const takeAll = async (tokens = 0) => {
      const permits: Permit[] = [];
      for (;;) {
        try {
          permits.push(await limiter.acquire({ tokens, maxQueueMs }));
        } catch (error) {
          if (LlmError.is(error) && error.kind === "RateLimitExceeded") return permits;
          throw error;
        }
      }
    };
    return { limiter, events, takeAll };
  }

  describe.each([
    ["ioredis", async (): Promise<RedisClient> => ioredis()],
    ["node-redis", async (): Promise<RedisClient> => nodeRedis()],
  ])("with %s", (_name, connect) => {
    it("holds one window for all processes", async () => {
      const key = uniqueKey();
      const windows = [{ periodMs: 60_000, calls: 5 }];
      const a = process_(await connect(), key, { windows });
      const b = process_(await connect(), key, { windows });
      const [first, second] = [await a.limiter.acquire({}), await b.limiter.acquire({})];
      expect(await b.takeAll()).toHaveLength(3);
      expect(await a.takeAll()).toHaveLength(0);
      // What was never sent is free for others, too.
      first.release({ sent: false });
      second.answered();
      await sleep(50);
      expect(await b.takeAll()).toHaveLength(1);
      expect(a.limiter.state.windows[0]?.calls?.limit).toBe(5);
      expect(b.limiter.state.windows[0]?.calls?.used).toBe(5);
    });
  });

  it("counts a call from its answer, by the clock of Redis alone", async () => {
    const key = uniqueKey();
    const windows = [{ periodMs: 600, calls: 1 }];
    const late: Clock = { ...systemClock, now: () => systemClock.now() - 2000 };
    const a = process_(ioredis(), key, { windows });
    const b = process_(ioredis(), key, { windows, clock: late });
    const first = await a.limiter.acquire({});
    const second = b.limiter.acquire({});
    await sleep(300);
    const answeredAt = systemClock.now();
    first.answered();
    const permit = await second;
    expect(systemClock.now() - answeredAt).toBeGreaterThanOrEqual(595);
    permit.answered();
  });

  it("settles tokens for all", async () => {
    const key = uniqueKey();
    const windows = [{ periodMs: 60_000, tokens: 1000 }];
    const a = process_(ioredis(), key, { windows });
    const b = process_(ioredis(), key, { windows });
    const permit = await a.limiter.acquire({ tokens: 900 });
    expect(await b.takeAll(200)).toHaveLength(0);
    permit.answered();
    permit.release({ usedTokens: 300 });
    const waiting = b.limiter.acquire({ tokens: 700 });
    await expect(waiting).resolves.toBeDefined();
    expect(b.limiter.state.windows[0]?.tokens?.used).toBe(1000);
  });

  it("wakes one that waits for tokens which another process does not use", async () => {
    const key = uniqueKey();
    const windows = [{ periodMs: 60_000, tokens: 1000 }];
    const a = process_(ioredis(), key, { windows });
    const b = process_(ioredis(), key, { windows });
    const permit = await a.limiter.acquire({ tokens: 1000 });
    const waiting = b.limiter.acquire({ tokens: 500 });
    await sleep(50);
    permit.answered();
    permit.release({ usedTokens: 0 });
    expect((await waiting).waitedMs).toBeLessThan(10_000);
  });

  it("keeps the order and frees the place of an abort", async () => {
    const { limiter } = process_(ioredis(), uniqueKey(), { windows: [{ periodMs: 300, calls: 1 }] });
    const order: string[] = [];
    const go = (name: string, signal?: AbortSignal) =>
      limiter.acquire({ signal }).then((permit) => {
        order.push(name);
        permit.answered();
        permit.release();
      });
    const controller = new AbortController();
    const all = [go("a"), go("b", controller.signal), go("c"), go("d")];
    controller.abort();
    const results = await Promise.allSettled(all);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(order).toEqual(["a", "c", "d"]);
  });

  it("gives back what was taken for one who had left", async () => {
    const { limiter, takeAll } = process_(ioredis(), uniqueKey(), {
      windows: [{ periodMs: 60_000, calls: 2 }],
    });
    const controller = new AbortController();
    const leaving = limiter.acquire({ signal: controller.signal });
    controller.abort();
    await expect(leaving).rejects.toMatchObject({ kind: "Cancelled" });
    expect(await takeAll()).toHaveLength(2);
  });

  it("asks also where none may wait", async () => {
    const windows = [{ periodMs: 60_000, calls: 1 }];
    const { limiter } = process_(ioredis(), uniqueKey(), { windows, maxQueue: 0, onLimit: "error" });
    await limiter.acquire({});
    await expect(limiter.acquire({})).rejects.toMatchObject({ kind: "RateLimitExceeded" });
  });

  it("gives back the places of a process that died", async () => {
    const key = uniqueKey();
    const windows = [{ periodMs: 2500, calls: 2 }];
    const doomed = ioredis();
    const a = process_(doomed, key, { windows }, { leaseMs: 3000 });
    const b = process_(ioredis(), key, { windows }, { leaseMs: 3000 });
    expect(await a.takeAll()).toHaveLength(2);
    doomed.disconnect();
    const start = systemClock.now();
    (await b.limiter.acquire({})).answered();
    // Its lease tells that it is dead. Its calls then count from a third of it, when it last can have been alive.
    expect(systemClock.now() - start).toBeGreaterThan(2900);
    expect(systemClock.now() - start).toBeLessThan(5200);
  });

  it("keeps the place of a call that takes longer than a lease", async () => {
    const key = uniqueKey();
    const windows = [{ periodMs: 200, calls: 1 }];
    const a = process_(ioredis(), key, { windows }, { leaseMs: 300 });
    const b = process_(ioredis(), key, { windows }, { leaseMs: 300 });
    const permit = await a.limiter.acquire({});
    await sleep(1000);
    expect(await b.takeAll()).toHaveLength(0);
    permit.answered();
    await b.limiter.acquire({});
  });

  it("shares pauses and learned limits", async () => {
    const key = uniqueKey();
    const a = process_(ioredis(), key, { auto: true });
    const b = process_(ioredis(), key, { auto: true });
    const permit = await a.limiter.acquire({});
    permit.answered();
    const refusal = {
      metric: "requestsPerMinute",
      limit: 600,
      used: 603,
      requested: 1,
      waitMs: 400,
    } as const;
    a.limiter.feedback({ status: 429, refusal, retryAfterMs: 400, permit });
    await sleep(30);
    const start = systemClock.now();
    const went: number[] = [];
    for (let call = 0; call < 3; call++) {
      (await b.limiter.acquire({})).answered();
      went.push(systemClock.now() - start);
    }
    expect(went[0]).toBeGreaterThan(300);
    expect((went[2] ?? 0) - (went[0] ?? 0)).toBeGreaterThan(150);
    expect(b.limiter.state.windows).toEqual([]);
    expect(a.events.map(({ type }) => type)).toEqual(["limitLearned", "pause"]);
  });

  describe.skipIf(!hasRedisServer)("when Redis is gone", () => {
    let own: TestRedis;
    let ownUrl: string;
    beforeAll(async () => {
      own = await startRedis();
      ownUrl = `redis://127.0.0.1:${own.port}`;
    });
    afterEach(async () => {
      await own.stop();
      await own.start();
    });
    afterAll(() => own.stop());
    const windows = [{ periodMs: 60_000, calls: 8 }];

    it.each(["stop", "sleep"] as const)("fails closed, soon and clearly (%s)", async (how) => {
      const options = { patienceMs: 300, commandTimeoutMs: 200 };
      const { limiter, events, takeAll } = process_(ioredis(ownUrl), "closed", { windows }, options);
      await limiter.acquire({});
      await own[how]();
      const start = systemClock.now();
      await expect(limiter.acquire({})).rejects.toMatchObject({
        kind: "ServiceUnavailable",
        retryable: true,
      });
      expect(systemClock.now() - start).toBeLessThan(5000);
      expect(events).toMatchObject([{ type: "limitStore", state: "unavailable", policy: "closed" }]);
      if (how === "sleep") own.wake();
      else await own.start();
      await expect
        .poll(
          () =>
            limiter.acquire({}).then(
              () => "went",
              () => "failed",
            ),
          { timeout: 10_000 },
        )
        .toBe("went");
      expect(events.at(-1)).toMatchObject({ type: "limitStore", state: "available" });
      // Nothing was taken by the tries that failed, though Redis may have run them late.
      expect(await takeAll()).toHaveLength(6);
    });

    it("fails closed at once where calls want no wait", async () => {
      const { limiter } = process_(
        ioredis(ownUrl),
        "impatient",
        { windows, onLimit: "error" },
        { commandTimeoutMs: 200 },
      );
      own.sleep();
      await expect(limiter.acquire({})).rejects.toMatchObject({ kind: "ServiceUnavailable" });
    });

    it("goes on with a share, by choice, and tells Redis afterwards", async () => {
      const store = { onUnavailable: "local", localShare: 0.5, commandTimeoutMs: 200 } as const;
      const a = process_(ioredis(ownUrl), "local", { windows }, store);
      const b = process_(ioredis(ownUrl), "local", { windows }, store);
      (await a.limiter.acquire({})).answered();
      own.sleep();
      const local = [await a.limiter.acquire({}), ...(await a.takeAll())];
      // Half of eight, and one was used before.
      expect(local).toHaveLength(3);
      for (const permit of local) permit.answered();
      expect(a.events).toMatchObject([{ type: "limitStore", state: "unavailable", policy: "local" }]);
      own.wake();
      await expect
        .poll(() => a.takeAll().then(() => a.events.at(-1)), { timeout: 10_000, interval: 300 })
        .toMatchObject({ type: "limitStore", state: "available" });
      await sleep(100);
      // The share is gone, the whole is back: eight in all for both.
      const more = (await a.takeAll()).length + (await b.takeAll()).length;
      expect(a.limiter.state.windows[0]?.calls).toEqual({ limit: 8, used: 8, left: 0 });
      expect(more).toBeLessThanOrEqual(4);
    });

    it("tells a Redis that lost its data what it used, before anyone goes", async () => {
      const store = { recoveryMs: 500, commandTimeoutMs: 300 };
      const a = process_(ioredis(ownUrl), "restart", { windows }, store);
      const b = process_(ioredis(ownUrl), "restart", { windows }, store);
      const [first, second] = [await a.limiter.acquire({}), await b.limiter.acquire({})];
      first.answered();
      const third = await b.limiter.acquire({});
      third.answered();
      await own.stop();
      await own.start();
      await sleep(300);
      await a.limiter.acquire({});
      second.answered();
      // Eight less the three of before and the one of now.
      expect((await a.takeAll()).length + (await b.takeAll()).length).toBe(4);
    });

    it("lets nobody go after a loss until all could tell", async () => {
      const store = { recoveryMs: 1500 };
      const late = ioredis(ownUrl);
      const a = process_(ioredis(ownUrl), "hold", { windows }, store);
      const b = process_(late, "hold", { windows }, store);
      (await a.limiter.acquire({})).answered();
      for (let call = 0; call < 4; call++) (await b.limiter.acquire({})).answered();
      await sleep(50);
      late.disconnect();
      await own.stop();
      await own.start();
      let went = 0;
      const controller = new AbortController();
      const all = Array.from({ length: 8 }, () =>
        a.limiter.acquire({ signal: controller.signal }).then(() => {
          went += 1;
        }),
      );
      await sleep(500);
      expect(went).toBe(0);
      await late.connect();
      await expect.poll(() => went, { timeout: 10_000 }).toBe(3);
      controller.abort();
      await Promise.allSettled(all);
    });
  });
});

it("refuses options that can't be meant", () => {
  const client = { call: async () => undefined };
  expect(() => createRedisLimitStore({ client: {} as RedisClient })).toThrowError(/client: expected/);
  expect(() => createRedisLimitStore({ client, leaseMs: Number.NaN })).toThrowError(/leaseMs: expected/);
  expect(() => createRedisLimitStore({ client, localShare: 2 })).toThrowError(/localShare: expected/);
});
