import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { createCluster } from "@redis/client";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LimitWindow, Permit } from "../../../../src/provider/base/limits.ts";
import { createRateLimiter } from "../../../../src/provider/limits/create-rate-limiter.ts";
import {
  createRedisLimitStore,
  type RedisClient,
  type RedisLimitStoreOptions,
} from "../../../../src/provider/limits/redis/index.ts";
import { hasRedisServer, startRedis, type TestRedis } from "./redis-server.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const DAY = 86_400_000;

describe.skipIf(!hasRedisServer)("what a shared limit promises", () => {
  let redis: TestRedis;
  let admin: Redis;
  const closings: (() => unknown)[] = [];
  let names = 0;

  beforeAll(async () => {
    redis = await startRedis();
    admin = new Redis(redis.port, "127.0.0.1");
  });
  afterEach(async () => {
    for (const close of closings.splice(0)) await close();
  });
  afterAll(async () => {
    admin.disconnect();
    await redis.stop();
  });

  const connect = () => {
    const client = new Redis(redis.port, "127.0.0.1", { retryStrategy: () => 50 });
    client.on("error", () => undefined);
    closings.push(() => client.disconnect());
    return client;
  };
  const unique = () => `promise-${++names}`;
  const hashOf = (key: string) => `groq-provider:limits:2:{${key}:m}`;
  const join = (
    key: string,
    windows: LimitWindow[],
    options: Partial<RedisLimitStoreOptions> = {},
    client: RedisClient = connect(),
  ) => {
    const store = createRedisLimitStore({ client, key, recoveryMs: 100, ...options });
    closings.push(() => store.close());
    const limiter = createRateLimiter({ store, model: "m", windows, trustEstimates: true });
    return { store, limiter };
  };
  const use = async ({ limiter }: ReturnType<typeof join>, tokens: number, used = tokens) => {
    const permit = await limiter.acquire({ tokens });
    permit.answered();
    permit.release({ usedTokens: used });
  };

  it("a deployment that adds a window leaves no sums behind", async () => {
    const key = unique();
    const minute = { periodMs: 1000, tokens: 1000 };
    const old = join(key, [minute]);
    await use(old, 300);
    const renewed = join(key, [minute, { periodMs: 4000, tokens: 2000 }]);
    await use(renewed, 200, 100);
    await use(old, 200, 50);
    // Calls of the old process count in the new window, too; and it begins with what the old one knew.
    await sleep(50);
    await use(renewed, 100);
    expect(renewed.limiter.state.windows.map(({ tokens }) => tokens?.used)).toEqual([550, 550]);
    await sleep(1600);
    await use(renewed, 10);
    expect(renewed.limiter.state.windows.map(({ tokens }) => tokens?.used)).toEqual([10, 560]);
    await sleep(4100);
    await use(old, 10);
    await use(renewed, 10);
    expect(renewed.limiter.state.windows.map(({ tokens }) => tokens?.used)).toEqual([20, 20]);
  });

  it("an evicted hash is told again, and neither locks nor opens the limit", async () => {
    const key = unique();
    const windows = [{ periodMs: 60_000, calls: 6 }];
    const [a, b] = [join(key, windows), join(key, windows)];
    for (const one of [a, b]) for (let call = 0; call < 2; call++) await use(one, 0);
    await sleep(30);
    expect(await admin.del(hashOf(key))).toBe(1);
    await use(a, 0);
    await use(b, 0);
    await expect(a.limiter.acquire({ maxQueueMs: 500 })).rejects.toMatchObject({ kind: "RateLimitExceeded" });
    expect(a.limiter.state.windows[0]?.calls?.used).toBe(6);
  });

  it("limits that a server makes up with each answer take no more room", async () => {
    const key = unique();
    const store = createRedisLimitStore({ client: connect(), key });
    closings.push(() => store.close());
    const limiter = createRateLimiter({ store, model: "m", auto: true });
    for (let periodMs = 1000; periodMs < 1e9; periodMs *= 1.2) {
      const snapshot = { others: [{ counts: "tokens", limit: 1e6, remaining: 1e6, periodMs } as const] };
      limiter.feedback({ status: 200, snapshot });
    }
    (await limiter.acquire({})).release();
    const fields = (await admin.hkeys(hashOf(key))).filter((field) => /^b[rt]\d+$/.test(field));
    expect(fields).toHaveLength(16);
    expect((await admin.hget(hashOf(key), "buckets"))?.split(" ")).toHaveLength(16);
  });

  it("a clock that goes back ten minutes makes nobody wait for it", async () => {
    const key = unique();
    const one = join(key, [{ periodMs: 500, calls: 1 }]);
    await use(one, 0);
    await sleep(30);
    const offset = Number(await admin.hget(hashOf(key), "offset"));
    await admin.hset(hashOf(key), "offset", String(offset - 600_000));
    const start = performance.now();
    await use(one, 0);
    await use(one, 0);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("a large call is not passed by another process' small ones for ever", async () => {
    const key = unique();
    const windows = [{ periodMs: 400, tokens: 1000 }];
    const [large, small] = [join(key, windows), join(key, windows)];
    let stops = false;
    let count = 0;
    const sendSmall = async () => {
      while (!stops) {
        await use(small, 100);
        count += 1;
      }
    };
    const all = [sendSmall(), sendSmall(), sendSmall()];
    await sleep(600);
    const before = count;
    expect(before).toBeGreaterThan(5);
    await use(large, 900);
    stops = true;
    // Ten in each period may go without it: it lets some pass until it asked, and no more.
    expect(count - before).toBeLessThan(25);
    await Promise.all(all);
  });

  it("a day of calls lies in at most a slot for each 1024th of it", async () => {
    const key = unique();
    const one = join(key, [{ periodMs: DAY, calls: 5000, tokens: 1e9 }]);
    await Promise.all(Array.from({ length: 3000 }, () => use(one, 10)));
    await sleep(100);
    expect(await admin.hlen(hashOf(key))).toBeLessThan(40);
    expect(Number(await admin.call("MEMORY", "USAGE", hashOf(key))) / 3000).toBeLessThan(150);
  });

  it("asks for many calls at once", async () => {
    const client = connect();
    let commands = 0;
    const slow: RedisClient = {
      call: async (...args) => {
        commands += 1;
        await sleep(5);
        return client.call(...(args as [string, ...string[]]));
      },
    };
    const one = join(unique(), [{ periodMs: 60_000, calls: 5000 }], {}, slow);
    await Promise.all(Array.from({ length: 2000 }, () => use(one, 0)));
    expect(commands).toBeLessThan(100);
  });

  it("what was just admitted is told with the next command, which follows at once", async () => {
    const client = connect();
    const told: { open: number[]; answered?: number[][] }[] = [];
    const permits: Permit[] = [];
    const listening: RedisClient = {
      call: async (...args) => {
        told.push(JSON.parse(String(args.at(-1))));
        // The second question is on its way; this news goes as soon as its answer is there.
        if (permits.length === 1) permits[0]?.answered();
        return client.call(...(args as [string, ...string[]]));
      },
    };
    const { limiter } = join(unique(), [{ periodMs: 60_000, calls: 10, tokens: 1000 }], {}, listening);
    permits.push(await limiter.acquire({ tokens: 5 }));
    permits.push(await limiter.acquire({ tokens: 7 }));
    await sleep(50);
    expect(told.find(({ answered }) => answered)).toMatchObject({ open: [1, 7] });
  });

  it("a busy event loop is no outage", async () => {
    const one = join(unique(), [{ periodMs: 60_000, calls: 50 }], { commandTimeoutMs: 150 });
    await use(one, 0);
    const events: string[] = [];
    const permits = Promise.all([one.limiter.acquire({}), one.limiter.acquire({})]);
    await Promise.resolve();
    await Promise.resolve();
    const until = performance.now() + 600;
    while (performance.now() < until) events.length = 0;
    await expect(permits).resolves.toHaveLength(2);
  });

  it("a killed connection loses no call and counts none twice", async () => {
    const key = unique();
    const one = join(key, [{ periodMs: 60_000, calls: 40 }]);
    for (let call = 0; call < 10; call++) {
      await use(one, 0);
      if (call % 3 === 0) await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }
    await use(one, 0);
    await sleep(100);
    await use(one, 0);
    expect(one.limiter.state.windows[0]?.calls?.used).toBe(12);
  });

  it("an error while Redis is away names it, whatever bound ended the wait", async () => {
    const own = await startRedis();
    closings.push(() => own.stop());
    const client = new Redis(own.port, "127.0.0.1", { retryStrategy: () => 50 });
    client.on("error", () => undefined);
    closings.push(() => client.disconnect());
    const one = join(unique(), [{ periodMs: 60_000, calls: 5 }], { commandTimeoutMs: 100 }, client);
    await use(one, 0);
    await own.stop();
    const error = one.limiter.acquire({ maxQueueMs: 800 });
    await expect(error).rejects.toMatchObject({ kind: "ServiceUnavailable", retryable: true });
    await expect(error).rejects.toThrowError(/^Redis, .* onUnavailable is "closed"/);
  });

  it("closed: calls that wait fail, and later ones", async () => {
    const { store, limiter } = join(unique(), [{ periodMs: 60_000, calls: 1 }]);
    await limiter.acquire({});
    store.close();
    await expect(limiter.acquire({})).rejects.toMatchObject({ kind: "ConfigError" });
    const other = join(unique(), [{ periodMs: 60_000, calls: 1 }]);
    await other.limiter.acquire({});
    const waiting = other.limiter.acquire({});
    other.limiter.close();
    await expect(waiting).rejects.toMatchObject({ kind: "Cancelled" });
  });

  it("a cluster of node-redis is one store, too", async () => {
    const folder = await mkdtemp(pathOf(tmpdir(), "cluster-"));
    const own = await startRedis(["--cluster-enabled", "yes", "--dir", folder]);
    closings.push(() => own.stop().then(() => rm(folder, { recursive: true })));
    const node = new Redis(own.port, "127.0.0.1");
    closings.push(() => node.disconnect());
    await node.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    await expect.poll(() => node.call("CLUSTER", "INFO"), { timeout: 10_000 }).toContain("cluster_state:ok");
    const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${own.port}` }] });
    client.on("error", () => undefined);
    await client.connect();
    closings.push(() => client.destroy());
    const one = join(unique(), [{ periodMs: 60_000, calls: 2 }], {}, client);
    await use(one, 0);
    await use(one, 0);
    await expect(one.limiter.acquire({ maxQueueMs: 300 })).rejects.toMatchObject({
      kind: "RateLimitExceeded",
    });
  });
});

it.each([{ key: "a{b" }, { key: "a}b" }, { prefix: "{x}" }])("refuses braces in %j", (options) => {
  const client = { call: async () => undefined };
  expect(() => createRedisLimitStore({ client, ...options })).toThrowError(/expected a text without braces/);
});
