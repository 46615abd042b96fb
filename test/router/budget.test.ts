import { createClient } from "@redis/client";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import type {
  ChatChunk,
  ChatOptions,
  ChatStream,
  Message,
  ModelInfo,
  Usage,
} from "../../src/provider/base/types.ts";
import {
  type BudgetStore,
  createMemoryBudgetStore,
  createRedisBudgetStore,
  createRouter,
  type RouterEvent,
} from "../../src/router/index.ts";
import {
  hasRedisServer,
  redisUrl,
  startRedis,
  type TestRedis,
} from "../provider/limits/redis/redis-server.ts";
import { FakeProvider, HELLO, type Turn } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

// A thousandth of a dollar a token.
const PRICE = { prompt: 0.001, completion: 0.002 };
const usage = (promptTokens: number, completionTokens: number, cachedTokens?: number): Usage => ({
  promptTokens,
  completionTokens,
  totalTokens: promptTokens + completionTokens,
  ...(cachedTokens !== undefined && { cachedTokens }),
});
/** A call of HELLO sets aside 4 + 2 prompt tokens and its maxTokens: $0.006 + $0.002 for each. */
const ask = { maxTokens: 47 };
const RESERVED = 0.1;

function setUp(turns: Turn[], budget = {}, price: typeof PRICE | null = PRICE, models?: ModelInfo[]) {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns, ...(models && { models }) });
  const events: RouterEvent[] = [];
  const router = createRouter([price ? { provider: one, price } : one], {
    clock,
    budget: { maxCostUsd: 1, ...budget },
    onEvent: (event) => events.push(event),
  });
  return { clock, one, router, events };
}

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

