import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { likelyPeriodMs, periodBounds } from "../../../src/provider/base/limit-period.ts";
import type { RateLimitSnapshot } from "../../../src/provider/base/limits.ts";
import { readRateLimits } from "../../../src/provider/wire/headers.ts";
import { parseRefusal } from "../../../src/provider/wire/refusal.ts";
import { outcome } from "./harness.ts";
import { admit, failure, refuse, setUp, take } from "./support.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

describe("the period of a bucket follows from its figures", () => {
  test.each([
    ["Groq, requests", 1000, 989, 950_400, DAY],
    ["Groq, requests, one of many", 14_400, 14_399, 6000, DAY],
    ["Groq, tokens", 8000, 7643, 2677.5, MINUTE],
    ["OpenAI's sample", 60, 59, 1000, MINUTE],
    ["OpenAI, recorded", 10_000, 9999, 6, MINUTE],
    ["three a minute", 3, 2, 20_000, MINUTE],
    ["half used, whole seconds", 100, 50, 30_000, MINUTE],
    ["whole seconds, rounded up", 100, 99, 1000, MINUTE],
    ["an hour", 100, 75, 900_000, HOUR],
    ["ten a second", 10, 4, 600, SECOND],
    ["another one", 5, 3, 120, 300],
  ])("%s", (_, limit, remaining, resetMs, periodMs) => {
    const bounds = periodBounds({ limit, remaining, resetMs });
    expect(bounds && likelyPeriodMs(bounds)).toBe(periodMs);
  });

  test.each([
    ["full", { limit: 10, remaining: 10, resetMs: 0 }],
    ["more left than there is", { limit: 10, remaining: 11, resetMs: 5 }],
    ["no reset", { limit: 10, remaining: 5 }],
    ["beyond a year", { limit: 1e6, remaining: 999_999, resetMs: DAY }],
  ])("%s: not told", (_, bucket) => expect(periodBounds(bucket)).toBeUndefined());

  test("of any bucket that refills evenly", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(SECOND, MINUTE, HOUR, DAY),
        fc.integer({ min: 2, max: 100_000 }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        (periodMs, limit, used) => {
          const level = limit * (1 - used);
          const resetMs = Math.round((periodMs * 1e6 * (limit - level)) / limit) / 1e6;
          const bounds = periodBounds({ limit, remaining: Math.floor(level), resetMs });
          expect(bounds && bounds.atLeast <= periodMs * 1.01 && bounds.atMost >= periodMs * 0.99).toBe(true);
        },
      ),
    );
  });
});

describe("headers", () => {
  const read = (headers: Record<string, string>) => readRateLimits(new Headers(headers));

  test("with the period in the name, and seconds, as Cerebras sends them", () => {
    const family = (name: string, limit: number, remaining: number, reset: string) => ({
      [`x-ratelimit-limit-${name}`]: String(limit),
      [`x-ratelimit-remaining-${name}`]: String(remaining),
      [`x-ratelimit-reset-${name}`]: reset,
    });
    const headers = {
      ...family("requests-day", 14_400, 14_399, "33011.38"),
      ...family("tokens-minute", 60_000, 59_000, "11.38"),
    };
    expect(read(headers)).toEqual({
      requests: { limit: 14_400, remaining: 14_399, resetMs: 33_011_380, periodMs: DAY },
      tokens: { limit: 60_000, remaining: 59_000, resetMs: 11_380, periodMs: MINUTE },
    });
  });

  test("of several periods: the shortest first", () => {
    const headers = {
      "x-ratelimit-limit-requests-day": "1000",
      "x-ratelimit-remaining-requests-day": "900",
      "x-ratelimit-limit-requests-minute": "30",
      "x-ratelimit-remaining-requests-minute": "29",
    };
    expect(read(headers)).toEqual({
      requests: { limit: 30, remaining: 29, periodMs: MINUTE },
      others: [{ counts: "requests", limit: 1000, remaining: 900, periodMs: DAY }],
    });
  });

  test.each<[string, Record<string, string>, RateLimitSnapshot | undefined]>([
    [
      "the draft's items",
      { "ratelimit-policy": '"burst";q=100;w=60, "daily";q=1000;w=86400', ratelimit: '"burst";r=50;t=30' },
      { requests: { limit: 100, remaining: 50, resetMs: 30_000, periodMs: MINUTE } },
    ],
    [
      "both",
      {
        "ratelimit-policy": '"a";q=100;w=60,"b";q=5000;w=3600;qu="tokens"',
        ratelimit: '"a";r=1;t=30,"b";r=7;t=9',
      },
      {
        requests: { limit: 100, remaining: 1, resetMs: 30_000, periodMs: MINUTE },
        tokens: { limit: 5000, remaining: 7, resetMs: 9000, periodMs: HOUR },
      },
    ],
    [
      "an earlier draft",
      { ratelimit: "limit=100, remaining=50, reset=30", "ratelimit-policy": "100;w=60" },
      { requests: { limit: 100, remaining: 50, resetMs: 30_000, periodMs: MINUTE } },
    ],
    [
      "without a policy",
      { ratelimit: '"default";r=50;t=30' },
      { requests: { remaining: 50, resetMs: 30_000 } },
    ],
    ["nonsense", { ratelimit: ";;=,,=;r", "ratelimit-policy": '"' }, undefined],
  ])("of the IETF: %s", (_, headers, snapshot) => expect(read(headers)).toEqual(snapshot));

  test("figures that can't be meant are left out", () => {
    const headers = {
      "x-ratelimit-limit-tokens": "9".repeat(30),
      "x-ratelimit-remaining-tokens": "5",
      "x-ratelimit-reset-tokens": "1790000000",
    };
    expect(read(headers)).toEqual({ tokens: { remaining: 5 } });
  });
});

