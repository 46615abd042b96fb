import { describe, expect, it } from "vitest";
import type { Permit } from "../../../src/provider/base/limits.ts";
import type { RateLimiterOptions } from "../../../src/provider/limits/create-rate-limiter.ts";
import { outcome } from "./harness.ts";
import { admit, setUp as setUpLimiter } from "./support.ts";

/** A limiter that learns; what `admit` of it takes is not answered. */
function setUp(options: RateLimiterOptions = {}) {
  const { clock, events, limiter } = setUpLimiter({ auto: true, ...options });
  const answer = (permit: Permit | undefined, snapshot = {}) => {
    permit?.answered();
    limiter.feedback({ status: 200, snapshot, permit });
    permit?.release();
  };
  return {
    clock,
    events,
    limiter,
    answer,
    admit: (most?: number, tokens?: number) => admit(limiter, most, tokens),
  };
}

const tokens = (limit: number, remaining: number) => ({
  tokens: { limit, remaining, resetMs: ((limit - remaining) * 60_000) / limit },
});

describe("headers", () => {
  it("tell a bucket of tokens that refills all the time", async () => {
    const { clock, limiter, admit, answer, events } = setUp();
    const [first] = await admit(1, 500);
    answer(first, tokens(6000, 5500));
    expect(events).toContainEqual({
      ...{ type: "limitLearned", model: "m", metric: "tokensPerMinute" },
      ...{ limit: 6000, windowMs: 60_000, source: "header" },
    });
    const [large] = await admit(1, 5500);
    answer(large, tokens(6000, 0));
    const next = limiter.acquire({ tokens: 300 });
    await clock.advance(2980);
    expect(await outcome(next)).toBe("pending");
    // 100 tokens a second: not the minute that `reset` says.
    await clock.advance(30);
    expect(await outcome(next)).not.toBe("pending");
  });

  it("tell what others on the key used", async () => {
    const { clock, limiter, admit, answer } = setUp();
    const [first] = await admit(1);
    answer(first, tokens(6000, 5999));
    const [second] = await admit(1, 100);
    answer(second, tokens(6000, 1000));
    expect(limiter.state.windows).toContainEqual({
      ...{ periodMs: 60_000, source: "learned" },
      tokens: { limit: 6000, used: 4999, left: 1001 },
    });
    await clock.advance(1000);
    expect(limiter.state.windows[0]?.tokens?.left).toBe(1101);
  });

  it("that are old do not take back what was gained since", async () => {
    const { clock, limiter, admit, answer } = setUp();
    const [first] = await admit(1);
    answer(first, tokens(6000, 6000));
    const [second] = await admit(1, 6000);
    // Written when the call came in; the bucket has gained 500 since.
    await clock.advance(5000);
    answer(second, tokens(6000, 0));
    expect(limiter.state.windows[0]?.tokens?.left).toBeLessThanOrEqual(501);
    const left = limiter.state.windows[0]?.tokens?.left ?? 0;
    const [third] = await admit(1, 0);
    await clock.advance(1000);
    answer(third, tokens(6000, left));
    expect(limiter.state.windows[0]?.tokens?.left).toBeGreaterThanOrEqual(left + 100 - 0.01);
  });

  it("raise an estimate that was too careful", async () => {
    const { limiter, admit, answer } = setUp();
    const [first] = await admit(1);
    answer(first, tokens(6000, 6000));
    const [second] = await admit(1, 5000);
    answer(second, tokens(6000, 5900));
    expect(limiter.state.windows[0]?.tokens?.left).toBeGreaterThanOrEqual(5900);
  });

  it("do not raise it where they may be older than a call that was answered first", async () => {
    const { limiter, admit, answer } = setUp();
    const [first] = await admit(1);
    answer(first, tokens(6000, 6000));
    const [slow] = await admit(1);
    const [quick] = await admit(1, 5000);
    answer(quick, tokens(6000, 1000));
    answer(slow, tokens(6000, 6000));
    expect(limiter.state.windows[0]?.tokens?.left).toBeLessThanOrEqual(1001);
  });

  it("tell requests per day", async () => {
    const { limiter, admit, answer } = setUp();
    const [first] = await admit(1);
    answer(first, { requests: { limit: 1000, remaining: 1, resetMs: 999 * 86_400 } });
    await admit(2);
    expect(limiter.state.nextInMs).toBeGreaterThan(80_000);
    expect(limiter.state.lastSnapshot?.requests?.remaining).toBe(1);
  });

  it("are not followed where a window is configured for it, and nowhere without limits", async () => {
    const closed = setUp({ auto: false, windows: [{ periodMs: 60_000, tokens: 9000 }] });
    const [first] = await closed.admit(1);
    closed.answer(first, tokens(6000, 0));
    expect(closed.limiter.state.windows).toHaveLength(1);
    closed.answer(undefined, { requests: { limit: 1000, remaining: 0, resetMs: 86_400_000 } });
    expect(closed.limiter.state.windows).toHaveLength(2);
    const none = setUp({ auto: false });
    none.answer(undefined, tokens(6000, 0));
    expect(none.limiter.state.windows).toHaveLength(0);
    expect(none.limiter.state.nextInMs).toBe(0);
  });
});

const refusal = { metric: "requestsPerMinute", limit: 30, used: 30, requested: 1, waitMs: 2000 } as const;