describe("a budget", () => {
  test("counts what answers cost, the cache at its own price, and tells it in the route", async () => {
    const { clock, router } = setUp([{ answer: { usage: usage(100, 50, 80) } }]);
    const response = await run(clock, router.chat(HELLO, ask));
    expect(response.route.costUsd).toBeCloseTo(20 * 0.001 + 80 * 0.001 + 50 * 0.002);
    const cached = createRouter(
      [
        {
          provider: new FakeProvider({ clock, turns: [{ answer: { usage: usage(100, 50, 80) } }] }),
          price: { ...PRICE, inputCacheRead: 0.0001 },
        },
      ],
      { clock, budget: { maxCostUsd: 1 } },
    );
    const { route } = await run(clock, cached.chat(HELLO, ask));
    expect(route.costUsd).toBeCloseTo(20 * 0.001 + 80 * 0.0001 + 50 * 0.002);
  });

  test("believes the cost that the service itself tells, also of a model without a price", async () => {
    for (const price of [PRICE, null]) {
      const answer = { cost: 0.7, usage: usage(1, 1) };
      const { clock, router } = setUp([{ answer }], { unknownPrice: "ignore" }, price);
      expect((await run(clock, router.chat(HELLO, ask))).route.costUsd).toBe(0.7);
      await run(clock, router.chat(HELLO, ask));
      await expect(run(clock, router.chat(HELLO, ask))).rejects.toMatchObject({ kind: "RateLimitExceeded" });
    }
  });

  test("refuses when it is spent, says until when, and serves again in the next period", async () => {
    const { clock, router, one, events } = setUp([{ answer: { usage: usage(500, 250) } }], {
      periodMs: 60_000,
    });
    await run(clock, router.chat(HELLO, ask));
    await clock.advance(20_000);
    await expect(run(clock, router.chat(HELLO, ask))).rejects.toMatchObject({
      kind: "RateLimitExceeded",
      retryAfterMs: 40_000,
    });
    expect(one.asked).toHaveLength(1);
    expect(router.rateLimitState.nextInMs).toBe(40_000);
    const budget = { type: "budget", router: "router" };
    expect(events).toContainEqual({ ...budget, problem: "spent", spentUsd: 1, resetMs: 40_000 });
    await clock.advance(40_000);
    await run(clock, router.chat(HELLO, ask));
    expect(one.asked).toHaveLength(2);
  });

  test("is not overspent by calls at once: what they may cost is set aside", async () => {
    const { clock, router, one } = setUp([{ afterMs: 10, answer: { usage: usage(6, 47) } }]);
    const calls = Array.from({ length: 30 }, () => router.chat(HELLO, ask));
    const results = await run(clock, Promise.allSettled(calls));
    expect(one.mostActive).toBe(Math.floor(1 / RESERVED));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
  });

  test("keeps what was set aside where a call broke off, and gives it back where none was made", async () => {
    const timeout = new LlmError("Timeout", "slow", { retryable: false });
    const refused = new LlmError("InvalidRequest", "bad", { status: 400 });
    for (const [error, left] of [
      [timeout, 1 - RESERVED],
      [refused, 1],
    ] as const) {
      const store = createMemoryBudgetStore();
      const { clock, router } = setUp([{ error }], { store });
      await expect(run(clock, router.chat(HELLO, ask))).rejects.toBe(error);
      const { spentUsd } = await store.add({ key: "router", usd: 0, periodMs: 1 });
      expect(1 - spentUsd).toBeCloseTo(left);
    }
  });

  test("counts a stream at its end, and one that was left by what was set aside", async () => {
    for (const [leave, spent] of [
      [false, 0.2],
      [true, RESERVED],
    ] as const) {
      const clock = new TestClock();
      const store = createMemoryBudgetStore(clock);
      const provider = new FakeProvider({
        clock,
        turns: [{ answer: { content: "abcdef", usage: usage(100, 50) } }],
      });
      const router = createRouter([{ provider, price: PRICE }], { clock, budget: { maxCostUsd: 1, store } });
      const stream = router.chatStream(HELLO, ask);
      const work = async () => {
        for await (const _ of stream) if (leave) break;
      };
      await run(clock, work());
      const { spentUsd } = await store.add({ key: "router", usd: 0, periodMs: 1000 });
      expect(spentUsd).toBeCloseTo(spent);
    }
  });

  test("asks another candidate where this one's price is too high for what is left", async () => {
    const clock = new TestClock();
    const dear = new FakeProvider({ clock, name: "dear" });
    const cheap = new FakeProvider({ clock, name: "cheap" });
    const router = createRouter(
      [
        { provider: dear, price: { prompt: 1, completion: 1 } },
        { provider: cheap, price: PRICE },
      ],
      { clock, budget: { maxCostUsd: 1 } },
    );
    const response = await run(clock, router.chat(HELLO, ask));
    expect(response.route.asked.map(({ candidate }) => candidate)).toEqual(["cheap"]);
  });

  test("of a router within a router is that candidate's alone", async () => {
    const clock = new TestClock();
    const inner = createRouter(
      [
        {
          provider: new FakeProvider({ clock, name: "one", turns: [{ answer: { usage: usage(500, 250) } }] }),
          price: PRICE,
        },
      ],
      { clock, name: "paid", budget: { maxCostUsd: 1 } },
    );
    const router = createRouter([inner, new FakeProvider({ clock, name: "free" })], { clock });
    const first = await run(clock, router.chat(HELLO, ask));
    expect(first.route).toMatchObject({
      answeredBy: "paid",
      costUsd: 1,
      asked: [{ route: { answeredBy: "one" } }],
    });
    expect((await run(clock, router.chat(HELLO, ask))).content).toBe("free");
  });
});

