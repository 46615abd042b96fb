import { describe, expect, it, vi } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { ProviderEvent } from "../../../src/provider/base/events.ts";
import type { Permit, RateLimiter } from "../../../src/provider/base/limits.ts";
import { createRateLimiter } from "../../../src/provider/limits/create-rate-limiter.ts";
import { FakeClock, outcome, settle } from "./harness.ts";

const MINUTE = { periodMs: 60_000 };

async function take(limiter: RateLimiter, tokens = 0): Promise<Permit> {
  const permit = await outcome(limiter.acquire({ tokens }));
  if (permit === "pending" || "error" in permit) throw new Error("it had to wait");
  return permit;
}

async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const result = await outcome(promise);
  if (typeof result === "object" && result !== null && "error" in result && LlmError.is(result.error)) {
    return result.error;
  }
  throw new Error("it did not fail");
}

describe("a window", () => {
  it("counts a call from its answer, and until then without an end", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1 }], clock });
    const first = await take(limiter);
    const second = limiter.acquire({});
    await clock.advance(100_000);
    expect(await outcome(second)).toBe("pending");
    first.answered();
    await clock.advance(59_999);
    expect(await outcome(second)).toBe("pending");
    await clock.advance(1);
    expect(await outcome(second)).toMatchObject({ waitedMs: 160_000 });
  });

  it("counts a call that broke off without an answer from its end", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1 }], clock });
    const first = await take(limiter);
    await clock.advance(5000);
    first.release();
    expect(limiter.state.nextInMs).toBe(60_000);
  });

  it("gets a call back that was never sent, once", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 2 }], clock });
    const first = await take(limiter);
    first.release({ sent: false });
    first.release({ sent: false });
    first.answered();
    expect(limiter.state.windows[0]?.calls).toEqual({ limit: 2, used: 0, left: 2 });
    expect(limiter.state.active).toBe(0);
  });

  it("holds beside others, and all must have room", async () => {
    const clock = new FakeClock();
    const windows = [
      { periodMs: 1000, calls: 2 },
      { periodMs: 10_000, calls: 3 },
    ];
    const limiter = createRateLimiter({ windows, clock });
    for (let call = 0; call < 2; call++) (await take(limiter)).answered();
    expect(limiter.state.nextInMs).toBe(1000);
    await clock.advance(1000);
    (await take(limiter)).answered();
    expect(limiter.state.nextInMs).toBe(9000);
  });

  it("reserves tokens, and settles them by what was used", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({
      windows: [{ ...MINUTE, tokens: 1000 }],
      clock,
      trustEstimates: true,
    });
    const first = await take(limiter, 800);
    const second = limiter.acquire({ tokens: 300 });
    expect(await outcome(second)).toBe("pending");
    first.answered();
    first.release({ usedTokens: 100 });
    expect(await outcome(second)).toMatchObject({ waitedMs: 0 });
    expect(limiter.state.windows[0]?.tokens).toEqual({ limit: 1000, used: 400, left: 600 });
  });

  it("refuses a call larger than itself at once", async () => {
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, tokens: 1000 }], clock: new FakeClock() });
    const error = await failure(limiter.acquire({ tokens: 1001 }));
    expect(error.kind).toBe("RequestTooLarge");
    expect(error.retryable).toBe(false);
    expect(error.message).toContain("1001 tokens");
  });

  it("does not let small calls pass a large one that waits", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({
      windows: [{ ...MINUTE, tokens: 1000 }],
      clock,
      trustEstimates: true,
    });
    (await take(limiter, 500)).answered();
    const large = limiter.acquire({ tokens: 900 });
    const small = limiter.acquire({ tokens: 10 });
    await clock.advance(59_999);
    expect(await outcome(small)).toBe("pending");
    await clock.advance(1);
    expect(await outcome(large)).not.toBe("pending");
    expect(await outcome(small)).not.toBe("pending");
  });

  it("keeps a small log of many calls, and stays strict", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 20_000 }], clock, maxQueue: 30_000 });
    for (let call = 0; call < 20_000; call++) {
      (await limiter.acquire({})).answered();
      if (call % 4 === 3) await clock.advance(1);
    }
    const { nextInMs } = limiter.state;
    expect(nextInMs).toBeGreaterThanOrEqual(55_000);
    expect(nextInMs).toBeLessThan(55_000 + 60);
    await clock.advance(nextInMs);
    expect(limiter.state.windows[0]?.calls?.left).toBeGreaterThan(0);
  });
});

