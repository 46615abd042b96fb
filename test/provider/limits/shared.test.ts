import { describe, expect, it } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import { createRateLimiter } from "../../../src/provider/limits/create-rate-limiter.ts";
import { createMemoryLimitStore } from "../../../src/provider/limits/memory-store.ts";
import { RateLimiters } from "../../../src/provider/limits/rate-limiters.ts";
import { FakeClock, outcome, settle } from "./harness.ts";
import { admit, failure, refuse, succeed, take } from "./support.ts";

const MINUTE = 60_000;

describe("a store in memory, handed to two limiters", () => {
  function pair(a: object = {}, b: object = a) {
    const clock = new FakeClock();
    const store = createMemoryLimitStore();
    const make = (options: object) =>
      createRateLimiter({ clock, store, model: "m", random: () => 1, trustEstimates: true, ...options });
    return { clock, store, a: make(a), b: make(b), make };
  }

  it("is one window for both", async () => {
    const { clock, a, b } = pair({ windows: [{ periodMs: MINUTE, calls: 5 }] });
    for (const permit of await admit(a, 3)) succeed(a, permit);
    expect(await admit(b)).toHaveLength(2);
    expect(b.state.windows[0]?.calls?.used).toBe(5);
    const waiting = b.acquire({});
    await clock.advance(MINUTE);
    expect(await outcome(waiting)).not.toBe("pending");
  });

  it("wakes the one when the other gives back", async () => {
    const { a, b } = pair({ windows: [{ periodMs: MINUTE, calls: 1 }] });
    const permit = await take(a);
    const waiting = b.acquire({});
    expect(await outcome(waiting)).toBe("pending");
    permit.release({ sent: false });
    expect(await outcome(waiting)).not.toBe("pending");
  });

  it("shares pauses and learned limits", async () => {
    const { clock, a, b } = pair();
    const refusal = { metric: "requestsPerMinute", limit: 30, used: 30, requested: 1, waitMs: 2000 } as const;
    refuse(a, await take(a), { status: 429, refusal, retryAfterMs: 2000 });
    expect(b.state.pausedForMs).toBe(2000);
    await clock.advance(2000);
    expect((await admit(a)).length + (await admit(b)).length).toBe(1);
  });

  it("keeps to the lower of two configurations, and to what only one has", async () => {
    const { a, b } = pair(
      { windows: [{ periodMs: MINUTE, calls: 5 }] },
      {
        windows: [
          { periodMs: MINUTE, calls: 3 },
          { periodMs: 1000, calls: 2 },
        ],
      },
    );
    expect(await admit(a)).toHaveLength(2);
    expect(b.state.windows.map(({ calls }) => calls?.limit)).toEqual([3, 2]);
  });

  it("is apart for each model, and for each store", async () => {
    const { a, make } = pair({ windows: [{ periodMs: MINUTE, calls: 1 }] });
    await take(a);
    await take(make({ windows: [{ periodMs: MINUTE, calls: 1 }], model: "other" }));
    await take(pair({ windows: [{ periodMs: MINUTE, calls: 1 }] }).a);
  });

  it("lets no small calls of the one pass a large one of the other for ever", async () => {
    const { clock, a, b } = pair({ windows: [{ periodMs: 1000, tokens: 1000 }] });
    let small = 0;
    const sendSmall = async (): Promise<void> => {
      const permit = await b.acquire({ tokens: 100 });
      small += 1;
      permit.answered();
      clock.setTimer(() => permit.release({ usedTokens: 100 }), 50);
      if (clock.now() < 20_000) await sendSmall();
    };
    const all = [sendSmall(), sendSmall(), sendSmall()];
    await clock.advance(990);
    let wentAt = 0;
    const large = a.acquire({ tokens: 900 }).then((permit) => {
      wentAt = clock.now();
      permit.answered();
      permit.release({ usedTokens: 900 });
    });
    await clock.drain();
    await Promise.all([large, ...all]);
    expect(wentAt).toBeGreaterThan(0);
    expect(wentAt).toBeLessThan(3000);
    expect(small).toBeGreaterThan(100);
  });

  it("goes on for the one when the other is closed", async () => {
    const { a, b } = pair({ windows: [{ periodMs: MINUTE, calls: 1 }] });
    await take(b);
    const waiting = a.acquire({});
    a.close();
    expect(await failure(waiting)).toMatchObject({ kind: "Cancelled", message: "The limiter was closed" });
    expect(await failure(a.acquire({}))).toMatchObject({ kind: "Cancelled" });
    expect(b.state.windows[0]?.calls?.used).toBe(1);
  });

  it("closed takes no limiter any more", () => {
    const { store, make } = pair();
    store.close();
    expect(() => make({})).toThrowError(/limitStore: expected an open store/);
  });
});

describe("the limiters of a provider", () => {
  const models = ["a", "b", "c"];

  it("count calls under way over all models", async () => {
    const clock = new FakeClock();
    const limiters = new RateLimiters({ clock, maxConcurrent: 2 });
    const [a, b, c] = models.map((model) => limiters.of(model));
    if (!a || !b || !c) throw new Error("three limiters");
    const [first] = [await take(a), await take(b)];
    const waiting = [c.acquire({}), b.acquire({})];
    expect(await outcome(Promise.race(waiting))).toBe("pending");
    first.release();
    const third = await outcome(waiting[0] as Promise<unknown>);
    expect(third).not.toBe("pending");
    expect(await outcome(waiting[1] as Promise<unknown>)).toBe("pending");
  });

  it("wake another model where the first in line can't go yet", async () => {
    const clock = new FakeClock();
    const windows = [{ periodMs: MINUTE, calls: 1 }];
    const limiters = new RateLimiters({ clock, windows, maxConcurrent: 1 });
    const [a, b] = [limiters.of("a"), limiters.of("b")];
    const first = await take(a);
    const waiting = [a.acquire({}), b.acquire({})];
    await settle();
    succeed(a, first);
    expect(await outcome(waiting[0] as Promise<unknown>)).toBe("pending");
    expect(await outcome(waiting[1] as Promise<unknown>)).not.toBe("pending");
  });

  it("are the same for the same model, for as long as it counts", async () => {
    const clock = new FakeClock();
    const limiters = new RateLimiters({ clock, windows: [{ periodMs: MINUTE, calls: 1 }] });
    const used = limiters.of("used");
    succeed(used, await take(used));
    for (let model = 0; model < 1000; model++) limiters.of(`asked once ${model}`);
    expect(limiters.of("used")).toBe(used);
    expect(limiters.size).toBeLessThan(200);
    await clock.advance(MINUTE);
    for (let model = 0; model < 1000; model++) limiters.of(`asked again ${model}`);
    expect(limiters.of("used")).not.toBe(used);
  });

  it("are closed together", async () => {
    const limiters = new RateLimiters({ clock: new FakeClock(), maxConcurrent: 1 });
    const [a, b] = [limiters.of("a"), limiters.of("b")];
    await take(a);
    const waiting = [a.acquire({}), b.acquire({})];
    limiters.close();
    for (const call of waiting) expect(LlmError.is((await failure(call)) as unknown)).toBe(true);
  });
});

it("many calls on one signal cost one listener", async () => {
  const clock = new FakeClock();
  const limiter = createRateLimiter({ clock, windows: [{ periodMs: MINUTE, calls: 1 }] });
  succeed(limiter, await take(limiter));
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  for (let call = 0; call < 100; call++) {
    limiter.acquire({ signal, maxQueueMs: Number.POSITIVE_INFINITY }).catch(() => undefined);
  }
  expect(limiter.state.waiting).toBe(100);
  expect(listeners).toBe(1);
});
