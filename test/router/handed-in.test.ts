/** What the application hands to a router fails: each call ends with `LlmError`, nothing is thrown where nobody hears it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import {
  type CandidateState,
  createRouter,
  type OrderFunction,
  type RouterEvent,
  type RouterOptions,
  routeOf,
} from "../../src/router/index.ts";
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

describe("an application that changes what it was given", () => {
  test("a list that an order sorts or empties where it stands is its own", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one" });
    const order: OrderFunction = (candidates) => {
      const all = [...candidates];
      (candidates as CandidateState[]).length = 0;
      return all;
    };
    const router = createRouter([one], { clock, order });
    for (let call = 0; call < 2; call++) expect(await settled(clock, router.chat(HELLO))).toBeUndefined();
    expect(() => (router.candidates as CandidateState[]).pop()).toThrow(TypeError);
    expect(router.candidates).toHaveLength(1);
  });

  test("a listener that ends the call before it is asked ends it", async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: 1000 }] });
    const onEvent = ({ type }: RouterEvent) => type === "asked" && controller.abort();
    const router = createRouter([one], { clock, onEvent });
    const error = await settled(clock, router.chat(HELLO, { signal: controller.signal }));
    expect(error).toMatchObject({ kind: "Cancelled" });
    expect(one.asked).toEqual([]);
    expect(router.candidates[0]?.active).toBe(0);
    expect(clock.now()).toBe(0);
  });

  test("supportsEndpoint that throws is a no", () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one" });
    const router = createRouter([one], { clock });
    one.supportsEndpoint = () => {
      throw bug;
    };
    expect(router.supportsEndpoint("chat")).toBe(false);
  });

  test("an error that a candidate throws again and again has the route of each call in a copy of its own", async () => {
    const clock = new TestClock();
    const details = { status: 400, code: "c", retryAfterMs: 5, cause: new Error("why"), partial: "p" };
    const error = new LlmError("InvalidRequest", "shared", details);
    const router = createRouter([new FakeProvider({ clock, name: "one", turns: [{ error }] })], { clock });
    expect(await settled(clock, router.chat(HELLO))).toBe(error);
    const first = routeOf(error);
    const second = await settled(clock, router.chat(HELLO));
    const third = await settled(clock, router.chat(HELLO));
    expect(routeOf(error)).toBe(first);
    expect(new Set([error, second, third].map(routeOf)).size).toBe(3);
    for (const copy of [second, third]) {
      expect(copy).toBeInstanceOf(LlmError);
      expect(copy).toMatchObject({ kind: "InvalidRequest", message: "shared", ...details });
      expect(routeOf(copy)?.asked).toMatchObject([{ candidate: "one" }]);
      expect(routeOf(copy)?.asked[0]).not.toHaveProperty("route");
    }
  });
});

describe("a stream of another make that can't be closed:", () => {
  const unheard: unknown[] = [];
  const hear = (fault: unknown) => unheard.push(fault);
  beforeEach(() => {
    unheard.length = 0;
    process.on("uncaughtException", hear).on("unhandledRejection", hear);
  });
  afterEach(() => {
    process.off("uncaughtException", hear).off("unhandledRejection", hear);
  });
  const fail = () => {
    throw bug;
  };

  test.each<[string, object, object]>([
    ["cancel throws", { cancel: fail }, {}],
    ["cancel rejects", { cancel: () => Promise.reject(bug) }, {}],
    ["return throws", {}, { return: fail }],
    ["return rejects", {}, { return: () => Promise.reject(bug) }],
    ["return gives nothing", {}, { return: () => undefined }],
  ])("%s", async (_, ofStream, ofChunks) => {
    const clock = new TestClock();
    const odd = new FakeProvider({ clock, name: "odd" });
    const slow = new FakeProvider({ clock, name: "slow", turns: [{ afterMs: 50 }] });
    let delayMs = 0;
    odd.chatStream = () => {
      let given = 0;
      const next = () =>
        new Promise((resolve) => {
          if (given++ < 2) clock.setTimer(() => resolve({ value: { type: "text", text: "x" } }), delayMs);
        });
      const chunks = { next, ...ofChunks };
      const stream = { response: new Promise(() => {}), cancel: () => {}, text: async () => "", ...ofStream };
      return Object.assign(stream, { [Symbol.asyncIterator]: () => chunks }) as never;
    };
    const router = createRouter([odd, slow], { clock, deadlineMs: 1000, hedgeAfterMs: 10 });
    expect(await settled(clock, router.chatStream(HELLO).response)).toMatchObject({ kind: "Timeout" });
    const left = (async () => {
      for await (const _chunk of router.chatStream(HELLO)) break;
    })();
    expect(await settled(clock, left)).toBeUndefined();
    // Outrun, and its first chunk comes when the call is over.
    delayMs = 500;
    expect(await settled(clock, router.chatStream(HELLO).response)).toBeUndefined();
    await clock.advance(1000);
    await pause();
    expect(unheard).toEqual([]);
    expect(router.candidates.map(({ active }) => active)).toEqual([0, 0]);
  });
});

test("an answer that can't be read is an LlmError with its route, and its candidate is free", async () => {
  const clock = new TestClock();
  const odd = new FakeProvider({ clock, name: "odd" });
  const answer = {
    content: "x",
    get usage() {
      throw bug;
    },
  };
  odd.chat = async () => answer as never;
  const router = createRouter([{ provider: odd, price: { prompt: 1 } }], {
    clock,
    budget: { maxCostUsd: 1e9 },
  });
  const error = await settled(clock, router.chat(HELLO));
  expect(error).toMatchObject({ name: "LlmError", kind: "ProviderError" });
  expect(routeOf(error)?.asked).toHaveLength(1);
  expect(router.candidates[0]?.active).toBe(0);
});
