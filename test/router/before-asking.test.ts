/** What a budget does before a candidate is asked takes time, and may fail. */
import { describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import type { ModelInfo } from "../../src/provider/base/types.ts";
import { type BudgetStore, createMemoryBudgetStore, createRouter } from "../../src/router/index.ts";
import { FakeProvider, HELLO, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

const price = { prompt: 0.001 };
const models: ModelInfo[] = [{ id: "one/model", pricing: { prompt: 0.001, completion: 0.001 } }];

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

/** Its list of models fails `times` times. */
function forgetful(clock: TestClock, times: number, error: LlmError = unavailable()) {
  const one = new FakeProvider({ clock, name: "one", models });
  const listModels = one.listModels.bind(one);
  let left = times;
  one.listModels = () => (left-- > 0 ? Promise.reject(error) : listModels());
  return one;
}

describe("prices that can't be read for now", () => {
  test("are read again soon, and the call waits for that", async () => {
    const clock = new TestClock();
    const router = createRouter([forgetful(clock, 2)], { clock, budget: { maxCostUsd: 1 } });
    const { content, route } = await run(clock, router.chat(HELLO, { maxTokens: 1 }));
    expect([content, clock.now()]).toEqual(["one", 1500]);
    expect(route.asked).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test("are waited for no longer than a rest, and never where another can answer", async () => {
    const clock = new TestClock();
    const options = { clock, budget: { maxCostUsd: 1 }, maxWaitMs: 1000 };
    const router = createRouter([forgetful(clock, 99)], options);
    const error = await run(
      clock,
      router.chat(HELLO).catch((error: unknown) => error),
    );
    expect(error).toMatchObject({ kind: "ServiceUnavailable", retryable: true });
    expect(clock.now()).toBeLessThanOrEqual(1000);
    const two = new FakeProvider({ clock, name: "two" });
    const before = clock.now();
    const both = createRouter([forgetful(clock, 99), { provider: two, price }], options);
    expect((await run(clock, both.chat(HELLO))).content).toBe("two");
    expect(clock.now()).toBe(before);
  });

  test("are no outage where the service has no such list", async () => {
    const clock = new TestClock();
    const error = new LlmError("InvalidRequest", "no path", { status: 404 });
    const router = createRouter([forgetful(clock, 1, error)], { clock, budget: { maxCostUsd: 1 } });
    await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({ kind: "ConfigError" });
  });
});

test("a candidate that went to rest while the budget was asked is not asked", async () => {
  const clock = new TestClock();
  const sums = createMemoryBudgetStore(clock);
  const slow: BudgetStore = {
    add: (entry) => new Promise((resolve) => clock.setTimer(() => resolve(sums.add(entry)), 300)),
  };
  const error = new LlmError("Authentication", "no", { status: 401 });
  const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: 10, error }] });
  const two = new FakeProvider({ clock, name: "two" });
  const router = createRouter(
    [
      { provider: one, price },
      { provider: two, price },
    ],
    { clock, budget: { maxCostUsd: 100, store: slow } },
  );
  const calls = [router.chat(HELLO)];
  for (let call = 0; call < 3; call++) {
    await clock.advance(100);
    calls.push(router.chat(HELLO));
  }
  const answers = await run(clock, Promise.all(calls));
  expect(answers.map(({ content }) => content)).toEqual(["two", "two", "two", "two"]);
  expect(one.asked).toHaveLength(1);
  expect(router.candidates.map(({ active }) => active)).toEqual([0, 0]);
  // What was set aside for them was given back.
  const { spentUsd } = await sums.add({ key: "router", usd: 0, periodMs: 1 });
  expect(spentUsd).toBeCloseTo(4 * (answers[0]?.route.costUsd ?? 0.006));
  expect(two.asked).toHaveLength(4);
});

test("a store that can't be reached is asked once for a call, however many candidates there are", async () => {
  const clock = new TestClock();
  let asked = 0;
  const store: BudgetStore = {
    add: () => {
      asked += 1;
      return new Promise(() => {});
    },
  };
  const candidates = ["a", "b", "c"].map((name) => ({ provider: new FakeProvider({ clock, name }), price }));
  const router = createRouter(candidates, { clock, budget: { maxCostUsd: 1, store } });
  await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({ kind: "ServiceUnavailable" });
  expect([asked, clock.now()]).toEqual([1, 1000]);
});