describe("a refusal", () => {
  it("pauses all calls, whatever their priority", async () => {
    const { clock, limiter, events } = setUp({ auto: false });
    limiter.feedback({ status: 429, refusal, retryAfterMs: 2000 });
    expect(limiter.state).toMatchObject({ pausedForMs: 2000, nextInMs: 2000 });
    expect(events).toContainEqual({ type: "pause", model: "m", waitMs: 2000, metric: "requestsPerMinute" });
    const call = limiter.acquire({ priority: 9 });
    await clock.advance(1999);
    expect(await outcome(call)).toBe("pending");
    await clock.advance(1);
    expect(await outcome(call)).toMatchObject({ waitedMs: 2000 });
    expect(limiter.state.pausedForMs).toBeUndefined();
  });

  it("teaches what has no header, and calls then go at that pace", async () => {
    const { clock, limiter, events, admit } = setUp({ auto: false });
    limiter.feedback({ status: 429, refusal, retryAfterMs: 2000 });
    expect(events).toContainEqual({
      ...{ type: "limitLearned", model: "m", metric: "requestsPerMinute" },
      ...{ limit: 30, windowMs: 60_000, source: "refusal" },
    });
    const went: number[] = [];
    for (let call = 0; call < 4; call++) {
      limiter.acquire({}).then((permit) => {
        went.push(Math.round(clock.now()));
        permit.answered();
      });
    }
    await clock.drain();
    expect(went).toEqual([2000, 4000, 6000, 8000]);
    await clock.advance(60_000);
    expect(await admit()).toHaveLength(30);
  });

  it("does not count calls twice that were under way with it", async () => {
    const { clock, limiter, admit } = setUp({ auto: false });
    const permits = await admit(10);
    permits[0]?.answered();
    limiter.feedback({ status: 429, refusal, retryAfterMs: 2000, permit: permits[0] });
    for (const permit of permits) permit.answered();
    await clock.advance(2000);
    expect(await admit()).toHaveLength(1);
  });

  it("gives nothing for calls under way with it that were never sent", async () => {
    const { clock, limiter, admit } = setUp({ auto: false });
    const permits = await admit(10);
    permits[0]?.answered();
    limiter.feedback({ status: 429, refusal, retryAfterMs: 2000, permit: permits[0] });
    for (const permit of permits) permit.release({ sent: false });
    await clock.advance(2000);
    expect(await admit()).toHaveLength(1);
  });

  it("of an unknown limit is followed by a slow start", async () => {
    const { clock, limiter, admit, answer } = setUp({ auto: false });
    limiter.feedback({ status: 503, retryAfterMs: 1000 });
    await clock.advance(1000);
    const first = await admit();
    expect(first).toHaveLength(1);
    answer(first[0]);
    const second = await admit();
    expect(second).toHaveLength(2);
    for (const permit of second) answer(permit);
    expect(await admit()).toHaveLength(4);
  });

  it("without a wait pauses longer each time, until an answer comes", async () => {
    const { clock, limiter } = setUp({ auto: false });
    for (const pause of [1000, 2000, 4000]) {
      limiter.feedback({ status: 429 });
      expect(limiter.state.pausedForMs).toBe(pause);
      await clock.advance(pause);
    }
    limiter.feedback({ status: 200 });
    limiter.feedback({ status: 429 });
    expect(limiter.state.pausedForMs).toBe(1000);
  });

  it("of a size pauses nobody, though it may name a wait", () => {
    const { limiter } = setUp({ auto: false });
    limiter.feedback({
      status: 413,
      retryAfterMs: 19_000,
      refusal: { limit: 8000, requested: 9000, tooLarge: true },
    });
    limiter.feedback({
      status: 429,
      refusal: { metric: "tokensPerMinute", limit: 1000, requested: 2512, tooLarge: true },
    });
    expect(limiter.state.pausedForMs).toBeUndefined();
    expect(limiter.state.windows).toEqual([]);
  });

  it("of tokens in or out, which no estimate counts, only pauses", () => {
    const { limiter } = setUp();
    const itpm = {
      metric: "inputTokensPerMinute",
      limit: 7000,
      used: 7000,
      requested: 10,
      waitMs: 500,
    } as const;
    limiter.feedback({ status: 429, refusal: itpm });
    expect(limiter.state).toMatchObject({ pausedForMs: 500, windows: [] });
  });
});

describe("discovery", () => {
  it("sends one call ahead, then a few, and more as more was answered", async () => {
    const { admit, answer } = setUp();
    const first = await admit();
    expect(first).toHaveLength(1);
    answer(first[0]);
    const few = await admit();
    expect(few).toHaveLength(4);
    for (const permit of few) answer(permit);
    for (let call = 0; call < 251; call++) answer((await admit(1))[0]);
    expect(await admit()).toHaveLength(8);
  });

  it("lets the next call go as soon as the one ahead is answered, not when it ends", async () => {
    const { limiter, admit } = setUp();
    const [first] = await admit();
    const second = limiter.acquire({});
    expect(await outcome(second)).toBe("pending");
    first?.answered();
    expect(await outcome(second)).not.toBe("pending");
  });

  it("is not needed where the limit of calls is configured", async () => {
    const { admit } = setUp({ windows: [{ periodMs: 60_000, calls: 30 }] });
    expect(await admit()).toHaveLength(30);
  });

  it("does not fail calls that want no wait", async () => {
    const { admit } = setUp({ onLimit: "error" });
    expect(await admit(50)).toHaveLength(50);
  });
});

it("leaves a call that looks larger than a learned limit to the server", async () => {
  const { limiter, admit, answer } = setUp();
  const [first] = await admit(1);
  answer(first, tokens(6000, 6000));
  expect(await outcome(limiter.acquire({ tokens: 20_000 }))).not.toBe("pending");
});