describe("a learned limit", () => {
  /** What a server says whose buckets refill evenly. */
  class Server {
    level: number;
    #at = 0;
    constructor(
      readonly limit: number,
      readonly periodMs: number,
    ) {
      this.level = limit;
    }
    takes(now: number): boolean {
      this.level = Math.min(this.limit, this.level + ((now - this.#at) * this.limit) / this.periodMs);
      this.#at = now;
      if (this.level < 1) return false;
      this.level -= 1;
      return true;
    }
    get snapshot(): RateLimitSnapshot {
      const resetMs = ((this.limit - this.level) * this.periodMs) / this.limit;
      return { requests: { limit: this.limit, remaining: Math.floor(this.level), resetMs } };
    }
  }

  it.each([
    ["per minute", 3, MINUTE],
    ["per second", 5, SECOND],
    ["in a time of its own", 4, 700],
  ])("of requests %s is kept, and used up", async (_, limit, periodMs) => {
    const { clock, limiter } = setUp({ auto: true });
    const server = new Server(limit, periodMs);
    let refused = 0;
    const calls = Array.from({ length: 12 }, async () => {
      const permit = await limiter.acquire({});
      const takes = server.takes(clock.now());
      if (!takes) refused += 1;
      permit.answered();
      limiter.feedback({ status: takes ? 200 : 429, snapshot: server.snapshot, permit });
      permit.release();
      return clock.now();
    });
    await clock.drain();
    const last = Math.max(...(await Promise.all(calls)));
    expect(refused).toBeLessThanOrEqual(1);
    expect(last).toBeLessThanOrEqual(((12 - limit) * periodMs * 1.35) / limit + 1000);
  });

  it("is not kept beside a window for the same", async () => {
    const windows = [{ periodMs: MINUTE, calls: 600 }];
    const { limiter } = setUp({ windows });
    const server = new Server(600, MINUTE);
    for (let call = 0; call < 600; call++) {
      const permit = await take(limiter);
      server.takes(0);
      permit.answered();
      limiter.feedback({ status: 200, snapshot: server.snapshot, permit });
      permit.release();
    }
    expect(limiter.state.windows).toHaveLength(1);
    expect(limiter.state.nextInMs).toBe(MINUTE);
  });

  it("is corrected when later figures tell the period better", async () => {
    const { limiter, events } = setUp({ auto: true });
    const answer = async (remaining: number, resetMs: number) => {
      const permit = await take(limiter);
      permit.answered();
      limiter.feedback({
        status: 200,
        snapshot: { requests: { limit: 14_400, remaining, resetMs } },
        permit,
      });
      permit.release();
    };
    // A sixtieth of a call is missing: an hour would do.
    await answer(14_399, 100);
    await answer(14_398, 6100);
    const learned = events.flatMap((event) => (event.type === "limitLearned" ? [event.windowMs] : []));
    expect(learned).toEqual([HOUR, DAY]);
    expect(limiter.state.windows).toMatchObject([{ periodMs: DAY, calls: { limit: 14_400 } }]);
  });

  it("is not believed for ever where it stops everything", async () => {
    const { clock, limiter } = setUp({ auto: true });
    const wrong = { requests: { limit: 10, remaining: 0, resetMs: 30 * DAY, periodMs: 30 * DAY } };
    const permit = await take(limiter);
    permit.answered();
    limiter.feedback({ status: 200, snapshot: wrong, permit });
    permit.release();
    expect(await failure(limiter.acquire({}))).toMatchObject({ retryAfterMs: 3 * DAY });
    await clock.advance(MINUTE);
    const [probe, ...none] = await admit(limiter);
    expect(none).toHaveLength(0);
    probe?.answered();
    limiter.feedback({
      status: 200,
      snapshot: { requests: { limit: 10, remaining: 9, resetMs: 6000 } },
      permit: probe,
    });
    probe?.release();
    expect((await admit(limiter)).length).toBeGreaterThan(1);
  });
});

describe("a refusal", () => {
  const message = (words: string, rest: string) =>
    parseRefusal(
      `Rate limit reached for model \`m\` in organization \`o\` service tier \`on_demand\` on ${words}: ${rest}`,
    );

  test("tells a period that is none of the usual ones", () => {
    expect(
      message("requests per 300ms (RPM)", "Limit 5, Used 5, Requested 1. Please try again in 60ms."),
    ).toEqual({
      ...{ metric: "requestsPerMinute", periodMs: 300, limit: 5, used: 5, requested: 1, waitMs: 60 },
    });
    expect(message("requests per minute (RPM)", "Limit 5, Used 5, Requested 1.")).toEqual({
      ...{ metric: "requestsPerMinute", limit: 5, used: 5, requested: 1, waitMs: 12_000 },
    });
  });

  it("teaches that period", async () => {
    const { clock, limiter } = setUp();
    const refusal = message(
      "requests per 300ms (RPM)",
      "Limit 5, Used 5, Requested 1. Please try again in 60ms.",
    );
    refuse(limiter, await take(limiter), { status: 429, refusal });
    expect(limiter.state.windows).toMatchObject([{ periodMs: 300, calls: { limit: 5 } }]);
    const call = limiter.acquire({});
    await clock.advance(101);
    expect(await outcome(call)).not.toBe("pending");
  });

  it("teaches a shorter period where its wait is too short for the one that it names", async () => {
    const { limiter } = setUp();
    const refusal = {
      metric: "tokensPerMinute",
      limit: 6000,
      used: 5900,
      requested: 151,
      waitMs: 5,
    } as const;
    refuse(limiter, await take(limiter, 100), { status: 429, refusal });
    expect(limiter.state.windows).toMatchObject([{ periodMs: 600 }]);
  });
});
