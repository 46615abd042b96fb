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
