/** What bounds a call: refused where it is none, told in words that are true, and nobody's fault but the caller's. */
import { describe, expect, test } from "vitest";
import type { LlmError } from "../../src/provider/base/error.ts";
import { createRouter, type RouterOptions, routeOf } from "../../src/router/index.ts";
import { failure } from "../provider/stream/harness.ts";
import { FakeProvider, HELLO, unavailable } from "./fake-provider.ts";
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
