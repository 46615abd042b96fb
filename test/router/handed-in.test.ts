/** What the application hands to a router fails: each call ends with `LlmError`, nothing is thrown where nobody hears it. */
import { describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import { createRouter, type RouterEvent, type RouterOptions } from "../../src/router/index.ts";
import { failure } from "../provider/stream/harness.ts";
import { FakeProvider, HELLO, type Turn } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

const bug = new RangeError("a bug");
const FAILING: readonly [string, () => unknown][] = [
  [
    "throws",
    () => {
      throw bug;
    },
  ],
  ["rejects", () => Promise.reject(bug)],
  ["gives an object of nothing", () => Object.create(null)],
];
const answer: Turn = { answer: { usage: { promptTokens: 1, completionTokens: 1, totalTokens: 2 } } };
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

function routed(options: object, turns: Turn[] = [answer]) {
  const clock = new TestClock();
  const events: RouterEvent[] = [];
  const one = new FakeProvider({ clock, name: "one", turns });
  const two = new FakeProvider({ clock, name: "two" });
  const router = createRouter([{ provider: one, price: { prompt: 0.001, completion: 0.002 } }, two], {
    clock,
    onEvent: (event) => events.push(event),
    ...(options as RouterOptions),
  });
  return { router, clock, events };
}

const settled = async (clock: TestClock, work: Promise<unknown>) => {
  const outcome = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  await clock.drain();
  return outcome;
};

describe.each(FAILING)("what %s", (_, fail) => {
  test("as the budget's store is a ConfigError", async () => {
    const { router, clock } = routed({ budget: { maxCostUsd: 1, store: { add: fail } } });
    expect(await settled(clock, router.chat(HELLO))).toMatchObject({ kind: "ConfigError" });
    expect(await settled(clock, router.chatStream(HELLO).response)).toMatchObject({ kind: "ConfigError" });
  });

  test("as the settling of the budget is told", async () => {
    const sum = { added: true, spentUsd: 0, resetMs: 1000, period: "1" };
    let asked = 0;
    const store = { add: () => (asked++ === 0 ? sum : fail()) };
    const { router, clock, events } = routed({ budget: { maxCostUsd: 1, store } });
    expect(await settled(clock, router.chat(HELLO))).toBeUndefined();
    expect(events).toContainEqual(expect.objectContaining({ type: "fault", of: "budget.store" }));
  });

  test("as the order is a ConfigError, also where a timer asks for it", async () => {
    const { router, clock } = routed({ order: fail });
    expect(await settled(clock, router.chat(HELLO))).toMatchObject({ kind: "ConfigError" });
    let asked = 0;
    const order = (candidates: readonly unknown[]) => (asked++ === 0 ? candidates : fail());
    const hedged = routed({ order, hedgeAfterMs: 5 }, [{ ...answer, afterMs: 50 }]);
    const error = await settled(hedged.clock, hedged.router.chat(HELLO));
    expect(error).toMatchObject({ kind: "ConfigError", message: expect.stringContaining("order: ") });
  });

  test("as onError is a ConfigError", async () => {
    const error = new LlmError("ProviderError", "no", { status: 500 });
    const { router, clock } = routed({ onError: fail }, [{ error }]);
    expect(await settled(clock, router.chat(HELLO))).toMatchObject({ kind: "ConfigError" });
  });

  test("as a listener or random changes nothing", async () => {
    const { router, clock } = routed({ onEvent: fail, random: fail, order: "weighted" });
    expect(await settled(clock, router.chat(HELLO))).toBeUndefined();
    await pause();
  });

  test("as the clock is a ConfigError", async () => {
    const { router } = routed({ clock: { now: fail, setTimer: fail } });
    expect(await failure(router.chat(HELLO))).toMatchObject({ kind: "ConfigError" });
  });

  test("as a candidate's state is passed over", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns: [answer] });
    Object.defineProperty(one, "rateLimitState", { get: fail });
    expect(await settled(clock, createRouter([one], { clock }).chat(HELLO))).toBeUndefined();
  });
});

