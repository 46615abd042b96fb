/** A shared store takes a while to answer: that is no wait for the limit, so calls that must not wait still go. */
import { describe, expect, it } from "vitest";
import { createRateLimiter } from "../../../src/provider/limits/create-rate-limiter.ts";
import { createMemoryLimitStore } from "../../../src/provider/limits/memory-store.ts";
import type { LimitStore, Quota } from "../../../src/provider/limits/store.ts";
import { FakeClock, outcome } from "./harness.ts";

const windows = [{ periodMs: 60_000, calls: 2 }];

/** Its time goes on by a microsecond whenever it is read, as time does. */
class CreepingClock extends FakeClock {
  #readings = 0;
  override now = () => super.now() + ++this.#readings / 1000;
}

/** The store in memory, which answers after `takesMs`. It does not know beforehand how long a call must wait. */
function slowStore(clock: FakeClock, takesMs: number): LimitStore {
  const store = createMemoryLimitStore();
  const slow = (quota: Quota): Quota => ({
    shared: true,
    windows: [],
    outage: undefined,
    isIdle: false,
    reserve: async (...given) => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, takesMs));
      return quota.reserve(...given);
    },
    withdraw: (user) => quota.withdraw(user),
    waitMs: () => 0,
    feedback: (...given) => quota.feedback(...given),
    pausedForMs: () => 0,
    pausedMs: () => 0,
  });
  return {
    quota: (...given) => slow(store.quota(...given)),
    leave: (...given) => store.leave(...given),
    close: () => store.close(),
  };
}

function setUp(takesMs: number) {
  const clock = new CreepingClock();
  const store = slowStore(clock, takesMs);
  const limiter = createRateLimiter({ clock, store, windows, model: "m", trustEstimates: true });
  return { clock, limiter };
}

describe.each([0, 50])("a call that may wait %s ms", (maxQueueMs) => {
  it("goes where there is room, once the store has said so", async () => {
    const { clock, limiter } = setUp(200);
    const calls = [1, 2].map(() => limiter.acquire({ maxQueueMs }));
    for (const call of calls) call.catch(() => {});
    await clock.advance(450);
    for (const call of calls) expect(await outcome(call)).toHaveProperty("waitedMs");
    expect(limiter.state).toMatchObject({ active: 2, waiting: 0 });
  });

  it("fails with the store's answer where there is none, and so does one behind it", async () => {
    const { clock, limiter } = setUp(200);
    const permits = [1, 2].map(() => limiter.acquire({}));
    await clock.advance(450);
    for (const permit of await Promise.all(permits)) permit.answered();
    const calls = [1, 2].map(() => limiter.acquire({ maxQueueMs }).catch((error: unknown) => error));
    await clock.advance(450);
    for (const call of calls) expect(await outcome(call)).toMatchObject({ kind: "RateLimitExceeded" });
    expect(limiter.state.waiting).toBe(0);
  });

  it("fails after a second where the store says nothing", async () => {
    const { clock, limiter } = setUp(Number.POSITIVE_INFINITY);
    const call = limiter.acquire({ maxQueueMs }).catch((error: unknown) => error);
    await clock.advance(990);
    expect(await outcome(call)).toBe("pending");
    await clock.advance(20);
    expect(await outcome(call)).toMatchObject({ kind: "RateLimitExceeded" });
  });
});
