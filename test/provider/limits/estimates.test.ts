import { describe, expect, it, test } from "vitest";
import type { RateLimiter } from "../../../src/provider/base/limits.ts";
import { checkEstimate, embeddingAsChat, estimateTokens } from "../../../src/provider/wire/estimate.ts";
import type { FakeClock } from "./harness.ts";
import { admit, refuse, setUp, succeed, take } from "./support.ts";

const MINUTE = 60_000;

/** Calls at once, each with its estimate, and what it really uses; gives the most used in any minute. */
async function play(
  limiter: RateLimiter,
  clock: FakeClock,
  calls: { estimate: number; uses: number; takesMs?: number }[],
): Promise<number> {
  const used: { at: number; tokens: number }[] = [];
  const all = calls.map(async ({ estimate, uses, takesMs = 500 }) => {
    const permit = await limiter.acquire({ tokens: estimate, maxQueueMs: Number.POSITIVE_INFINITY });
    permit.answered();
    used.push({ at: clock.now(), tokens: uses });
    await new Promise<void>((resolve) => clock.setTimer(resolve, takesMs));
    limiter.feedback({ status: 200, permit });
    permit.release({ usedTokens: uses });
  });
  await clock.drain();
  await Promise.all(all);
  const within = (from: number) => used.filter(({ at }) => at >= from && at < from + MINUTE);
  return Math.max(...used.map(({ at }) => within(at).reduce((sum, { tokens }) => sum + tokens, 0)));
}

describe("a window of tokens holds where estimates", () => {
  const windows = [{ periodMs: MINUTE, tokens: 10_000 }];

  it("are low by ten", async () => {
    const { clock, limiter } = setUp({ windows });
    const calls = Array.from({ length: 100 }, () => ({ estimate: 100, uses: 1000 }));
    expect(await play(limiter, clock, calls)).toBeLessThanOrEqual(10_000);
  });

  it("are low by three, for every other call", async () => {
    const { clock, limiter } = setUp({ windows });
    const calls = Array.from({ length: 100 }, (_, call) => ({ estimate: 200, uses: call % 2 ? 600 : 150 }));
    expect(await play(limiter, clock, calls)).toBeLessThanOrEqual(10_000);
  });

  it("become low later", async () => {
    const { clock, limiter } = setUp({ windows });
    const calls = Array.from({ length: 100 }, (_, call) => ({ estimate: 200, uses: call < 40 ? 150 : 900 }));
    // The first of them are a surprise.
    expect(await play(limiter, clock, calls)).toBeLessThanOrEqual(10_000 + 40 * 900);
  });

  it("are right, and loses nothing", async () => {
    const { clock, limiter } = setUp({ windows });
    const calls = Array.from({ length: 98 }, () => ({ estimate: 250, uses: 200 }));
    await play(limiter, clock, calls);
    // 49 calls in each minute, as the last must find room for its estimate; and the time that the first takes.
    expect(clock.now()).toBeLessThan(MINUTE + 10_000);
  });
});

it("a call is doubted before the first usage, and no longer", async () => {
  const { limiter } = setUp({ windows: [{ periodMs: MINUTE, tokens: 10_000 }] });
  const first = await take(limiter, 900);
  expect(limiter.state.windows[0]?.tokens?.used).toBe(9000);
  succeed(limiter, first, 700);
  expect(limiter.state.windows[0]?.tokens?.used).toBe(700);
  await take(limiter, 900);
  expect(limiter.state.windows[0]?.tokens?.used).toBe(1600);
});

it("a server that tells no usage leaves the estimates as they are", async () => {
  const { limiter } = setUp({ windows: [{ periodMs: MINUTE, tokens: 10_000 }] });
  succeed(limiter, await take(limiter, 900));
  expect(limiter.state.windows[0]?.tokens?.used).toBe(900);
  expect(await admit(limiter, 100, 900)).toHaveLength(10);
});

it("refused and broken calls are no measure", async () => {
  const { limiter } = setUp({ windows: [{ periodMs: MINUTE, tokens: 10_000 }] });
  refuse(limiter, await take(limiter, 100), { status: 500 });
  (await take(limiter, 100)).release();
  await take(limiter, 100);
  // Still doubted; the broken one stands with its estimate.
  expect(limiter.state.windows[0]?.tokens?.used).toBe(1100);
});

it("a larger estimate than the window is refused by its own figure, not by what was learned", async () => {
  const { limiter } = setUp({ windows: [{ periodMs: MINUTE, tokens: 1000 }] });
  succeed(limiter, await take(limiter, 100), 900);
  expect(limiter.state.windows[0]?.tokens?.used).toBe(900);
  // Its ninefold is more than the window; alone it may go.
  await expect(limiter.acquire({ tokens: 1001 })).rejects.toMatchObject({ kind: "RequestTooLarge" });
});

test("estimates are lowered only where the server says a size", async () => {
  const { clock, limiter } = setUp({ windows: [{ periodMs: MINUTE, tokens: 10_000 }] });
  succeed(limiter, await take(limiter, 2000), 200);
  await take(limiter, 2000);
  expect(limiter.state.windows[0]?.tokens?.used).toBe(2200);
  const refusal = {
    metric: "tokensPerMinute",
    limit: 60_000,
    used: 59_900,
    requested: 500,
    waitMs: 400,
  } as const;
  refuse(limiter, await take(limiter, 2000), { status: 429, refusal });
  await clock.advance(400);
  await take(limiter, 2000);
  expect(limiter.state.windows[0]?.tokens?.used).toBe(2700);
});

describe("the estimator", () => {
  const chat = (content: string, rest: object = {}) =>
    estimateTokens({
      model: "m",
      messages: [{ role: "user", content }],
      max_completion_tokens: 100,
      ...rest,
    });

  test("counts each of several choices", () => {
    expect(chat("", { n: 3 }) - chat("")).toBe(200);
  });
  test("counts a letter of Chinese as a token, of Russian as a half, of English as a quarter", () => {
    expect(chat("汉".repeat(400)) - chat("")).toBe(400);
    expect(chat("ж".repeat(400)) - chat("")).toBe(200);
    expect(chat("é".repeat(400)) - chat("")).toBe(100);
  });
  test("reads an embedding's texts as messages without an answer", () => {
    expect(estimateTokens(embeddingAsChat("m", ["a".repeat(400), "b".repeat(40)]))).toBe(110 + 8);
  });
  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, undefined, "12", null])(
    "may not give %s",
    (tokens) => {
      expect(() => checkEstimate(tokens)).toThrowError(
        /^estimateTokens: expected a function that gives a number/,
      );
    },
  );
});
