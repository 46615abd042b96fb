/** What bounds a call: refused where it is none, told in words that are true, and nobody's fault but the caller's. */
import { describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import { createRouter, type RouterOptions, routeOf } from "../../src/router/index.ts";
import { failure } from "../provider/stream/harness.ts";
import { type FakeOptions, FakeProvider, HELLO, type Turn, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

describe("a call's own", () => {
  test.each<[string, unknown]>([
    ["deadlineMs", Number.NaN],
    ["deadlineMs", 0],
    ["deadlineMs", -1],
    ["maxRetries", -1],
    ["maxRetries", "3"],
    ["maxWaitMs", -1],
    ["maxQueueMs", "x"],
    ["priority", Number.NaN],
  ])("%s of %s is InvalidRequest, and nobody is asked", async (name, value) => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one" });
    const router = createRouter([one], { clock });
    const options = { [name]: value };
    const refused = { kind: "InvalidRequest", param: name };
    expect(await failure(router.chat(HELLO, options))).toMatchObject(refused);
    expect(await failure((async () => router.chatStream(HELLO, options).text())())).toMatchObject(refused);
    expect(one.asked).toEqual([]);
  });
});

describe("at creation", () => {
  const provider = new FakeProvider({ clock: new TestClock(), name: "one" });
  test.each<[string, unknown, object]>([
    ["onError.Foo: not known", provider, { onError: { Foo: "next" } }],
    ["onError.Timeout: expected next", provider, { onError: { Timeout: "nxt" } }],
    ["deadlineMs: expected milliseconds above 0", provider, { deadlineMs: 0 }],
    [
      'candidates[0].options.modle: not known; did you mean "model"',
      { provider, options: { modle: "x" } },
      {},
    ],
    ["candidates[0].options.signal: belongs to the call", { provider, options: { signal: 1 } }, {}],
    ["candidates[0].embedOptions.tools: not known", { provider, embedOptions: { tools: [] } }, {}],
  ])("%s", (words, candidate, options) => {
    expect(() => createRouter([candidate as FakeProvider], options as RouterOptions)).toThrow(words);
  });
});

test("while a probe is at work, who may not wait longer is told so, and no time that nobody knows", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({
    clock,
    name: "one",
    turns: [{ error: unavailable() }, { afterMs: 60_000 }],
  });
  const router = createRouter([one], { clock, maxRetries: 0, breaker: { failures: 1, restMs: 1000 } });
  const first = failure(router.chat(HELLO));
  await clock.drain();
  await first;
  await clock.advance(1000);
  const probe = router.chat(HELLO);
  const waiting = failure(router.chat(HELLO, { maxWaitMs: 100 }));
  await clock.advance(100);
  const error = await waiting;
  expect(error).toMatchObject({ kind: "ServiceUnavailable", retryable: true });
  expect(error).toHaveProperty("message", expect.stringContaining("one call tries the first"));
  expect((error as LlmError).retryAfterMs).toBeUndefined();
  await clock.drain();
  await probe;
});

test("a deadline that a nested router meets first is the call's: cancelled, whole milliseconds, no failure of its breaker", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: Number.POSITIVE_INFINITY }] });
  // Its timers come a little before those of the outer.
  const early = {
    now: () => clock.now(),
    setTimer: (fn: () => void, ms: number) => clock.setTimer(fn, ms - 1),
  };
  const inner = createRouter([one], { clock: early, name: "inner" });
  const router = createRouter([inner], { clock, breaker: { failures: 1 } });
  const call = failure(router.chat(HELLO, { deadlineMs: 199.825 }));
  await clock.drain();
  const error = await call;
  expect(error).toMatchObject({ kind: "Timeout", timeout: "deadline" });
  expect(error).toHaveProperty("message", expect.stringContaining("deadline of 200 ms"));
  expect(routeOf(error)?.asked.map(({ outcome }) => outcome)).toEqual(["cancelled"]);
  expect(router.candidates[0]?.restMs).toBe(0);
});

