import { describe, expect, it } from "vitest";
import type { LimitFeedback } from "../../../src/provider/base/limits.ts";
import { outcome } from "./harness.ts";
import { admit, failure, refuse, setUp, succeed, take } from "./support.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const RPM = { metric: "requestsPerMinute", limit: 5, used: 5, requested: 1 } as const;

describe("a wait that the server asks for", () => {
  it.each([429, 498, 503])("longer than calls may wait fails the next one at once (%d)", async (status) => {
    const { limiter } = setUp();
    refuse(limiter, await take(limiter), { status, retryAfterMs: HOUR });
    expect(await failure(limiter.acquire({}))).toMatchObject({
      ...{ kind: "RateLimitExceeded", retryable: true, retryAfterMs: HOUR },
    });
    expect(await failure(limiter.check())).toMatchObject({ retryAfterMs: HOUR });
  });

  it.each([400, 401, 403, 404, 409, 422, 500, 502, 504, 529])(
    "stops nobody else where the answer is no refusal (%d)",
    async (status) => {
      const { limiter } = setUp();
      refuse(limiter, await take(limiter), { status, retryAfterMs: HOUR });
      expect(limiter.state.pausedForMs).toBeUndefined();
      expect(await admit(limiter, 5)).toHaveLength(5);
    },
  );

  it("fails those that wait already, whatever they wait for", async () => {
    const { limiter } = setUp({ maxConcurrent: 1 });
    const first = await take(limiter);
    const patient = limiter.acquire({ maxWaitMs: 2 * HOUR });
    const others = [limiter.acquire({}), limiter.acquire({ priority: -1 })];
    refuse(limiter, first, { status: 429, retryAfterMs: HOUR });
    for (const other of others) expect((await failure(other)).retryAfterMs).toBe(HOUR);
    expect(await outcome(patient)).toBe("pending");
    expect(limiter.state.waiting).toBe(1);
  });

  it("counts all pauses of one call together", async () => {
    const { clock, limiter } = setUp();
    refuse(limiter, await take(limiter), { status: 429, retryAfterMs: 40_000 });
    const waiting = [limiter.acquire({}), limiter.acquire({})];
    await clock.advance(40_000);
    const [first] = await Promise.all(waiting.slice(0, 1));
    if (first) refuse(limiter, first, { status: 429, retryAfterMs: 30_000 });
    // 40 s and 30 s are more than 60 s.
    expect(await failure(waiting[1] as Promise<unknown>)).toMatchObject({ retryAfterMs: 30_000 });
  });

  it("does not count against the own line, nor the other way round", async () => {
    const windows = [{ periodMs: 2 * MINUTE, calls: 1 }];
    const { clock, limiter } = setUp({ windows });
    succeed(limiter, await take(limiter));
    const waiting = limiter.acquire({});
    await clock.advance(2 * MINUTE);
    expect(await outcome(waiting)).toMatchObject({ waitedMs: 2 * MINUTE, pausedMs: 0 });
  });

  it("is told as a part of the wait", async () => {
    const { clock, limiter } = setUp({ windows: [{ periodMs: 30_000, calls: 1 }] });
    refuse(limiter, await take(limiter), { status: 429, retryAfterMs: 10_000 });
    const waiting = limiter.acquire({});
    await clock.advance(30_000);
    expect(await outcome(waiting)).toMatchObject({ waitedMs: 30_000, pausedMs: 10_000 });
  });
});