it("stays strict for each single call where the log of a window is merged", async () => {
  const clock = new FakeClock();
  const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1000 }], clock });
  const went: number[] = [];
  for (let call = 0; call < 1000; call++) {
    (await limiter.acquire({})).answered();
    went.push(clock.now());
    await clock.advance(1);
  }
  const rest = Array.from({ length: 1000 }, () =>
    limiter.acquire({}).then((permit) => {
      went.push(clock.now());
      permit.answered();
    }),
  );
  await clock.advance(70_000);
  await Promise.all(rest);
  for (let call = 0; call < 1000; call++) {
    expect((went[call + 1000] ?? 0) - (went[call] ?? 0)).toBeGreaterThanOrEqual(60_000);
  }
});

describe("waiting", () => {
  it("lets a small call go at once when the large one before it is aborted", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({
      windows: [{ ...MINUTE, tokens: 1000 }],
      clock,
      trustEstimates: true,
    });
    (await take(limiter, 500)).answered();
    const controller = new AbortController();
    const large = limiter.acquire({ tokens: 900, signal: controller.signal });
    const small = limiter.acquire({ tokens: 10 });
    expect(await outcome(small)).toBe("pending");
    controller.abort();
    expect((await failure(large)).kind).toBe("Cancelled");
    expect(await outcome(small)).not.toBe("pending");
  });

  it("leaves no listener and no timer after an abort, and frees its place in the queue", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1 }], clock });
    (await take(limiter)).answered();
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const waiting = limiter.acquire({ signal: controller.signal, maxQueueMs: 100_000 });
    const next = limiter.acquire({});
    controller.abort("enough");
    expect((await failure(waiting)).kind).toBe("Cancelled");
    expect(remove).toHaveBeenCalledTimes(1);
    expect(limiter.state.waiting).toBe(1);
    await clock.advance(60_000);
    expect(await outcome(next)).not.toBe("pending");
    expect(clock.timers).toBe(0);
  });

  it("rejects a call whose signal was aborted before", async () => {
    const limiter = createRateLimiter({ clock: new FakeClock() });
    expect((await failure(limiter.acquire({ signal: AbortSignal.abort() }))).kind).toBe("Cancelled");
    expect(limiter.state.active).toBe(0);
  });

  it("goes by priority, then by arrival", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ periodMs: 1000, calls: 1 }], clock });
    (await take(limiter)).answered();
    const order: string[] = [];
    const wait = (name: string, priority?: number) =>
      limiter.acquire({ priority }).then((permit) => {
        order.push(name);
        permit.answered();
      });
    const all = [wait("a"), wait("b", -1), wait("c", 5), wait("d"), wait("e", 5)];
    await clock.drain();
    await Promise.all(all);
    expect(order).toEqual(["c", "e", "a", "d", "b"]);
  });

  it("puts a try that comes back before those that came after its call", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ periodMs: 1000, calls: 1 }], clock });
    const first = await take(limiter);
    const order: string[] = [];
    const note = (name: string) => (permit: Permit) => {
      order.push(name);
      permit.answered();
    };
    const others = [limiter.acquire({}).then(note("second")), limiter.acquire({}).then(note("third"))];
    first.answered();
    first.release();
    const again = limiter.acquire({ retryOf: first }).then(note("first"));
    await clock.drain();
    await Promise.all([again, ...others]);
    expect(order).toEqual(["first", "second", "third"]);
  });

  it("is bounded: a call too many fails with the time to come back", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1 }], clock, maxQueue: 1 });
    const first = await take(limiter);
    first.answered();
    const second = limiter.acquire({});
    const error = await failure(limiter.acquire({}));
    expect(error).toMatchObject({ kind: "RateLimitExceeded", retryAfterMs: 60_000 });
    expect(error.message).toContain("as maxQueue admits");
    // One that was let in before may come back.
    expect(await outcome(limiter.acquire({ retryOf: first }))).toBe("pending");
    expect(await outcome(second)).toBe("pending");
  });

  it("fails as soon as the wait shows to be too long", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1 }], clock });
    (await take(limiter)).answered();
    const error = await failure(limiter.acquire({ maxQueueMs: 59_000 }));
    expect(error).toMatchObject({ kind: "RateLimitExceeded", retryAfterMs: 60_000, retryable: true });
    const first = limiter.acquire({});
    // After the first, in two minutes.
    const second = limiter.acquire({ maxQueueMs: 90_000 });
    expect(await failure(second)).toMatchObject({ kind: "RateLimitExceeded", retryAfterMs: 120_000 });
    await clock.advance(60_000);
    (await first).release();
    expect(limiter.state).toMatchObject({ waiting: 0, active: 1 });
    expect(clock.timers).toBe(0);
  });

  it("fails when its time is over, where nothing said before that it would be", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ maxConcurrent: 1, maxQueueMs: 5000, clock });
    await take(limiter);
    const waiting = limiter.acquire({});
    await clock.advance(4999);
    expect(await outcome(waiting)).toBe("pending");
    await clock.advance(1);
    expect(await failure(waiting)).toMatchObject({ kind: "RateLimitExceeded" });
    expect(limiter.state.waiting).toBe(0);
  });

  it("fails instead, by choice, with the time to come back", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1 }], clock, onLimit: "error" });
    (await take(limiter)).answered();
    await clock.advance(20_000);
    expect(await failure(limiter.acquire({}))).toMatchObject({
      kind: "RateLimitExceeded",
      retryAfterMs: 40_000,
    });
    expect(await failure(limiter.check())).toMatchObject({ kind: "RateLimitExceeded" });
    await clock.advance(40_000);
    expect(await outcome(limiter.check())).toBeUndefined();
  });
});