describe("prices", () => {
  const model = (id: string, prompt: number): ModelInfo => ({ id, pricing: { prompt, completion: prompt } });

  test("come from listModels, are kept, and read again after a while, without making a call wait", async () => {
    const models = [model("one/model", 0.001)];
    const { clock, router, one } = setUp([{ answer: { usage: usage(10, 10) } }], {}, null, models);
    for (let call = 0; call < 3; call++) {
      const { route } = await run(clock, router.chat(HELLO, ask));
      expect(route.costUsd).toBeCloseTo(0.02);
    }
    expect(one.listed).toBe(1);
    models[0] = model("one/model", 0.002);
    await clock.advance(3_600_000);
    await run(clock, router.chat(HELLO, ask));
    expect((await run(clock, router.chat(HELLO, ask))).route.costUsd).toBeCloseTo(0.04);
    expect(one.listed).toBe(2);
  });

  test("of the model that answered go before those of the model that was asked", async () => {
    const models = [model("one/model", 0.001), model("other", 0.005)];
    const { clock, router } = setUp([{ answer: { model: "other", usage: usage(10, 10) } }], {}, null, models);
    expect((await run(clock, router.chat(HELLO, ask))).route.costUsd).toBeCloseTo(0.1);
  });

  test("that nobody tells refuse the candidate, or are ignored", async () => {
    for (const models of [undefined, [{ id: "one/model" }], [model("one/model", -1)]]) {
      const refusing = setUp([{}], {}, null, models);
      await expect(run(refusing.clock, refusing.router.chat(HELLO))).rejects.toMatchObject({
        kind: "ConfigError",
        message: expect.stringContaining("price"),
      });
      expect(refusing.one.asked).toHaveLength(0);
      expect(refusing.events).toContainEqual({
        type: "budget",
        router: "router",
        problem: "price",
        candidate: "one",
        model: "one/model",
      });
      const ignoring = setUp([{}], { unknownPrice: "ignore" }, null, models);
      expect((await run(ignoring.clock, ignoring.router.chat(HELLO))).route).not.toHaveProperty("costUsd");
    }
  });
});

describe("a store that can't be reached", () => {
  const broken: BudgetStore[] = [
    { add: () => Promise.reject(new Error("gone")) },
    { add: () => new Promise(() => {}) },
    {
      add: () => {
        throw new Error("gone");
      },
    },
  ];

  test.each(broken.map((store) => [store]))("refuses, or is ignored", async (store) => {
    const refusing = setUp([{}], { store });
    await expect(run(refusing.clock, refusing.router.chat(HELLO))).rejects.toMatchObject({
      kind: "ServiceUnavailable",
      message: expect.stringContaining("budget"),
    });
    expect(refusing.one.asked).toHaveLength(0);
    const ignoring = setUp([{}], { store, onUnavailable: "ignore" });
    expect((await run(ignoring.clock, ignoring.router.chat(HELLO))).content).toBe("one");
    expect(ignoring.events).toContainEqual(expect.objectContaining({ type: "budget", problem: "store" }));
    expect(ignoring.clock.timers).toBe(0);
  });
});

test("whatever happens, no more is set aside at once than the budget has, and all that is set aside is settled", async () => {
  const turn = fc.record({
    afterMs: fc.nat(100),
    kind: fc.constantFrom("answer", "silent", "refused", "broken"),
    tokens: fc.nat(60),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 30 }), async (turns) => {
      const clock = new TestClock();
      const memory = createMemoryBudgetStore(clock);
      let most = 0;
      const store: BudgetStore = {
        add: async (entry) => {
          const sum = await memory.add(entry);
          most = Math.max(most, sum.spentUsd);
          return sum;
        },
      };
      const provider = new FakeProvider({
        clock,
        turns: turns.map(({ afterMs, kind, tokens }) => ({
          afterMs,
          ...(kind === "answer" && { answer: { usage: usage(0, Math.min(47, tokens)) } }),
          ...(kind === "refused" && { error: new LlmError("InvalidRequest", "bad", { status: 400 }) }),
          ...(kind === "broken" && { error: new LlmError("InvalidResponse", "bad", { status: 200 }) }),
        })),
      });
      const router = createRouter([{ provider, price: PRICE }], {
        clock,
        budget: { maxCostUsd: 1, store },
        maxRetries: 0,
      });
      const calls = turns.map(() => router.chat(HELLO, ask));
      await run(clock, Promise.allSettled(calls));
      await clock.advance(0);
      expect(most).toBeLessThanOrEqual(1 + 1e-9);
      const kept = turns.slice(0, provider.asked.length).reduce((sum, { kind, tokens }) => {
        if (kind === "answer") return sum + Math.min(47, tokens) * 0.002;
        return kind === "refused" ? sum : sum + RESERVED;
      }, 0);
      const { spentUsd } = await memory.add({ key: "router", usd: 0, periodMs: 1000 });
      expect(spentUsd).toBeCloseTo(kept);
    }),
    { numRuns: 50 },
  );
});