describe("waits of a call", () => {
  const down = (details = {}) => ({ error: unavailable(details) });
  function alone(turns: Turn[], options: RouterOptions = {}, more: Partial<FakeOptions> = {}) {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns, ...more });
    const router = createRouter([one], { clock, random: () => 1, breaker: { failures: 1000 }, ...options });
    return { clock, one, router };
  }

  test.each<[string, RouterOptions, object, number[]]>([
    ["after failures count together", { maxWaitMs: 1200 }, {}, [0, 500]],
    ["that are too long are not begun", { maxWaitMs: 100 }, {}, [0]],
    ["are as long as the server says, also shorter", {}, { retryAfterMs: 50 }, [0, 50, 100]],
    ["are spread by chance", { random: () => 0.5 }, {}, [0, 250, 750]],
    [
      "grow up to eight seconds",
      { maxRetries: 7, maxWaitMs: 1e6 },
      {},
      [0, 500, 1500, 3500, 7500, 15_500, 23_500, 31_500],
    ],
  ])("%s", async (_, options, details, askedAt) => {
    const { clock, one, router } = alone([down(details)], options);
    const call = failure(router.chat(HELLO));
    await clock.drain();
    expect(await call).toMatchObject({ kind: "ServiceUnavailable" });
    expect(one.askedAt).toEqual(askedAt);
    expect(clock.now()).toBe(askedAt.at(-1));
  });

  test("at limits count together", async () => {
    const windows = [{ periodMs: 600, calls: 1 }];
    const { clock, one, router } = alone([{}, down()], { maxQueueMs: 1000 }, { windows });
    const calls = [router.chat(HELLO), failure(router.chat(HELLO))];
    await clock.drain();
    expect((await Promise.all(calls))[1]).toMatchObject({ kind: "ServiceUnavailable" });
    expect(one.askedAt).toEqual([0, 600]);
    expect(clock.now()).toBe(600);
  });

  /** Refuses calls of user "large" before `until`. */
  function refusing(until: number, says: boolean, turns: Turn[] = [{}]) {
    const { clock, one, router } = alone(turns);
    const chat = one.chat.bind(one);
    const asked: [string, number][] = [];
    one.chat = async (messages, options) => {
      asked.push([options?.user ?? "", clock.now()]);
      if (options?.user === "large" && clock.now() < until) {
        const retryAfterMs = says ? until - clock.now() : undefined;
        throw new LlmError("RateLimitExceeded", "no room", { retryable: true, retryAfterMs });
      }
      return chat(messages, options);
    };
    return { clock, one, router, asked };
  }

  test("for room that a limiter says are bounded as those at limits", async () => {
    const { clock, router, asked } = refusing(500, true);
    const waits = router.chat(HELLO, { user: "large", maxWaitMs: 0 });
    const refused = failure(router.chat(HELLO, { user: "large", maxQueueMs: 100 }));
    await clock.advance(0);
    expect(await refused).toMatchObject({ kind: "RateLimitExceeded", retryAfterMs: 500 });
    await clock.drain();
    expect((await waits).content).toBe("one");
    expect(asked.at(-1)).toEqual(["large", 500]);
  });

  test("of a call that is ended are no longer those of who stands behind it", async () => {
    const { clock, router, asked } = refusing(10_000, true);
    const controller = new AbortController();
    const large = failure(router.chat(HELLO, { user: "large", signal: controller.signal }));
    await clock.advance(10);
    const small = router.chat(HELLO, { user: "small" });
    await clock.advance(90);
    controller.abort();
    await clock.advance(0);
    expect(await large).toMatchObject({ kind: "Cancelled" });
    expect((await small).content).toBe("one");
    expect(asked.at(-1)).toEqual(["small", 100]);
  });

  test("after a failure hold up nobody behind it, also where its limiter refused it before", async () => {
    const { clock, router, asked } = refusing(100, true, [down(), {}]);
    const large = router.chat(HELLO, { user: "large" });
    await clock.advance(200);
    const small = router.chat(HELLO, { user: "small" });
    await clock.drain();
    await Promise.all([large, small]);
    expect(asked).toEqual([
      ["large", 0],
      ["large", 100],
      ["small", 200],
      ["large", 600],
    ]);
  });

  test("for a limiter that refuses and does not say when grow, so it is not asked over and over", async () => {
    const { clock, router, asked } = refusing(5000, false);
    const call = router.chat(HELLO, { user: "large" });
    await clock.drain();
    expect((await call).content).toBe("one");
    expect(asked.length).toBeLessThan(20);
  });
});

test("of what is not retryable and what is, the latter is told, though it asks for a long wait", async () => {
  const clock = new TestClock();
  const key = new LlmError("Authentication", "key", { status: 401 });
  const providers = [key, unavailable({ retryAfterMs: 90_000 }), key].map(
    (error, place) => new FakeProvider({ clock, name: `p${place}`, turns: [{ error }] }),
  );
  const call = failure(createRouter(providers, { clock }).chat(HELLO));
  await clock.drain();
  expect(await call).toMatchObject({ kind: "ServiceUnavailable", retryAfterMs: 90_000 });
});

