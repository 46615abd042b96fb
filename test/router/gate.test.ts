/** A candidate's own limiter as the router sees it from outside, and as a router is seen by one that has it as a candidate. */
import { describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import { createRouter } from "../../src/router/index.ts";
import { failure } from "../provider/stream/harness.ts";
import { FakeProvider, HELLO, limited, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

const PRICE = { prompt: 0.001, completion: 0.002 };
const spends = (usd: number) => ({
  answer: { usage: { promptTokens: usd * 1000, completionTokens: 0, totalTokens: usd * 1000 } },
});

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

test("a check that resolves before the state leaves room is not asked again in the same turn, and again", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one" });
  let checks = 0;
  Object.defineProperty(one, "rateLimitState", {
    get: () => ({ windows: [], active: 0, waiting: 0, nextInMs: Math.max(0, 1000 - clock.now()) }),
  });
  one.checkRateLimit = async () => {
    // Without an end the test itself would never end.
    if (++checks > 100) await new Promise(() => {});
  };
  const call = createRouter([one], { clock }).chat(HELLO);
  await clock.advance(999);
  expect(checks).toBeLessThanOrEqual(2);
  await clock.drain();
  expect((await call).content).toBe("one");
  expect(one.askedAt).toEqual([1000]);
});

test("a nested router with patience leaves the outer one to wait by a timer", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", windows: [{ periodMs: 1000, calls: 1 }] });
  let checks = 0;
  const inner = createRouter([one], { clock, patienceMs: 5000 });
  const check = inner.checkRateLimit.bind(inner);
  inner.checkRateLimit = (options) => (++checks > 100 ? new Promise(() => {}) : check(options));
  const router = createRouter([inner], { clock });
  const calls = [router.chat(HELLO), router.chat(HELLO)];
  await clock.drain();
  await Promise.all(calls);
  expect(one.askedAt).toEqual([0, 1000]);
  expect(checks).toBeLessThanOrEqual(4);
});

test("checkRateLimit waits until the budget renews, or says when that is", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns: [spends(1)] });
  const options = { clock, maxRetries: 0, budget: { maxCostUsd: 1, periodMs: 60_000 } };
  const router = createRouter([{ provider: one, price: PRICE }], options);
  const ask = () => router.chat(HELLO, { maxTokens: 1 });
  const first = ask();
  await clock.drain();
  await first;
  const refused = failure(ask());
  await clock.drain();
  await refused;
  const check = router.checkRateLimit();
  await clock.drain();
  await check;
  expect(clock.now()).toBe(60_000);
  const bounded = createRouter([{ provider: one, price: PRICE }], { ...options, maxQueueMs: 1000 });
  const spent = bounded.chat(HELLO, { maxTokens: 1 });
  await clock.drain();
  await spent;
  const late = [failure(bounded.chat(HELLO)), failure(bounded.checkRateLimit())];
  await clock.drain();
  expect((await Promise.all(late))[1]).toMatchObject({ kind: "RateLimitExceeded", retryAfterMs: 60_000 });
  expect(clock.timers).toBe(0);
});

test("a budget that was set aside whole and given back serves on as a candidate", async () => {
  const clock = new TestClock();
  const paid = new FakeProvider({ clock, name: "paid", turns: [{ afterMs: 10, ...spends(0.01) }] });
  const inner = createRouter([{ provider: paid, price: PRICE }], { clock, budget: { maxCostUsd: 1 } });
  const router = createRouter([inner, new FakeProvider({ clock, name: "free" })], { clock });
  const ask = () => router.chat(HELLO, { maxTokens: 47 });
  const calls = Array.from({ length: 11 }, ask);
  await clock.drain();
  expect((await Promise.all(calls)).map(({ content }) => content).sort()).toEqual([
    "free",
    ...Array.from({ length: 10 }, () => "paid"),
  ]);
  const next = ask();
  await clock.drain();
  expect((await next).content).toBe("paid");
});

test("of a shared budget the last refusal is believed for some seconds, since others may give money back", async () => {
  const clock = new TestClock();
  const day = 86_400_000;
  const store = { add: async () => ({ added: false, spentUsd: 1, resetMs: day, period: "1" }) };
  const one = new FakeProvider({ clock, name: "one" });
  const budget = { maxCostUsd: 1, store };
  const router = createRouter([{ provider: one, price: PRICE }], { clock, budget });
  const refused = failure(router.chat(HELLO));
  await clock.drain();
  expect(await refused).toMatchObject({ kind: "RateLimitExceeded", retryAfterMs: day });
  expect(router.rateLimitState.nextInMs).toBe(5000);
});