describe.skipIf(!hasRedisServer && redisUrl === undefined)("in Redis", () => {
  let redis: TestRedis | undefined;
  let url = redisUrl ?? "";
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    if (redisUrl === undefined) {
      redis = await startRedis();
      url = `redis://127.0.0.1:${redis.port}`;
    }
  });
  afterAll(async () => {
    for (const close of closing) await close();
    await redis?.stop();
  });

  const clients = {
    ioredis: async () => {
      const client = new Redis(url);
      closing.push(() => client.disconnect());
      return client;
    },
    redis: async () => {
      const client = createClient({ url });
      await client.connect();
      closing.push(() => client.close());
      return client;
    },
  };

  test.each(Object.keys(clients) as (keyof typeof clients)[])(
    "%s holds one sum for all, for a period",
    async (name) => {
      const store = createRedisBudgetStore({
        client: await clients[name](),
        prefix: `test:${crypto.randomUUID()}`,
      });
      const other = { key: "a", periodMs: 300, maxUsd: 1 };
      const first = await store.add({ ...other, usd: 0.75 });
      expect(first).toMatchObject({ added: true, spentUsd: 0.75 });
      expect(first.resetMs).toBeGreaterThan(0);
      expect(await store.add({ ...other, usd: 0.5 })).toMatchObject({ added: false, spentUsd: 0.75 });
      expect(await store.add({ ...other, usd: -0.5, period: first.period })).toMatchObject({
        added: true,
        spentUsd: 0.25,
      });
      expect(await store.add({ ...other, usd: 1e-7 })).toMatchObject({ added: true, spentUsd: 0.2500001 });
      await new Promise((resolve) => setTimeout(resolve, first.resetMs + 50));
      // What an earlier period set aside changes nothing in this one.
      expect(await store.add({ ...other, usd: -0.2, period: first.period })).toMatchObject({
        added: false,
        spentUsd: 0,
      });
      const sums = await Promise.all(
        Array.from({ length: 50 }, () => store.add({ ...other, usd: 0.1, periodMs: 60_000 })),
      );
      expect(sums.filter(({ added }) => added)).toHaveLength(10);
    },
  );

  test.each([Number.POSITIVE_INFINITY, 1e22, 0.5])(
    "a period of %s ms is taken as it is meant",
    async (periodMs) => {
      const client = await clients.ioredis();
      const store = createRedisBudgetStore({ client, prefix: `test:${crypto.randomUUID()}` });
      const first = await store.add({ key: "a", usd: 0.5, periodMs, maxUsd: Number.POSITIVE_INFINITY });
      expect(first).toMatchObject({ added: true, spentUsd: 0.5 });
      if (periodMs < 1) expect(first.resetMs).toBeLessThanOrEqual(1);
      else expect(first.resetMs).toBeGreaterThan(1e15);
    },
  );

  test("a settlement begins no period, and a sum without end ends when the setting is changed", async () => {
    const stores = [
      createMemoryBudgetStore(),
      createRedisBudgetStore({ client: await clients.ioredis(), prefix: `test:${crypto.randomUUID()}` }),
    ];
    for (const store of stores) {
      const late = await store.add({ key: "a", usd: -0.1, periodMs: 60_000, period: "gone" });
      expect(late).toMatchObject({ added: false, spentUsd: 0, resetMs: 0 });
      const begun = await store.add({ key: "a", usd: 0.5, periodMs: Number.POSITIVE_INFINITY });
      expect(begun).toMatchObject({ added: true, spentUsd: 0.5, resetMs: Number.POSITIVE_INFINITY });
      const changed = await store.add({ key: "a", usd: 0.1, periodMs: 60_000 });
      expect(changed.spentUsd).toBeCloseTo(0.6);
      expect(changed.resetMs).toBeLessThanOrEqual(60_000);
      expect(changed.resetMs).toBeGreaterThan(0);
    }
  });

  test("anything that is no client is a ConfigError", () => {
    expect(() => createRedisBudgetStore({ client: {} as never })).toThrow(/ioredis or redis/);
  });

  test("routers in several processes spend one budget", async () => {
    const prefix = `test:${crypto.randomUUID()}`;
    const routers = await Promise.all(
      [clients.ioredis, clients.redis].map(async (connect) => {
        const clock = new TestClock();
        const provider = new FakeProvider({ clock, turns: [{ answer: { usage: usage(6, 47) } }] });
        const store = createRedisBudgetStore({ client: await connect(), prefix });
        return {
          clock,
          router: createRouter([{ provider, price: PRICE }], { clock, budget: { maxCostUsd: 1, store } }),
        };
      }),
    );
    const calls = routers.flatMap(({ router }) => Array.from({ length: 10 }, () => router.chat(HELLO, ask)));
    const ended = Promise.allSettled(calls);
    let pending = true;
    ended.then(() => {
      pending = false;
    });
    while (pending) for (const { clock } of routers) await clock.advance(0);
    expect((await ended).filter(({ status }) => status === "fulfilled")).toHaveLength(10);
  });
});