describe("concurrency", () => {
  it("bounds calls under way, until they end", async () => {
    const limiter = createRateLimiter({ maxConcurrent: 2, clock: new FakeClock() });
    const [first] = [await take(limiter), await take(limiter)];
    const third = limiter.acquire({});
    first?.answered();
    expect(await outcome(third)).toBe("pending");
    expect(limiter.state).toMatchObject({ active: 2, waiting: 1 });
    first?.release();
    expect(await outcome(third)).not.toBe("pending");
  });

  it("makes calls wait even where a limit would make them fail", async () => {
    const limiter = createRateLimiter({ maxConcurrent: 1, onLimit: "error", clock: new FakeClock() });
    const first = await take(limiter);
    const second = limiter.acquire({});
    expect(await outcome(second)).toBe("pending");
    first.release();
    expect(await outcome(second)).not.toBe("pending");
  });
});

describe("check", () => {
  it("waits as a call would, and takes nothing", async () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 1 }], clock });
    await limiter.check();
    await limiter.check();
    (await take(limiter)).answered();
    const waiting = limiter.check();
    expect(await outcome(waiting)).toBe("pending");
    await clock.advance(60_000);
    expect(await outcome(waiting)).toBeUndefined();
    expect(limiter.state.windows[0]?.calls?.used).toBe(0);
  });
});

it("costs no timer while nobody waits", async () => {
  const clock = new FakeClock();
  const limiter = createRateLimiter({ windows: [{ ...MINUTE, calls: 5, tokens: 500 }], clock });
  const permit = await take(limiter, 100);
  permit.answered();
  permit.release({ usedTokens: 50 });
  expect(clock.timers).toBe(0);
});

it("refuses options that can't be meant, and says what was expected", () => {
  const bad = [
    { windows: [{ periodMs: 0, calls: 1 }] },
    { windows: [{ periodMs: 1000 }] },
    { windows: [{ periodMs: 1000, calls: 0 }] },
    { windows: [{ periodMs: 1000, tokens: Number.NaN }] },
    { maxConcurrent: 0 },
    { maxQueue: -1 },
    { maxWaitMs: -1 },
    { maxQueueMs: Number.NaN },
  ];
  for (const options of bad) {
    expect(() => createRateLimiter(options)).toThrowError(/expected .*, got/);
  }
});

it("goes on when a listener of events throws", async () => {
  const events: ProviderEvent[] = [];
  const onEvent = (event: ProviderEvent) => {
    events.push(event);
    throw new Error("a listener's fault");
  };
  const limiter = createRateLimiter({ clock: new FakeClock(), onEvent, model: "m" });
  limiter.feedback({ status: 429, retryAfterMs: 1000 });
  await settle();
  expect(events).toEqual([{ type: "pause", model: "m", waitMs: 1000 }]);
});
