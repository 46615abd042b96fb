import { describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import {
  type BudgetStore,
  createMemoryBudgetStore,
  createRouter,
  type RouterEvent,
  routeOf,
} from "../../src/router/index.ts";
import { type FakeOptions, FakeProvider, HELLO, type Turn, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

function setUp(turns: Turn[], others: Turn[], options: Partial<FakeOptions> = {}) {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns, ...options });
  const two = new FakeProvider({ clock, name: "two", turns: others });
  const events: RouterEvent[] = [];
  const router = createRouter([one, two], {
    clock,
    hedgeAfterMs: 100,
    random: () => 1,
    onEvent: (event) => events.push(event),
  });
  return { clock, one, two, router, events };
}

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

describe("a second candidate is asked", () => {
  test("when the first is slow; who answers first wins, and the other is closed", async () => {
    const { clock, one, two, router, events } = setUp([{ afterMs: 1000 }], [{ afterMs: 50 }]);
    const response = await run(clock, router.chat(HELLO));
    expect(response.content).toBe("two");
    expect(clock.now()).toBe(150);
    expect([one.closed, one.active, two.active]).toEqual([1, 0, 0]);
    expect(response.route).toEqual({
      answeredBy: "two",
      asked: [
        { candidate: "one", outcome: "outrun", atMs: 0, durationMs: 150 },
        { candidate: "two", outcome: "answered", atMs: 100, durationMs: 50, hedge: true },
      ],
    });
    expect(events.map(({ type }) => type)).toEqual(["asked", "changed", "asked", "outrun", "answered"]);
    expect(clock.timers).toBe(0);
  });

  test("and the first may still win", async () => {
    const { clock, two, router } = setUp([{ afterMs: 120 }], [{ afterMs: 50 }]);
    expect((await run(clock, router.chat(HELLO))).content).toBe("one");
    expect(two.closed).toBe(1);
    expect(router.candidates.map(({ active }) => active)).toEqual([0, 0]);
  });

  test("not when the first is quick, nor a third", async () => {
    const { clock, two, router } = setUp([{ afterMs: 90 }], [{}]);
    await run(clock, router.chat(HELLO));
    expect(two.asked).toHaveLength(0);
    expect(clock.timers).toBe(0);
  });

  test("and where it fails, the first goes on", async () => {
    const { clock, router } = setUp([{ afterMs: 250 }], [{ error: unavailable() }]);
    const response = await run(clock, router.chat(HELLO));
    expect(response.content).toBe("one");
    expect(response.route.asked.map(({ outcome }) => outcome)).toEqual(["answered", "failed"]);
  });

  test("and where both fail, the next round asks them again", async () => {
    const { clock, router } = setUp(
      [{ afterMs: 200, error: unavailable() }, { afterMs: 10 }],
      [{ afterMs: 200, error: unavailable() }, { afterMs: 2000 }],
    );
    const response = await run(clock, router.chat(HELLO));
    expect(response.route.asked.map(({ candidate }) => candidate).slice(0, 2)).toEqual(["one", "two"]);
    expect(response.route.asked.length).toBeGreaterThan(2);
  });

  const bad = new LlmError("InvalidRequest", "bad", { status: 400 });
  test("and where that finds the call invalid, the first still answers", async () => {
    const { clock, one, router } = setUp([{ afterMs: 300 }], [{ error: bad }]);
    for (let call = 0; call < 7; call++) {
      const { content, route } = await run(clock, router.chat(HELLO));
      expect(content).toBe("one");
      expect(route.asked.map(({ outcome }) => outcome)).toEqual(["answered", "failed"]);
    }
    expect(one.closed).toBe(0);
    expect(router.candidates[0]?.restMs).toBe(0);
  });

  test("and the second answers, where the first finds the call invalid meanwhile", async () => {
    const { clock, router } = setUp([{ afterMs: 200, error: bad }], [{ afterMs: 300 }]);
    expect((await run(clock, router.chat(HELLO))).content).toBe("two");
  });

  test("and an error that ends the call ends it when nobody is at work on it any more", async () => {
    const { clock, one, two, router, events } = setUp(
      [{ afterMs: 300, error: unavailable() }],
      [{ error: bad }],
    );
    await expect(run(clock, router.chat(HELLO))).rejects.toBe(bad);
    expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
    expect(events.map(({ type }) => type)).not.toContain("outrun");
  });

  test("and a call that is cancelled leaves both, at no cost to a breaker", async () => {
    const { clock, router, events } = setUp([{ afterMs: Infinity }], [{ afterMs: Infinity }]);
    for (let call = 0; call < 6; call++) {
      const error = await run(clock, router.chat(HELLO, { deadlineMs: 500 })).catch(
        (fault: unknown) => fault,
      );
      expect(routeOf(error)?.asked.map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
    }
    expect(router.candidates.map(({ restMs }) => restMs)).toEqual([0, 0]);
    expect(events.map(({ type }) => type)).not.toContain("outrun");
  });

  test("of a stream when its first chunk is late", async () => {
    const { clock, one, router } = setUp([{ afterMs: 1000 }], [{ afterMs: 50 }]);
    const stream = router.chatStream(HELLO);
    expect(await run(clock, stream.text())).toBe("two");
    expect((await stream.response).route.asked.map(({ outcome }) => outcome)).toEqual(["outrun", "answered"]);
    expect([one.closed, one.active]).toEqual([1, 0]);
    expect(clock.timers).toBe(0);
  });

  test("at once, where the second fails while the first is still at work", async () => {
    const clock = new TestClock();
    const providers = [{ afterMs: 1000 }, { afterMs: 10, error: unavailable() }, { afterMs: 10 }].map(
      (turn, place) => new FakeProvider({ clock, name: `p${place}`, turns: [turn] }),
    );
    const router = createRouter(providers, { clock, hedgeAfterMs: 100 });
    expect((await run(clock, router.chat(HELLO))).content).toBe("p2");
    expect(providers.map(({ askedAt }) => askedAt)).toEqual([[0], [100], [110]]);
  });

  test("and of two errors that end the call the first is told", async () => {
    const other = new LlmError("InvalidRequest", "also bad", { status: 400 });
    const { clock, router } = setUp([{ afterMs: 300, error: other }], [{ error: bad }]);
    await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({ message: bad.message });
  });

  test("also while a call waits for its own next try", async () => {
    const { clock, two, router } = setUp(
      [{ error: unavailable() }, { afterMs: 1000 }],
      [{ error: unavailable() }, {}],
    );
    const waits = router.chat(HELLO);
    await clock.advance(10);
    const slow = router.chat(HELLO);
    await clock.advance(110);
    expect(two.askedAt).toEqual([0, 110]);
    expect((await slow).content).toBe("two");
    await run(clock, waits);
  });

  test("but not before a call that waits for the end of its rest", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({
      clock,
      name: "one",
      turns: [{ afterMs: 5000 }],
      windows: [{ periodMs: 60_000, calls: 1 }],
    });
    const two = new FakeProvider({ clock, name: "two", turns: [{ error: unavailable() }, {}] });
    const router = createRouter([two, one], { clock, hedgeAfterMs: 1000, breaker: { failures: 1 } });
    const slow = router.chat(HELLO, { user: "slow" });
    await clock.advance(50);
    const waits = router.chat(HELLO, { user: "waits" });
    await run(clock, Promise.all([slow, waits]));
    expect(two.asked.map(({ user }) => user).slice(0, 2)).toEqual(["slow", "waits"]);
    expect(two.askedAt.slice(0, 2)).toEqual([0, 1000]);
  });

  test("but not there where a large call waits for room", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({
      clock,
      name: "one",
      windows: [{ periodMs: 60_000, calls: 1 }],
      turns: [{ afterMs: 300 }],
    });
    const two = new FakeProvider({ clock, name: "two" });
    const chat = two.chat.bind(two);
    two.chat = async (messages, options) => {
      if (options?.user === "large" && clock.now() < 500)
        throw new LlmError("RateLimitExceeded", "no room", { retryAfterMs: 500 - clock.now() });
      return chat(messages, options);
    };
    const router = createRouter([one, two], { clock, hedgeAfterMs: 100 });
    const slow = router.chat(HELLO, { user: "slow" });
    await clock.advance(10);
    const large = router.chat(HELLO, { user: "large" });
    await run(clock, Promise.all([slow, large]));
    expect(two.asked.map(({ user }) => user)).toEqual(["large"]);
    expect((await slow).content).toBe("one");
  });

  test("but not before those that wait in line, and not where its limit leaves no room", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: 1000 }] });
    const two = new FakeProvider({ clock, name: "two", windows: [{ periodMs: 60_000, calls: 1 }] });
    const router = createRouter([one, two], { clock, hedgeAfterMs: 100 });
    await run(clock, two.chat(HELLO));
    await run(clock, router.chat(HELLO));
    expect(two.asked).toHaveLength(1);
  });
});