test("a failure in Redis' own words is told as the cause", async () => {
  const client = {
    call: () => Promise.reject(new Error("READONLY You can't write against a read only replica")),
  };
  const { clock, router } = setUp([{}], { store: createRedisBudgetStore({ client }) });
  const fault = await run(clock, router.chat(HELLO)).catch((error: unknown) => error);
  expect(fault).toMatchObject({ kind: "ServiceUnavailable", cause: { message: /READONLY/ } });
});

describe("what is set aside", () => {
  const setAside = async (messages: Message[], options: ChatOptions) => {
    const clock = new TestClock();
    const store = createMemoryBudgetStore(clock);
    const provider = new FakeProvider({ clock, turns: [{ afterMs: 10 }] });
    const price = { prompt: 1, completion: 1000 };
    const router = createRouter([{ provider, price }], { clock, budget: { maxCostUsd: 1e9, store } });
    const call = router.chat(messages, options);
    await clock.advance(1);
    const { spentUsd } = await store.add({ key: "router", usd: 0, periodMs: 1 });
    await run(clock, call);
    return spentUsd;
  };

  test.each<[string, Message[], ChatOptions, number]>([
    ["each of several choices", HELLO, { maxTokens: 47, n: 5 }, 6 + 5 * 47_000],
    ["1,024 tokens where nobody says", HELLO, {}, 6 + 1_024_000],
    [
      "other alphabets at their length",
      [{ role: "user", content: "塞纳河" }],
      { maxTokens: 1 },
      4 + 3 + 1000,
    ],
    [
      "tools and their calls",
      [
        {
          role: "assistant",
          content: null,
          toolCalls: [
            {
              id: "1",
              type: "function",
              function: { name: "f", arguments: {}, rawArguments: "x".repeat(400) },
            },
          ],
        },
      ],
      { maxTokens: 1, tools: [{ type: "raw", tool: { type: "y".repeat(400) } }] },
      4 + 100 + 108 + 1000,
    ],
    [
      "what an assistant reasoned, and the names of what it called",
      [
        {
          role: "assistant",
          content: null,
          reasoning: "z".repeat(400),
          toolCalls: [
            {
              id: "1",
              type: "function",
              function: { name: "f".repeat(400), arguments: {}, rawArguments: "{}" },
            },
          ],
        },
      ],
      { maxTokens: 1 },
      4 + 100 + 100 + 1000,
    ],
    ["nothing below zero", HELLO, { maxTokens: -1e6, n: Number.NaN }, 6 + 1_024_000],
  ])("%s", async (_, messages, options, usd) => {
    expect(Math.abs((await setAside(messages, options)) - usd)).toBeLessThanOrEqual(2);
  });

  test("is given back where the store answers too late", async () => {
    const clock = new TestClock();
    const memory = createMemoryBudgetStore(clock);
    const store: BudgetStore = {
      add: (entry) =>
        new Promise((resolve) => {
          const sum = memory.add(entry);
          clock.setTimer(() => resolve(sum), entry.usd > 0 ? 1500 : 0);
        }),
    };
    for (const onUnavailable of ["refuse", "ignore"] as const) {
      const provider = new FakeProvider({ clock, turns: [{ answer: { usage: usage(10, 10) } }] });
      const options = { clock, budget: { maxCostUsd: 1, store, onUnavailable } };
      const call = createRouter([{ provider, price: PRICE }], options).chat(HELLO, ask);
      expect((await Promise.allSettled([run(clock, call)]))[0]?.status).toBe(
        onUnavailable === "refuse" ? "rejected" : "fulfilled",
      );
      await clock.advance(2000);
      expect(await memory.add({ key: "router", usd: 0, periodMs: 1 })).toMatchObject({ spentUsd: 0 });
    }
  });

  test("but what a call cost stands, however late the store takes it", async () => {
    const clock = new TestClock();
    const memory = createMemoryBudgetStore(clock);
    const store: BudgetStore = {
      add: (entry) => {
        const sum = memory.add(entry);
        return new Promise((resolve) =>
          clock.setTimer(() => resolve(sum), entry.maxUsd === undefined ? 1500 : 0),
        );
      },
    };
    const provider = new FakeProvider({ clock, turns: [{ answer: { usage: usage(100, 50) } }] });
    const router = createRouter([{ provider, price: PRICE }], { clock, budget: { maxCostUsd: 1, store } });
    await run(clock, router.chat(HELLO, ask));
    await clock.drain();
    expect((await memory.add({ key: "router", usd: 0, periodMs: 1 })).spentUsd).toBeCloseTo(0.2);
  });

  test("is given back where the call ended meanwhile, once", async () => {
    const clock = new TestClock();
    const memory = createMemoryBudgetStore(clock);
    const entries: number[] = [];
    const store: BudgetStore = {
      add: (entry) => {
        entries.push(entry.usd);
        const sum = memory.add(entry);
        return new Promise((resolve) => clock.setTimer(() => resolve(sum), 100));
      },
    };
    const provider = new FakeProvider({ clock });
    const router = createRouter([{ provider, price: PRICE }], { clock, budget: { maxCostUsd: 1, store } });
    await expect(run(clock, router.chat(HELLO, { ...ask, deadlineMs: 50 }))).rejects.toMatchObject({
      kind: "Timeout",
    });
    await clock.drain();
    expect(entries).toEqual([RESERVED, -RESERVED]);
    expect(provider.asked).toHaveLength(0);
  });
});

