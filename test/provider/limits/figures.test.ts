import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { LimitFeedback, RateLimitBucket } from "../../../src/provider/base/limits.ts";
import { createRateLimiter } from "../../../src/provider/limits/create-rate-limiter.ts";
import { createMemoryLimitStore } from "../../../src/provider/limits/memory-store.ts";
import { outcome } from "./harness.ts";
import { admit, failure, refuse, setUp, succeed, take } from "./support.ts";

const BAD = [Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe("bad figures of a call are refused, and leave nothing behind", () => {
  it.each(BAD)("tokens: %d", async (tokens) => {
    const { limiter } = setUp({ windows: [{ periodMs: 60_000, calls: 5, tokens: 1000 }] });
    expect(await failure(limiter.acquire({ tokens }))).toMatchObject({
      kind: "InvalidRequest",
      param: "tokens",
    });
    expect(await failure(limiter.acquire({ priority: Number.NaN }))).toMatchObject({ param: "priority" });
    expect(await failure(limiter.acquire({ maxWaitMs: Number.NaN }))).toMatchObject({ param: "maxWaitMs" });
    expect(await failure(limiter.acquire({ maxQueueMs: -1 }))).toMatchObject({ param: "maxQueueMs" });
    expect(await admit(limiter)).toHaveLength(5);
  });

  it.each(BAD)("usedTokens: %d leaves the estimate", async (usedTokens) => {
    const windows = [{ periodMs: 60_000, tokens: 1000 }];
    const { limiter } = setUp({ windows, trustEstimates: true });
    succeed(limiter, await take(limiter, 300), usedTokens);
    expect(limiter.state.windows[0]?.tokens?.used).toBe(300);
  });

  it("a usage beyond all measure blocks no longer than its period", async () => {
    const { clock, limiter } = setUp({ windows: [{ periodMs: 60_000, tokens: 1000 }] });
    succeed(limiter, await take(limiter, 10), 1e300);
    expect(limiter.state.nextInMs).toBe(0);
    await clock.advance(60_000);
    expect(limiter.state.windows[0]?.tokens?.used).toBe(0);
    expect(await admit(limiter, 1, 10)).toHaveLength(1);
  });
});

const nonsense = fc.oneof(
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -1,
    0,
    1e300,
    99_999_999_999,
  ),
  fc.double(),
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const bucket: fc.Arbitrary<RateLimitBucket> = fc
  .record({
    limit: maybe(nonsense),
    remaining: maybe(nonsense),
    resetMs: maybe(nonsense),
    periodMs: maybe(nonsense),
  })
  .map((figures) => Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)));
const feedback = fc.record({
  status: fc.constantFrom(200, 400, 413, 429, 498, 500, 503, Number.NaN),
  retryAfterMs: maybe(nonsense),
  snapshot: maybe(fc.record({ requests: bucket, tokens: bucket })),
  refusal: maybe(
    fc
      .record({
        metric: fc.constantFrom("requestsPerMinute", "tokensPerMinute", "tokensPerDay", "requestsPerDay"),
        ...{
          limit: maybe(nonsense),
          used: maybe(nonsense),
          requested: maybe(nonsense),
          waitMs: maybe(nonsense),
        },
      })
      .map((figures) =>
        Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)),
      ),
  ),
}) satisfies fc.Arbitrary<LimitFeedback>;

it("whatever a server says, a call goes or fails within its bounds, and figures stay figures", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(feedback, { minLength: 1, maxLength: 8 }), fc.boolean(), async (all, auto) => {
      const { clock, limiter } = setUp({ auto, random: Math.random });
      for (const said of all) {
        const [permit] = await admit(limiter, 1, 100);
        permit?.answered();
        limiter.feedback({ ...said, permit });
        permit?.release({ usedTokens: said.retryAfterMs });
        await clock.advance(1000);
      }
      const call = limiter.acquire({ tokens: 100 });
      await clock.advance(661_000);
      const result = await outcome(call);
      expect(result).not.toBe("pending");
      if (typeof result === "object" && "error" in result) {
        expect(LlmError.is(result.error) && result.error.retryAfterMs).toBeGreaterThanOrEqual(0);
      } else if (typeof result === "object") result.release({ sent: false });
      expect(JSON.stringify({ ...limiter.state, lastSnapshot: undefined })).not.toMatch(/null|NaN/);
      // A day later nothing of it is left.
      await clock.advance(31 * 86_400_000);
      expect(await admit(limiter, 1, 100)).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});

it("`Used 99999999999` stops calls for two periods at most", async () => {
  const { clock, limiter } = setUp();
  const refusal = { metric: "requestsPerMinute", limit: 30, used: 99_999_999_999 } as const;
  refuse(limiter, await take(limiter), { status: 429, refusal });
  const call = limiter.acquire({});
  await clock.advance(120_000);
  expect(await outcome(call)).not.toBe("pending");
});

describe("limits that a server makes up with each answer", () => {
  const told = (periodMs: number, remaining = 5) => ({
    status: 200,
    snapshot: { requests: { limit: 10, remaining, periodMs } },
  });

  it("are kept to a number that a service can have", () => {
    const { limiter } = setUp({ auto: true });
    for (let periodMs = 1000; periodMs < 1e9; periodMs *= 1.2) {
      limiter.feedback({
        status: 200,
        snapshot: { others: [{ counts: "tokens", limit: 9, remaining: 9, periodMs }] },
      });
    }
    expect(limiter.state.windows).toHaveLength(16);
  });

  it("do no harm to one that comes again", async () => {
    const { limiter } = setUp({ auto: true });
    for (let periodMs = 1000; periodMs < 1e9; periodMs *= 1.2) {
      limiter.feedback({
        status: 200,
        snapshot: { others: [{ counts: "tokens", limit: 9, remaining: 9, periodMs }] },
      });
    }
    limiter.feedback(told(60_000, 0));
    expect(limiter.state.windows.at(-1)).toMatchObject({ calls: { limit: 10, left: 0 } });
    expect(await admit(limiter, 1)).toHaveLength(0);
  });
});

it("a limit that two headers told, and a store then configures, is forgotten once", () => {
  const store = createMemoryLimitStore();
  const { clock, limiter } = setUp({ auto: true, store });
  const other = (counts: "requests" | "tokens", periodMs: number) => ({
    status: 200,
    snapshot: { others: [{ counts, limit: 9, remaining: 9, periodMs }] },
  });
  limiter.feedback(other("requests", 60_000));
  limiter.feedback(other("requests", 61_000));
  limiter.feedback(other("tokens", 3_600_000));
  createRateLimiter({ clock, store, model: "m", windows: [{ periodMs: 60_000, calls: 5 }] });
  limiter.feedback(other("requests", 60_000));
  limiter.feedback(other("requests", 61_000));
  expect(limiter.state.windows.map(({ periodMs, source }) => [periodMs, source])).toEqual([
    [60_000, "configured"],
    [3_600_000, "learned"],
  ]);
});
