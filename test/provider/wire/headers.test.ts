import { describe, expect, test } from "vitest";
import { parseDuration, readRateLimits, readRetryAfter } from "../../../src/provider/wire/headers.ts";

describe("durations", () => {
  test.each([
    ["24ms", 24],
    ["449.999999ms", 449.999999],
    ["6s", 6000],
    ["7.66s", 7660],
    ["2m59.56s", 179_560],
    ["1m0s", 60_000],
    ["36m0s", 2_160_000],
    ["1h15m4.753s", 4_504_753],
    ["1h29m16.8s", 5_356_800],
    ["577ms", 577],
    ["250µs", 0.25],
    [" 2s ", 2000],
  ])("%s is %d ms", (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(["", "5", "s", "1m 2s", "-3s", "1d", "2s!", "1..2s"])("%j is none", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

describe("retry-after", () => {
  const now = Date.parse("Sun, 01 Nov 2026 12:00:00 GMT");
  const read = (headers: Record<string, string>) => readRetryAfter(new Headers(headers), () => now);

  test.each([
    [{ "retry-after": "35" }, 35_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after-ms": "120", "retry-after": "35" }, 120],
    [{ "retry-after": "Sun, 01 Nov 2026 12:02:00 GMT" }, 120_000],
    [{ "retry-after": "Sun, 01 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "1m30s" }, 90_000],
  ])("%j", (headers, ms) => expect(read(headers)).toBe(ms));

  test.each(["soon", "-5", "", "NaN", "Infinity"])("%j is nonsense, not a wait", (text) =>
    expect(read({ "retry-after": text })).toBeUndefined(),
  );

  test.each([
    { "retry-after": "9999999999999999" },
    { "retry-after": "9".repeat(61) },
    { "retry-after": "99999999999s" },
    { "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" },
    { "retry-after-ms": "9".repeat(28) },
  ])("%j is a wait that a timer can keep, and does not fire at once", (headers) =>
    expect(read(headers)).toBe(2 ** 31 - 1),
  );
});

describe("rate limit headers", () => {
  test("requests and tokens, with the time to a full bucket", () => {
    const headers = new Headers({
      "x-ratelimit-limit-requests": "1000",
      "x-ratelimit-remaining-requests": "989",
      "x-ratelimit-reset-requests": "15m50.4s",
      "x-ratelimit-limit-tokens": "8000",
      "x-ratelimit-remaining-tokens": "7643",
      "x-ratelimit-reset-tokens": "2.6775s",
    });
    expect(readRateLimits(headers)).toEqual({
      requests: { limit: 1000, remaining: 989, resetMs: 950_400, periodMs: 86_400_000 },
      tokens: { limit: 8000, remaining: 7643, resetMs: 2677.5, periodMs: 60_000 },
    });
  });

  test("none: nothing", () => expect(readRateLimits(new Headers())).toBeUndefined());

  test("the service's period, where a bucket's figures do not tell it", () => {
    const MINUTE = 60_000;
    const read = (headers: Record<string, string>) =>
      readRateLimits(new Headers(headers), { requests: MINUTE, tokens: MINUTE });
    expect(read({ "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "10" })).toEqual({
      requests: { limit: 10, remaining: 10, periodMs: MINUTE },
    });
    const told = {
      "x-ratelimit-limit-requests": "1000",
      "x-ratelimit-remaining-requests": "989",
      "x-ratelimit-reset-requests": "15m50.4s",
    };
    expect(read(told)?.requests?.periodMs).toBe(86_400_000);
    const named = { "x-ratelimit-limit-tokens-day": "10", "x-ratelimit-remaining-tokens-day": "5" };
    expect(read(named)?.tokens?.periodMs).toBe(86_400_000);
    expect(read({ ratelimit: '"a";r=5' })).toEqual({ requests: { remaining: 5, periodMs: MINUTE } });
  });

  const requests = { limit: 100, remaining: 50, resetMs: 5000 };
  test.each<[string, Record<string, string>, object]>([
    [
      "of an earlier draft",
      { "ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "50", "ratelimit-reset": "5" },
      { requests: { ...requests, periodMs: 60_000 } },
    ],
    [
      "without a kind, reset at a point in time",
      { "x-ratelimit-limit": "20", "x-ratelimit-remaining": "19", "x-ratelimit-reset": "1741305600000" },
      { requests: { limit: 20, remaining: 19 } },
    ],
    ["the limit alone", { "x-ratelimit-limit": "20" }, { requests: { limit: 20 } }],
    [
      "plain, and of a day",
      {
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-limit-requests-day": "12000",
        "x-ratelimit-remaining-requests-day": "11999",
      },
      {
        requests: { remaining: 59 },
        others: [{ counts: "requests", limit: 12000, remaining: 11999, periodMs: 86_400_000 }],
      },
    ],
    [
      "with short names, as Mistral has them",
      {
        "x-ratelimit-limit-req-minute": "60",
        "x-ratelimit-remaining-req-minute": "58",
        "x-ratelimit-limit-tokens-minute": "500000",
        "x-ratelimit-remaining-tokens-minute": "499000",
      },
      {
        requests: { limit: 60, remaining: 58, periodMs: 60_000 },
        tokens: { limit: 500_000, remaining: 499_000, periodMs: 60_000 },
      },
    ],
    [
      "below nothing",
      { "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "-1" },
      { requests: { limit: 10, remaining: 0 } },
    ],
  ])("%s", (_, headers, expected) => {
    expect(readRateLimits(new Headers(headers))).toEqual(expected);
  });

  test("what can't be read is left out", () => {
    const headers = new Headers({
      "x-ratelimit-limit-tokens": "many",
      "x-ratelimit-remaining-tokens": "5",
      "x-ratelimit-reset-tokens": "soon",
    });
    expect(readRateLimits(headers)).toEqual({ tokens: { remaining: 5 } });
  });

  test.each(["9".repeat(30), "99999999999999h"])("a reset of %s is left out", (reset) => {
    const headers = new Headers({
      "x-ratelimit-remaining-tokens": "5",
      "x-ratelimit-reset-tokens": reset,
    });
    expect(readRateLimits(headers)).toEqual({ tokens: { remaining: 5 } });
  });
});