test("a store that can't be reached is an outage", async () => {
  const store = { add: () => Promise.reject(new Error("ECONNRESET")) };
  const { router, clock } = routed({ budget: { maxCostUsd: 1, store } });
  expect(await settled(clock, router.chat(HELLO))).toMatchObject({
    kind: "ServiceUnavailable",
    retryable: true,
  });
});

test.each([null, 5, "x", [5]])(
  "messages or options of %s are InvalidRequest or an error of a candidate",
  async (odd) => {
    const { router, clock } = routed({ budget: { maxCostUsd: 1 } });
    for (const work of [
      () => router.chat(odd as never),
      () => router.chat(HELLO, odd as never),
      () => router.embed(odd as never),
      () => router.complete("x", odd as never),
    ]) {
      expect(LlmError.is(await settled(clock, (async () => work())()))).toBe(true);
    }
  },
);

describe("a candidate of another make that resolves with", () => {
  async function* bare() {
    yield { type: "text", text: "x" };
  }
  const ODD: readonly [string, () => unknown][] = [
    ["nothing", () => undefined],
    ["a text", () => "Paris"],
    ["a generator that is no stream", bare],
    [
      "chunks that are nothing",
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => undefined }), cancel() {}, response: 1 }),
    ],
  ];
  test.each(ODD.slice(0, 2))("%s: the next answers, and a call fails with LlmError", async (_, given) => {
    const clock = new TestClock();
    const odd = new FakeProvider({ clock, name: "odd" });
    Object.assign(odd, {
      chat: async () => given(),
      complete: async () => given(),
      embed: async () => given(),
    });
    const two = new FakeProvider({ clock, name: "two" });
    expect(await settled(clock, createRouter([odd, two], { clock }).chat(HELLO))).toBeUndefined();
    const router = createRouter([odd], { clock, maxRetries: 0 });
    for (const work of [() => router.chat(HELLO), () => router.complete("x"), () => router.embed(["x"])])
      expect(await settled(clock, work())).toMatchObject({ kind: "ProviderError" });
  });

  test.each(ODD)("%s in place of a stream: the same", async (_, given) => {
    const clock = new TestClock();
    const odd = new FakeProvider({ clock, name: "odd" });
    Object.assign(odd, { chatStream: given });
    const two = new FakeProvider({ clock, name: "two" });
    expect(
      await settled(clock, createRouter([odd, two], { clock }).chatStream(HELLO).text()),
    ).toBeUndefined();
    const stream = createRouter([odd], { clock, maxRetries: 0 }).chatStream(HELLO);
    expect(await settled(clock, stream.text())).toMatchObject({ kind: "ProviderError" });
  });

  test("nothing as a stream's response: an LlmError, and no answer is told", async () => {
    const clock = new TestClock();
    const odd = new FakeProvider({ clock, name: "odd" });
    Object.assign(odd, {
      chatStream: () => ({ [Symbol.asyncIterator]: bare, cancel() {}, response: undefined }),
    });
    const events: RouterEvent[] = [];
    const router = createRouter([odd], { clock, onEvent: (event) => events.push(event) });
    expect(await settled(clock, router.chatStream(HELLO).text())).toMatchObject({ kind: "ProviderError" });
    expect(events.map(({ type }) => type)).toEqual(["asked", "failed"]);
  });

  test("nothing as its models: it has none", async () => {
    const clock = new TestClock();
    const odd = new FakeProvider({ clock, name: "odd" });
    Object.assign(odd, { listModels: async () => undefined });
    const two = new FakeProvider({ clock, name: "two", models: [{ id: "m" }] });
    expect(await createRouter([odd, two], { clock }).listModels()).toEqual([{ id: "m" }]);
    expect(await failure(createRouter([odd], { clock }).listModels())).toMatchObject({
      kind: "ProviderError",
    });
  });
});