test("a nested router whose one candidate failed for long and whose other has room soon says soon", async () => {
  const clock = new TestClock();
  const soon = new FakeProvider({ clock, name: "soon", windows: [{ periodMs: 1000, calls: 1 }] });
  const late = new FakeProvider({ clock, name: "late", turns: [{ error: limited(30_000) }] });
  const inner = createRouter([soon, late], { clock });
  const direct = createRouter([inner], { clock, maxQueueMs: 5000, maxWaitMs: 5000 });
  const calls = Promise.allSettled([direct.chat(HELLO), direct.chat(HELLO)]);
  await clock.drain();
  expect((await calls).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(soon.askedAt).toEqual([0, 1000]);
});

test("a limiter that refuses without a time is asked again when its check resolves, not over and over", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one" });
  const chat = one.chat.bind(one);
  let asked = 0;
  one.chat = (messages, options) => {
    asked += 1;
    if (clock.now() < 5000)
      return Promise.reject(new LlmError("RateLimitExceeded", "full", { retryable: true }));
    return chat(messages, options);
  };
  one.checkRateLimit = () => new Promise((resolve) => clock.setTimer(resolve, 5000 - clock.now()));
  const call = createRouter([one], { clock }).chat(HELLO);
  await clock.drain();
  expect((await call).content).toBe("one");
  expect([asked, one.askedAt]).toEqual([2, [5000]]);
});

test("a limiter whose check fails instead of waiting is asked again when it says", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one" });
  const chat = one.chat.bind(one);
  const refuse = (details = {}) => Promise.reject(new LlmError("RateLimitExceeded", "full", details));
  one.chat = (messages, options) => (clock.now() < 200 ? refuse() : chat(messages, options));
  one.checkRateLimit = async () => {
    if (clock.now() < 200) await refuse({ retryAfterMs: 200 - clock.now() });
  };
  const call = createRouter([one], { clock }).chat(HELLO);
  await clock.drain();
  await call;
  expect(one.askedAt).toEqual([200]);
});

describe("a nested router that asked nobody", () => {
  const probing = async (maxRetries: number) => {
    const clock = new TestClock();
    const turns = [{ error: unavailable() }, { afterMs: 5000 }];
    const one = new FakeProvider({ clock, name: "one", turns });
    const inner = createRouter([one], { clock, breaker: { failures: 1 } });
    const router = createRouter([inner], { clock, maxRetries, breaker: { failures: 1 } });
    const first = failure(inner.chat(HELLO, { maxRetries: 0 }));
    await clock.advance(1000);
    await first;
    return { clock, one, router };
  };

  test("has not failed: calls wait for its probe, and its breaker stays closed", async () => {
    const { clock, one, router } = await probing(0);
    const calls = [router.chat(HELLO), router.chat(HELLO)];
    await clock.advance(100);
    expect(one.asked).toHaveLength(2);
    expect(router.candidates[0]?.restMs).toBe(0);
    await clock.drain();
    for (const { route } of await Promise.all(calls))
      expect(route.asked).toMatchObject([{ outcome: "answered" }]);
  });

  test("tells the time that it knows before one that it does not", async () => {
    const clock = new TestClock();
    const windows = [{ periodMs: 700, calls: 1 }];
    const good = new FakeProvider({ clock, name: "good", windows });
    const down = new FakeProvider({
      clock,
      name: "down",
      turns: [{ error: unavailable() }, { afterMs: 5000 }],
    });
    const router = createRouter([down, good], { clock, breaker: { failures: 1 } });
    // The first makes "down" rest; the second probes it, and "good" is full.
    await run(clock, router.chat(HELLO));
    await clock.advance(1000);
    const probe = router.chat(HELLO);
    await clock.advance(0);
    const full = good.chat(HELLO);
    await clock.advance(0);
    await full;
    const refused = failure(router.chat(HELLO, { maxQueueMs: 0, maxWaitMs: 0 }));
    await clock.advance(0);
    const error = await refused;
    expect(error).toMatchObject({ kind: "RateLimitExceeded", retryable: true });
    expect(Object(error).retryAfterMs).toBeGreaterThan(0);
    await run(clock, probe);
  });
});