describe("the own line", () => {
  it("is left at once where the wait is known to be too long", async () => {
    const { limiter } = setUp({ windows: [{ periodMs: 24 * HOUR, calls: 1 }] });
    succeed(limiter, await take(limiter));
    expect(await failure(limiter.acquire({}))).toMatchObject({
      ...{ kind: "RateLimitExceeded", retryAfterMs: 24 * HOUR },
    });
  });

  it("is not joined by a call that would come too late behind the others", async () => {
    const { clock, limiter } = setUp({ windows: [{ periodMs: MINUTE, calls: 1 }] });
    const calls = Array.from({ length: 20 }, () =>
      limiter.acquire({}).then(
        (permit) => {
          succeed(limiter, permit);
          return clock.now();
        },
        (error: { retryAfterMs: number }) => `in ${error.retryAfterMs}`,
      ),
    );
    const last = await Promise.race(calls.slice(-1));
    expect(last).toMatch(/^in \d+$/);
    await clock.drain();
    const results = await Promise.all(calls);
    const went = results.filter((result) => typeof result === "number");
    // Ten minutes hold eleven calls, the first of them at once.
    expect(went).toEqual(Array.from({ length: 11 }, (_, index) => index * MINUTE));
  });

  it("lets the most urgent go first, whose place tells how long it will be", async () => {
    const { limiter } = setUp({ windows: [{ periodMs: MINUTE, calls: 1 }], maxQueueMs: 5 * MINUTE });
    succeed(limiter, await take(limiter));
    const calls = Array.from({ length: 5 }, () => limiter.acquire({}));
    expect(await failure(limiter.acquire({}))).toMatchObject({ kind: "RateLimitExceeded" });
    expect(await outcome(limiter.acquire({ priority: 1 }))).toBe("pending");
    expect(await outcome(Promise.race(calls))).toBe("pending");
  });

  it("is bounded over all attempts of a call together", async () => {
    const { clock, limiter } = setUp({ windows: [{ periodMs: MINUTE, calls: 1 }], maxQueueMs: 90_000 });
    succeed(limiter, await take(limiter));
    const waiting = limiter.acquire({});
    await clock.advance(MINUTE);
    const permit = await waiting;
    succeed(limiter, permit);
    expect(await failure(limiter.acquire({ retryOf: permit }))).toMatchObject({ retryAfterMs: MINUTE });
  });
});

describe("a refusal is obeyed as it is said", () => {
  const tokens = { metric: "tokensPerMinute", limit: 6000, used: 5900, requested: 150, waitMs: 500 } as const;

  it("comes back with the size that the server said, after its time", async () => {
    const { clock, limiter } = setUp();
    const first = await take(limiter, 1524);
    refuse(limiter, first, { status: 429, refusal: tokens, retryAfterMs: 500 });
    const again = limiter.acquire({ tokens: 1524, retryOf: first });
    await clock.advance(499);
    expect(await outcome(again)).toBe("pending");
    await clock.advance(1.5);
    expect(await outcome(again)).toMatchObject({ waitedMs: expect.closeTo(500, 1) });
  });

  it("teaches the size of others that were estimated in the same way", async () => {
    const { clock, limiter } = setUp();
    const first = await take(limiter, 1500);
    refuse(limiter, first, { status: 429, refusal: tokens, retryAfterMs: 500 });
    await clock.advance(500);
    succeed(limiter, await take(limiter, 1500), 140);
    // 100 tokens a second: another of 150 may go in 1.4 s, one of 1,500 not before 15 s.
    const next = limiter.acquire({ tokens: 1500 });
    await clock.advance(1600);
    expect(await outcome(next)).not.toBe("pending");
  });

  it.each([
    ["a rounded figure of requests", { ...RPM, limit: 30, used: 30, waitMs: 500 }, 500],
    ["a wait shorter than the figures allow", { ...RPM, limit: 60, used: 63, waitMs: 250 }, 250],
    ["a wait in fractions", { ...RPM, limit: 30, used: 30, waitMs: 1984.999999 }, 1985],
  ])("%s", async (_, refusal, waitMs) => {
    const { clock, limiter } = setUp();
    const first = await take(limiter);
    refuse(limiter, first, { status: 429, refusal, retryAfterMs: refusal.waitMs });
    const again = limiter.acquire({ retryOf: first });
    await clock.advance(waitMs - 1);
    expect(await outcome(again)).toBe("pending");
    await clock.advance(2);
    expect(await outcome(again)).not.toBe("pending");
  });

  it.each([0, 50, 100, 200, 1000])(
    "of %i ms is the wait of a single call, though few calls went before",
    async (named) => {
      const { clock, limiter } = setUp();
      const first = await take(limiter);
      refuse(limiter, first, { status: 429, retryAfterMs: named });
      const again = limiter.acquire({ retryOf: first, maxWaitMs: 1000 });
      await clock.advance(Math.max(100, named) + 1);
      expect(await outcome(again)).toMatchObject({ waitedMs: Math.max(100, named) });
    },
  );

  it("which says 0 is spaced, and more each time", async () => {
    const { clock, limiter } = setUp();
    const zero: Omit<LimitFeedback, "permit"> = { status: 429, retryAfterMs: 0 };
    let attempts = 0;
    for (let call = 0; call < 50; call++) {
      const attempt = () =>
        limiter.acquire({}).then((permit) => {
          attempts += 1;
          refuse(limiter, permit, zero);
          void attempt();
        });
      void attempt().catch(() => undefined);
    }
    await clock.advance(10_000);
    // All fifty at first, as no limit was known.
    expect(attempts - 50).toBeGreaterThan(5);
    expect(attempts - 50).toBeLessThan(20);
  });
});