describe("what the loser costs", () => {
  test("in its limiter: nothing where it was not sent, and one call where it was", async () => {
    const windows = [{ periodMs: 60_000, calls: 10, tokens: 1000 }];
    const { clock, one, router } = setUp([{ afterMs: Infinity }], [{ afterMs: 10 }], {
      windows,
      tokens: 100,
    });
    await run(clock, router.chat(HELLO));
    expect(one.rateLimitState).toMatchObject({ active: 0, waiting: 0, windows: [{ calls: { used: 1 } }] });
  });

  test("in a budget: what was set aside for it, beside what the answer cost", async () => {
    const clock = new TestClock();
    const store = createMemoryBudgetStore(clock);
    const usage = { promptTokens: 100, completionTokens: 100, totalTokens: 200 };
    const providers = [{ afterMs: Infinity }, { afterMs: 10, answer: { usage } }].map(
      (turn, place) => new FakeProvider({ clock, name: `p${place}`, turns: [turn] }),
    );
    const price = { prompt: 0.001, completion: 0.002 };
    const router = createRouter(
      providers.map((provider) => ({ provider, price })),
      { clock, hedgeAfterMs: 100, budget: { maxCostUsd: 10, store } },
    );
    const { route } = await run(clock, router.chat(HELLO, { maxTokens: 47 }));
    expect(route.costUsd).toBeCloseTo(0.3);
    expect((await store.add({ key: "router", usd: 0, periodMs: 1 })).spentUsd).toBeCloseTo(0.3 + 0.1);
  });

  test("to its breaker: a row of calls without an answer is trouble, and it rests", async () => {
    const { clock, one, router } = setUp([{ afterMs: Infinity }], [{ afterMs: 10 }]);
    for (let call = 0; call < 4; call++) await run(clock, router.chat(HELLO));
    expect(router.candidates[0]?.restMs).toBe(0);
    await run(clock, router.chat(HELLO));
    expect(router.candidates[0]?.restMs).toBeGreaterThan(0);
    await run(clock, router.chat(HELLO));
    expect(one.asked).toHaveLength(5);
  });

  test("to the breaker of a second: nothing, as it had less time", async () => {
    const { clock, two, router } = setUp([{ afterMs: 150 }], [{ afterMs: Infinity }]);
    for (let call = 0; call < 8; call++) await run(clock, router.chat(HELLO));
    expect(two.asked).toHaveLength(8);
    expect(router.candidates[1]?.restMs).toBe(0);
  });

  test("and nothing, where the store of the budget was slow", async () => {
    const clock = new TestClock();
    const providers = ["one", "two"].map((name) => new FakeProvider({ clock, name }));
    let asked = 0;
    const sum = { added: true, spentUsd: 0, resetMs: 1000, period: "1" };
    const store: BudgetStore = {
      add: ({ maxUsd }) => (maxUsd !== undefined && asked++ % 2 === 0 ? new Promise(() => {}) : sum),
    };
    const router = createRouter(
      providers.map((provider) => ({ provider, price: { prompt: 0.001 } })),
      { clock, hedgeAfterMs: 100, budget: { maxCostUsd: 1, store, storeTimeoutMs: 60_000 } },
    );
    for (let call = 0; call < 6; call++) {
      const chat = router.chat(HELLO);
      await clock.advance(100);
      expect((await chat).route.answeredBy).toBe("two");
    }
    expect(router.candidates[0]?.restMs).toBe(0);
  });

  test("and nothing, where it answers now and then", async () => {
    const turn = (call: number) => ({ afterMs: call % 4 === 3 ? 10 : Infinity });
    const { clock, router } = setUp(
      Array.from({ length: 12 }, (_, call) => turn(call)),
      [{ afterMs: 10 }],
    );
    for (let call = 0; call < 12; call++) await run(clock, router.chat(HELLO));
    expect(router.candidates[0]?.restMs).toBe(0);
  });
});