describe("each kind of waiting has its own bound, whatever a call waited for when it began to", () => {
  test("who waits for room after a short rest is bounded by maxQueueMs", async () => {
    const clock = new TestClock();
    const windows = [{ periodMs: 60_000, calls: 2 }];
    const turns = [{ error: unavailable({ retryAfterMs: 1000 }) }, {}];
    const one = new FakeProvider({ clock, name: "one", windows, turns });
    const router = createRouter([one], { clock });
    const calls = [router.chat(HELLO)];
    await clock.advance(10);
    for (let more = 0; more < 6; more++) calls.push(router.chat(HELLO));
    const all = Promise.all(calls);
    all.catch(() => {});
    await clock.drain();
    expect((await all).map(({ content }) => content)).toEqual(Array(7).fill("one"));
  });

  test("rests count together against maxWaitMs, also of a call that first waited for room", async () => {
    const clock = new TestClock();
    const down = { afterMs: 500, error: unavailable({ retryAfterMs: 2500 }) };
    const one = new FakeProvider({ clock, name: "one", maxConcurrent: 1, turns: [down] });
    const router = createRouter([one], { clock, maxWaitMs: 3000, maxRetries: 0 });
    const endedAt: number[] = [];
    const calls = Array.from({ length: 9 }, () => failure(router.chat(HELLO)));
    for (const call of calls) call.then(() => endedAt.push(clock.now()));
    await clock.drain();
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ kind: "ServiceUnavailable" });
    expect(endedAt).toEqual([500, ...Array(8).fill(3500)]);
  });

  test("waits before a call asks again count as such no longer than they last, where it then waits for room", async () => {
    const clock = new TestClock();
    const turns = [{ error: unavailable() }, {}, { error: unavailable() }, {}];
    const windows = [{ periodMs: 10_000, calls: 2 }];
    const one = new FakeProvider({ clock, name: "one", windows, turns });
    const router = createRouter([one], { clock, maxWaitMs: 1000, random: () => 0.5 });
    const first = router.chat(HELLO);
    await clock.advance(100);
    const both = Promise.all([first, router.chat(HELLO)]);
    both.catch(() => {});
    await clock.drain();
    expect((await both).map(({ content }) => content)).toEqual(["one", "one"]);
    expect(one.askedAt).toEqual([0, 100, 10_000, 10_500]);
  });

  test("who has waited for rests as long as it may still waits for room elsewhere", async () => {
    const clock = new TestClock();
    const down = { error: unavailable({ retryAfterMs: 1000 }) };
    const one = new FakeProvider({ clock, name: "one", turns: [down] });
    const two = new FakeProvider({ clock, name: "two", windows: [{ periodMs: 5000, calls: 1 }] });
    const router = createRouter([two, one], { clock, maxWaitMs: 1500, maxRetries: 5, random: () => 1 });
    const calls = [router.chat(HELLO), router.chat(HELLO)];
    const all = Promise.all(calls);
    all.catch(() => {});
    await clock.drain();
    expect((await all).map(({ content }) => content)).toEqual(["two", "two"]);
    expect(two.askedAt).toEqual([0, 5000]);
  });

  test.each([
    ["rest", { maxWaitMs: 1000 }, [{ error: unavailable({ retryAfterMs: 1000 }) }, {}], {}],
    ["wait for room", { maxQueueMs: 1000 }, [{}], { windows: [{ periodMs: 1000, calls: 1 }] }],
  ])("a %s just as long as its bound is worth waiting for", async (_, options, turns: Turn[], more) => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns, ...more });
    const router = createRouter([one], { clock, ...options });
    const calls = Promise.all([router.chat(HELLO), router.chat(HELLO)]);
    calls.catch(() => {});
    await clock.drain();
    expect((await calls).map(({ content }) => content)).toEqual(["one", "one"]);
    expect(one.askedAt.at(-1)).toBe(1000);
  });
});

test("who may not wait so long for what refused it leaves that to those behind it", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", tokens: 0 });
  const chat = one.chat.bind(one);
  one.chat = async (messages, options) => {
    if (options?.user !== "large") return chat(messages, options);
    throw new LlmError("RateLimitExceeded", "no room today", { retryable: true, retryAfterMs: 86_400_000 });
  };
  const two = new FakeProvider({ clock, name: "two", windows: [{ periodMs: 60_000, calls: 1 }] });
  const router = createRouter([one, two], { clock });
  const large = [router.chat(HELLO, { user: "large" })];
  await clock.advance(10);
  large.push(router.chat(HELLO, { user: "large" }));
  await clock.advance(10);
  const small = router.chat(HELLO, { user: "small" });
  await clock.advance(10);
  expect(one.askedAt).toEqual([20]);
  await clock.drain();
  expect((await small).content).toBe("one");
  expect((await Promise.all(large)).map(({ content }) => content)).toEqual(["two", "two"]);
});

test("a rest that ends while the line is looked through wakes it, though no time was left to wait for", async () => {
  for (let step = 1; step <= 60; step++) {
    const clock = new TestClock();
    let reads = 0;
    // Time passes between two looks at it; its timers are a little early, as a system's may be.
    const moving = {
      now: () => clock.now() + ++reads * 0.001 * step,
      setTimer: (fn: () => void, ms: number) => clock.setTimer(fn, ms - Math.min(ms, 0.05 * step)),
    };
    const one = new FakeProvider({
      clock,
      name: "one",
      turns: [{ error: unavailable({ retryAfterMs: 100 }) }, {}],
    });
    const router = createRouter([one], { clock: moving });
    const calls = [failure(router.chat(HELLO, { maxRetries: 0 }))];
    await clock.advance(1);
    const waiting = Promise.all([router.chat(HELLO), router.chat(HELLO), router.chat(HELLO)]);
    await clock.advance(200);
    expect(one.asked).toHaveLength(4);
    await Promise.all([...calls, waiting]);
  }
});
