import { describe, expect, test } from "vitest";
import { createRouter, type RouterEvent } from "../../src/router/index.ts";
import { FakeProvider, HELLO, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

function pair(clock: TestClock, first: Partial<ConstructorParameters<typeof FakeProvider>[0]> = {}) {
  return [
    new FakeProvider({ clock, name: "one", ...first }),
    new FakeProvider({ clock, name: "two" }),
  ] as const;
}

async function run<T>(clock: TestClock, call: Promise<T>): Promise<T> {
  call.catch(() => {});
  await clock.drain();
  return call;
}

describe("listed", () => {
  test("the first answers, and the route says so", async () => {
    const clock = new TestClock();
    const [one, two] = pair(clock);
    const router = createRouter([one, two], { clock });
    const response = await run(clock, router.chat(HELLO));
    expect(response.content).toBe("one");
    expect(response.route).toEqual({
      answeredBy: "one",
      asked: [{ candidate: "one", outcome: "answered", atMs: 0, durationMs: 0 }],
    });
    expect(two.asked).toHaveLength(0);
  });

  test("a failure goes on to the next", async () => {
    const clock = new TestClock();
    const [one, two] = pair(clock, { turns: [{ afterMs: 20, error: unavailable() }] });
    const router = createRouter([one, two], { clock });
    const response = await run(clock, router.chat(HELLO));
    expect(response.content).toBe("two");
    expect(response.route).toEqual({
      answeredBy: "two",
      asked: [
        {
          candidate: "one",
          outcome: "failed",
          atMs: 0,
          durationMs: 20,
          kind: "ServiceUnavailable",
          status: 503,
        },
        { candidate: "two", outcome: "answered", atMs: 20, durationMs: 0 },
      ],
    });
    expect(clock.timers).toBe(0);
  });

  test("a candidate at its limit is passed over, and a call waits only where none could take it", async () => {
    const clock = new TestClock();
    const windows = [{ periodMs: 1000, calls: 1 }];
    const one = new FakeProvider({ clock, name: "one", windows });
    const two = new FakeProvider({ clock, name: "two", windows: [{ periodMs: 400, calls: 1 }] });
    const events: RouterEvent[] = [];
    const router = createRouter([one, two], { clock, onEvent: (event) => events.push(event) });
    const calls = [1, 2, 3, 4].map(() => router.chat(HELLO));
    await clock.advance(0);
    expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
    expect(router.rateLimitState.waiting).toBeGreaterThanOrEqual(2);
    await clock.drain();
    const names = (await Promise.all(calls)).map(({ content }) => content);
    expect(names).toEqual(["one", "two", "two", "two"]);
    expect(two.askedAt).toEqual([0, 400, 800]);
    expect(events.filter(({ type }) => type === "waited")).toMatchObject([{ waitMs: 400 }, { waitMs: 800 }]);
    expect(clock.timers).toBe(0);
  });

  test("within patienceMs a call waits at the first", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", windows: [{ periodMs: 100, calls: 1 }] });
    const two = new FakeProvider({ clock, name: "two" });
    const router = createRouter([one, two], { clock, patienceMs: 150 });
    const calls = Promise.all([router.chat(HELLO), router.chat(HELLO)]);
    const [, second] = await run(clock, calls);
    expect(second.content).toBe("one");
    expect(one.askedAt).toEqual([0, 100]);
  });
});

test("weighted: first asked in proportion to the weights, each call at most once each", async () => {
  const clock = new TestClock();
  const [one, two] = pair(clock);
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const never = new FakeProvider({ clock, name: "never" });
  const candidates = [
    { provider: one, weight: 3 },
    { provider: two, weight: 1 },
    { provider: never, weight: 0 },
  ];
  const router = createRouter(candidates, { clock, order: "weighted", random });
  const calls = Array.from({ length: 400 }, () => router.chat(HELLO));
  await run(clock, Promise.all(calls));
  expect(one.asked.length / 400).toBeGreaterThan(0.7);
  expect(one.asked.length / 400).toBeLessThan(0.8);
  expect(never.asked).toHaveLength(0);
});

test("leastWait: goes where it can go now, and spreads what could go anywhere", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: 100 }] });
  const two = new FakeProvider({ clock, name: "two", turns: [{ afterMs: 100 }] });
  const router = createRouter([one, two], { clock, order: "leastWait" });
  await run(clock, Promise.all([1, 2, 3, 4].map(() => router.chat(HELLO))));
  expect([one.asked.length, two.asked.length]).toEqual([2, 2]);
});

test("leastWait spreads calls over providers that do not tell what they hold", async () => {
  const clock = new TestClock();
  const providers = pair(clock, { turns: [{ afterMs: 100 }] });
  for (const provider of providers)
    Object.defineProperty(provider, "rateLimitState", {
      value: { windows: [], active: 0, waiting: 0, nextInMs: 0 },
    });
  const router = createRouter(providers, { clock, order: "leastWait" });
  await run(clock, Promise.all([1, 2].map(() => router.chat(HELLO))));
  expect(providers.map(({ asked }) => asked.length)).toEqual([1, 1]);
});

test("leastWait: a shorter wait goes before fewer calls", async () => {
  const clock = new TestClock();
  const [one, two] = pair(clock);
  const state = (nextInMs: number, active: number) => ({
    value: { windows: [], waiting: 0, active, nextInMs },
  });
  Object.defineProperty(one, "rateLimitState", state(100, 0));
  Object.defineProperty(two, "rateLimitState", state(50, 5));
  const router = createRouter([one, two], { clock, order: "leastWait", patienceMs: 1000 });
  expect((await run(clock, router.chat(HELLO))).content).toBe("two");
});

describe("a function", () => {
  test("gives the order and may leave candidates out", async () => {
    const clock = new TestClock();
    const [one, two] = pair(clock);
    const seen: unknown[] = [];
    const router = createRouter([one, two], {
      clock,
      order: (candidates, context) => {
        seen.push({
          ...context,
          names: candidates.map(({ name, waitMs, restMs }) => [name, waitMs, restMs]),
        });
        return candidates.slice(1);
      },
    });
    const response = await run(clock, router.chat(HELLO, { model: "m" }));
    expect(response.content).toBe("two");
    expect(seen[0]).toEqual({
      operation: "chat",
      model: "m",
      names: [
        ["one", 0, 0],
        ["two", 0, 0],
      ],
    });
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["gives nothing", () => undefined],
    ["gives others", () => [{ name: "one" }]],
    ["gives none", () => []],
  ])("that %s is a ConfigError", async (_, order) => {
    const clock = new TestClock();
    const router = createRouter(pair(clock), { clock, order: order as never });
    await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({
      name: "LlmError",
      kind: "ConfigError",
    });
    expect(clock.timers).toBe(0);
  });
});
