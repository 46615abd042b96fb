import fc from "fast-check";
import { expect, it } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { LimitMetric, Permit } from "../../../src/provider/base/limits.ts";
import { withRetries } from "../../../src/provider/call/retry.ts";
import { createRateLimiter } from "../../../src/provider/limits/create-rate-limiter.ts";
import { FakeClock } from "./harness.ts";

/** A limit as Groq keeps it. */
class Bucket {
  #level: number;
  #at = 0;
  readonly metric: LimitMetric;
  readonly limit: number;

  constructor(metric: LimitMetric, limit: number) {
    this.metric = metric;
    this.limit = limit;
    this.#level = limit;
  }

  left(now: number): number {
    this.#level = Math.min(this.limit, this.#level + ((now - this.#at) * this.limit) / 60_000);
    this.#at = now;
    return this.#level;
  }

  take(amount: number): void {
    this.#level -= amount;
  }
}

interface Setting {
  calls: number;
  perMinute: number;
  tokensPerMinute: number;
  reserved: number;
  used: number;
  latency: (call: number) => number;
}

/** All calls at once, with learned limits only, on a server that tells tokens in headers and calls in refusals alone. */
async function play({ calls, perMinute, tokensPerMinute, reserved, used, latency }: Setting) {
  const clock = new FakeClock();
  const limiter = createRateLimiter({ auto: true, clock });
  const requests = new Bucket("requestsPerMinute", perMinute);
  const tokens = new Bucket("tokensPerMinute", tokensPerMinute);
  let refusals = 0;
  let done = 0;
  let last = 0;
  const wait = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(resolve, ms));
  const send = async (permit: Permit, call: number) => {
    await wait(latency(call) / 2);
    const now = clock.now();
    const full = [requests, tokens].find((bucket) => bucket.left(now) < (bucket === tokens ? reserved : 1));
    if (!full) {
      requests.take(1);
      tokens.take(reserved);
    }
    const snapshot = {
      tokens: {
        limit: tokensPerMinute,
        remaining: Math.max(0, Math.floor(tokens.left(now))),
        resetMs: ((tokensPerMinute - tokens.left(now)) * 60_000) / tokensPerMinute,
      },
    };
    await wait(latency(call) / 2);
    permit.answered();
    if (full) {
      refusals += 1;
      const requested = full === tokens ? reserved : 1;
      const missing = requested - full.left(now);
      const waitMs = (missing * 60_000) / full.limit;
      const refusal = {
        metric: full.metric,
        limit: full.limit,
        used: Math.ceil(full.limit - full.left(now)),
        requested,
        waitMs,
      };
      limiter.feedback({ status: 429, snapshot, refusal, retryAfterMs: waitMs, permit });
      permit.release({ usedTokens: 0 });
      throw new LlmError("RateLimitExceeded", "refused", {
        status: 429,
        retryable: true,
        retryAfterMs: waitMs,
        refusal,
      });
    }
    limiter.feedback({ status: 200, snapshot, permit });
    tokens.left(clock.now());
    tokens.take(used - reserved);
    permit.release({ usedTokens: used });
    done += 1;
    last = now;
  };
  const failures: unknown[] = [];
  for (let call = 0; call < calls; call++) {
    let permit: Permit | undefined;
    withRetries(
      async ({ attempt, waitLeftMs }) => {
        const maxWaitMs = attempt > 1 ? waitLeftMs : undefined;
        permit = await limiter.acquire({ tokens: reserved, retryOf: permit, maxWaitMs });
        await send(permit, call);
      },
      { maxRetries: 2, maxWaitMs: 60_000, clock, limited: true },
    ).catch((error: unknown) => failures.push(error));
  }
  await clock.drain();
  return { refusals, done, failures, last };
}

it("uses the whole allowance of a limit that it has to discover, and is hardly refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        perMinute: fc.integer({ min: 30, max: 120 }),
        base: fc.integer({ min: 20, max: 600 }),
        jitter: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 20, maxLength: 20 }),
      }),
      async ({ perMinute, base, jitter }) => {
        const calls = perMinute * 3;
        const setting = { calls, perMinute, tokensPerMinute: 1e6, reserved: 100, used: 80 };
        const result = await play({ ...setting, latency: (call) => base + (jitter[call % 20] ?? 0) });
        const ideal = ((calls - perMinute) * 60_000) / perMinute;
        expect(result.failures).toEqual([]);
        expect(result.done).toBe(calls);
        expect(result.refusals).toBeLessThanOrEqual(5);
        expect(result.last).toBeLessThanOrEqual(ideal * 1.03);
      },
    ),
    { numRuns: 25 },
  );
});

it("follows tokens in headers without being refused", async () => {
  const setting = { calls: 300, perMinute: 10_000, tokensPerMinute: 10_000, reserved: 120, used: 100 };
  const result = await play({ ...setting, latency: (call) => 100 + ((call * 37) % 200) });
  expect(result.failures).toEqual([]);
  expect(result.refusals).toBe(0);
  expect(result.last).toBeLessThanOrEqual(((300 * 100 - 10_000) * 60_000 * 1.03) / 10_000);
});