test.each([
  ["a cost below zero", { cost: -1000 }],
  ["a cost that is no number", { cost: Number.NaN }],
  ["tokens below zero", { usage: usage(-1_000_000, 0) }],
  ["cached tokens below zero", { usage: usage(10, 10, -1_000_000) }],
])("%s gives no money back", async (_, answer) => {
  const store = createMemoryBudgetStore();
  const { clock, router } = setUp([{ answer }], { store });
  expect((await run(clock, router.chat(HELLO, ask))).route).not.toHaveProperty("costUsd");
  expect((await store.add({ key: "router", usd: 0, periodMs: 1 })).spentUsd).toBeCloseTo(RESERVED);
});

test("a period without end is not renewed, and says so", async () => {
  const { clock, router } = setUp([{ answer: { usage: usage(500, 250) } }], {
    periodMs: Number.POSITIVE_INFINITY,
  });
  await run(clock, router.chat(HELLO, ask));
  const fault = await run(clock, router.chat(HELLO, ask)).catch((error: unknown) => error);
  expect(fault).toMatchObject({
    kind: "RateLimitExceeded",
    message: expect.stringContaining("renews never"),
  });
  expect(fault).not.toHaveProperty("retryAfterMs");
});

test.each([
  ["a connection that was never made costs nothing", { code: "ECONNREFUSED" }, 0],
  ["one that broke later may have cost", { code: "ECONNRESET" }, RESERVED],
])("%s", async (_, details, spent) => {
  const store = createMemoryBudgetStore();
  const error = new LlmError("ServiceUnavailable", "gone", details);
  const { clock, router } = setUp([{ error }], { store });
  await expect(run(clock, router.chat(HELLO, ask))).rejects.toBe(error);
  expect((await store.add({ key: "router", usd: 0, periodMs: 1 })).spentUsd).toBeCloseTo(spent);
});