test("a nested router that asked one and waits for another has failed: the try counts, and the route tells it", async () => {
  const clock = new TestClock();
  const windows = [{ periodMs: 1000, calls: 1 }];
  const good = new FakeProvider({ clock, name: "good", windows });
  const down = new FakeProvider({ clock, name: "down", turns: [{ error: unavailable() }] });
  const inner = createRouter([down, good], { clock, name: "inner" });
  const router = createRouter([inner], { clock, maxRetries: 1 });
  await run(clock, router.chat(HELLO));
  const { route } = await run(clock, router.chat(HELLO));
  expect(route.asked).toMatchObject([
    { outcome: "failed", kind: "RateLimitExceeded", route: { asked: [{ candidate: "down" }] } },
    { outcome: "answered", route: { asked: [{ candidate: "down" }, { candidate: "good" }] } },
  ]);
  expect(good.askedAt).toEqual([0, 1000]);
});

describe("a candidate of another make whose checkRateLimit", () => {
  const missing = undefined as unknown as () => Promise<void>;
  test.each<[string, () => Promise<void>]>([
    ["is not there", missing],
    ["rejects", () => Promise.reject(new Error("odd"))],
    [
      "throws",
      () => {
        throw new Error("odd");
      },
    ],
    ["is not implemented", () => Promise.reject(new LlmError("NotImplemented", "no"))],
  ])("%s holds no call longer than its state says", async (_, check) => {
    const clock = new TestClock();
    const one = new FakeProvider({
      clock,
      name: "one",
      turns: (now) => (now < 100 ? { error: unavailable({ retryAfterMs: 200 }) } : {}),
    });
    one.checkRateLimit = check;
    Object.defineProperty(one, "rateLimitState", {
      get: () => ({ windows: [], active: 0, waiting: 0, nextInMs: 0 }),
    });
    const router = createRouter([one], { clock });
    let done = 0;
    const calls = Array.from({ length: 6 }, () =>
      router.chat(HELLO).then(() => {
        done += 1;
      }),
    );
    await clock.advance(200);
    expect(done).toBe(6);
    await Promise.all(calls);
    await clock.drain();
    expect(clock.timers).toBe(0);
  });
});

describe("a refusal that no waiting ends", () => {
  /** A router whose budget of a dollar is never renewed, in another. */
  function nested(turns = [spends(0)]) {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns });
    const inner = createRouter([{ provider: one, price: PRICE }], {
      clock,
      budget: { maxCostUsd: 1, periodMs: Number.POSITIVE_INFINITY },
    });
    return { clock, router: createRouter([inner], { clock }) };
  }

  test("ends the call that is too dear at once, and holds up nobody", async () => {
    const { clock, router } = nested();
    const dear = failure(router.chat(HELLO, { maxTokens: 1000 }));
    const cheap = Array.from({ length: 5 }, () => router.chat(HELLO, { maxTokens: 1 }));
    await clock.advance(0);
    const error = await dear;
    expect(error).toMatchObject({ kind: "RateLimitExceeded", message: expect.stringContaining("never") });
    expect((error as LlmError).retryAfterMs).toBeUndefined();
    await Promise.all(cheap);
    expect(clock.now()).toBe(0);
  });

  test("is told without a time when all is spent, by its check too", async () => {
    const { clock, router } = nested([spends(1)]);
    await run(clock, router.chat(HELLO, { maxTokens: 1 }));
    for (const ask of [() => router.chat(HELLO), () => router.checkRateLimit()]) {
      const error = await run(clock, failure(ask()));
      expect(error).toMatchObject({ kind: "RateLimitExceeded", retryable: false });
      expect((error as LlmError).retryAfterMs).toBeUndefined();
      expect((error as LlmError).message).not.toContain("Infinity");
    }
    expect(clock.now()).toBe(0);
  });
});

test("one whose limiter refuses a call and does not say for how long holds up those behind it a moment at most", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one" });
  const chat = one.chat.bind(one);
  one.chat = async (messages, options) => {
    if (options?.user !== "large") return chat(messages, options);
    throw new LlmError("RateLimitExceeded", "no room");
  };
  const router = createRouter([one], { clock });
  const large = failure(router.chat(HELLO, { user: "large", maxQueueMs: 20_000 }));
  await clock.advance(5000);
  const small = Promise.all([router.chat(HELLO), router.chat(HELLO), router.chat(HELLO)]);
  await clock.advance(0);
  expect(one.askedAt).toEqual([5000, 5000, 5000]);
  await small;
  await clock.drain();
  expect(await large).toMatchObject({ kind: "RateLimitExceeded" });
  expect(clock.now()).toBeLessThanOrEqual(20_000);
});