test("a stream that breaks off after it told its usage costs that", async () => {
  const clock = new TestClock();
  const store = createMemoryBudgetStore(clock);
  const provider = new FakeProvider({ clock });
  async function* chunks(): AsyncGenerator<ChatChunk, undefined> {
    yield { type: "text", text: "x" };
    yield { type: "usage", usage: usage(100, 50) };
    throw new LlmError("ServiceUnavailable", "broke");
  }
  provider.chatStream = () =>
    Object.assign(chunks(), {
      response: new Promise<never>(() => {}),
      text: async () => "",
      cancel: () => {},
    }) as unknown as ChatStream;
  const router = createRouter([{ provider, price: PRICE }], { clock, budget: { maxCostUsd: 1, store } });
  await expect(run(clock, router.chatStream(HELLO, ask).response)).rejects.toMatchObject({
    message: "broke",
  });
  expect((await store.add({ key: "router", usd: 0, periodMs: 1 })).spentUsd).toBeCloseTo(0.2);
});

test("what a call set aside in a period that is over changes nothing in the next", async () => {
  for (const [prompt, completion] of [
    [0, 0],
    [100, 50],
  ] as const) {
    const clock = new TestClock();
    const store = createMemoryBudgetStore(clock);
    const answer = { usage: usage(prompt, completion) };
    const provider = new FakeProvider({ clock, turns: [{ afterMs: 150, answer }, { afterMs: 10 }] });
    const options = { clock, budget: { maxCostUsd: 1, store, periodMs: 100 } };
    const router = createRouter([{ provider, price: PRICE }], options);
    const old = router.chat(HELLO, ask);
    await clock.advance(145);
    // Begins the next period.
    const next = router.chat(HELLO, ask);
    await clock.advance(8);
    await old;
    expect((await store.add({ key: "router", usd: 0, periodMs: 100 })).spentUsd).toBeCloseTo(RESERVED);
    await run(clock, next);
  }
});

test("prices that can't be read are asked for once in half a minute, and once for calls at the same time", async () => {
  const { clock, router, one } = setUp([{}], {}, null);
  const calls = [1, 2, 3].map(() => router.chat(HELLO));
  await run(clock, Promise.allSettled(calls));
  await run(clock, Promise.allSettled([router.chat(HELLO)]));
  expect(one.listed).toBe(1);
  await clock.advance(30_000);
  await run(clock, Promise.allSettled([router.chat(HELLO)]));
  expect(one.listed).toBe(2);
});

test("the store in memory adds nothing to a period that is over", async () => {
  const clock = new TestClock();
  const store = createMemoryBudgetStore(clock);
  const entry = { key: "a", periodMs: 100 };
  const { period } = await store.add({ ...entry, usd: 1 });
  await clock.advance(100);
  expect(await store.add({ ...entry, usd: 1, period })).toMatchObject({ added: false, spentUsd: 0 });
});
