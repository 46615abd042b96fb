import { describe, expect, it, vi } from "vitest";
import { delay } from "../../../src/provider/base/abort.ts";
import { LlmError, type LlmErrorDetails, type LlmErrorKind } from "../../../src/provider/base/error.ts";
import {
  createRetryBudget,
  isRetryable,
  type RetryPolicy,
  retryDelayMs,
  withRetries,
} from "../../../src/provider/call/retry.ts";
import { FakeClock, outcome, settle } from "../limits/harness.ts";

const fault = (kind: LlmErrorKind, details: LlmErrorDetails = {}) =>
  new LlmError(kind, "it failed", { retryable: true, ...details });
const unavailable = fault("ServiceUnavailable", { status: 503 });

/** Runs tries that fail as listed and then succeed, and tells when each was made. */
function run(faults: unknown[], policy: Partial<RetryPolicy> = {}) {
  const clock = new FakeClock();
  const tries: number[] = [];
  const waits: number[] = [];
  const result = withRetries(
    async ({ attempt, waitLeftMs }) => {
      tries.push(clock.now());
      waits.push(waitLeftMs);
      if (attempt <= faults.length) throw faults[attempt - 1];
      return "done";
    },
    { maxRetries: 2, maxWaitMs: 60_000, clock, random: () => 1, ...policy },
  );
  result.catch(() => undefined);
  return { clock, tries, waits, result };
}

describe("what is tried again", () => {
  it.each([
    ["a fault of the connection", fault("ServiceUnavailable"), true],
    ["a refusal by the server", fault("RateLimitExceeded", { status: 429 }), true],
    ["a time-out", fault("Timeout"), true],
    ["what the mapping calls final", new LlmError("InvalidRequest", "no", { status: 400 }), false],
    ["what the limiter refused", fault("RateLimitExceeded", { retryAfterMs: 5 }), false],
    ["no error of ours", new Error("surprise"), false],
  ])("%s", (_name, error, expected) => {
    expect(isRetryable(error)).toBe(expected);
  });
});

describe("how long it waits", () => {
  it("obeys the server, even to the millisecond", () => {
    expect(retryDelayMs(fault("RateLimitExceeded", { status: 429, retryAfterMs: 4770 }), 3, () => 0)).toBe(
      4770,
    );
  });

  it("takes a random share of a time that doubles up to 8 s", () => {
    const longest = [1, 2, 3, 4, 5, 6, 60].map((attempt) => retryDelayMs(unavailable, attempt, () => 1));
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(retryDelayMs(unavailable, 2, () => 0.25)).toBe(250);
    expect(retryDelayMs(unavailable, 2, () => 0)).toBe(0);
  });
});

describe("withRetries", () => {
  it("tries again after each wait, and gives the value", async () => {
    const { clock, tries, result } = run([unavailable, unavailable]);
    await clock.drain();
    expect(await result).toBe("done");
    expect(tries).toEqual([0, 500, 1500]);
    expect(clock.timers).toBe(0);
  });

  it("gives the last error as it was when the tries are used up", async () => {
    const last = fault("ProviderError", { status: 500 });
    const { clock, tries, result } = run([unavailable, unavailable, last]);
    await clock.drain();
    expect(await outcome(result)).toEqual({ error: last });
    expect(tries).toHaveLength(3);
  });

  it("makes one try where none may follow", async () => {
    for (const [error, policy] of [
      [unavailable, { maxRetries: 0 }],
      [new LlmError("RequestTooLarge", "no", { status: 413 }), {}],
      [new Error("surprise"), {}],
    ] as const) {
      const { tries, result } = run([error], policy);
      expect(await outcome(result)).toEqual({ error });
      expect(tries).toHaveLength(1);
    }
  });

  it("fails now, with the wait, where it is asked to wait longer than it may", async () => {
    const refusal = fault("RateLimitExceeded", { status: 429, retryAfterMs: 60_001 });
    const { clock, result } = run([refusal]);
    const failed = (await outcome(result)) as { error: LlmError };
    expect(failed.error).toBe(refusal);
    expect(failed.error.retryAfterMs).toBe(60_001);
    expect(clock.now()).toBe(0);
  });

  it("counts all waits together", async () => {
    const slow = fault("ServiceUnavailable", { status: 503, retryAfterMs: 400 });
    const { clock, tries, waits, result } = run([slow, slow], { maxWaitMs: 700 });
    await clock.drain();
    expect(await outcome(result)).toEqual({ error: slow });
    expect(tries).toEqual([0, 400]);
    expect(waits).toEqual([700, 300]);
  });

  it("begins no wait that ends after the deadline", async () => {
    const slow = fault("ServiceUnavailable", { status: 503, retryAfterMs: 400 });
    const { clock, tries, result } = run([slow, slow], { endsAt: 700 });
    await clock.drain();
    expect(await outcome(result)).toEqual({ error: slow });
    expect(tries).toEqual([0, 400]);
    expect(clock.now()).toBe(400);
  });

  it("leaves the wait for a refusal to the limiter, and counts what that took", async () => {
    const refusal = fault("RateLimitExceeded", { status: 429, retryAfterMs: 2000 });
    const clock = new FakeClock();
    const left: number[] = [];
    const result = withRetries(
      async ({ attempt, waitLeftMs, countWait }) => {
        left.push(waitLeftMs);
        if (attempt === 1) throw refusal;
        countWait(2500);
        if (attempt === 2) throw refusal;
        return "done";
      },
      { maxRetries: 3, maxWaitMs: 4000, clock, limited: true },
    );
    expect(await outcome(result)).toEqual({ error: refusal });
    expect(left).toEqual([4000, 4000]);
    expect(clock.now()).toBe(0);
  });

  it("gives what the server said where the limiter has no room for another try", async () => {
    const refusal = fault("RateLimitExceeded", { status: 429, retryAfterMs: 2000, requestId: "req_1" });
    const local = fault("RateLimitExceeded", { retryAfterMs: 90_000 });
    const { result } = run([refusal, local], { limited: true });
    expect(await outcome(result)).toEqual({ error: refusal });
    expect(await outcome(run([local]).result)).toEqual({ error: local });
  });

  it("ends a wait when the signal is aborted, and leaves nothing behind", async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const { clock, tries, result } = run([unavailable], { signal: controller.signal });
    await settle();
    expect(clock.timers).toBe(1);
    controller.abort(new Error("enough"));
    expect(await outcome(result)).toMatchObject({ error: { kind: "Cancelled" } });
    expect(tries).toHaveLength(1);
    expect(clock.timers).toBe(0);
    remove.mockClear();
    const other = new AbortController();
    const removed = vi.spyOn(other.signal, "removeEventListener");
    const waited = delay(100, clock, other.signal);
    await clock.drain();
    await waited;
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it("does not try again after an abort during a try", async () => {
    const controller = new AbortController();
    controller.abort();
    const { tries, result } = run([unavailable], { signal: controller.signal });
    expect(await outcome(result)).toEqual({ error: unavailable });
    expect(tries).toHaveLength(1);
  });

  it("tells of each retry before its wait", async () => {
    const retries: unknown[] = [];
    const { clock, result } = run([unavailable, unavailable], { onRetry: (retry) => retries.push(retry) });
    await clock.drain();
    await result;
    expect(retries).toEqual([
      { attempt: 1, waitMs: 500, error: unavailable },
      { attempt: 2, waitMs: 1000, error: unavailable },
    ]);
  });
});

describe("the budget of all calls together", () => {
  it("keeps the retries of an outage to its burst", async () => {
    const budget = createRetryBudget({ burst: 20 });
    let made = 0;
    for (let call = 0; call < 200; call++) {
      const { clock, tries, result } = run([unavailable, unavailable, unavailable], { budget });
      await clock.drain();
      await outcome(result);
      made += tries.length;
    }
    expect(made).toBe(220);
  });

  it("earns a share of a retry with each success", async () => {
    const budget = createRetryBudget({ burst: 1, share: 0.2 });
    expect(budget.spend()).toBe(true);
    expect(budget.spend()).toBe(false);
    for (let call = 0; call < 5; call++) await run([], { budget }).result;
    expect(budget.left).toBeCloseTo(1);
    for (let call = 0; call < 50; call++) budget.succeeded();
    expect(budget.left).toBe(1);
  });

  it("is not used up by refusals that the limiter paces", async () => {
    const budget = createRetryBudget({ burst: 1 });
    const refusal = fault("RateLimitExceeded", { status: 429, retryAfterMs: 10 });
    await run([refusal, refusal], { budget, limited: true }).result;
    expect(budget.left).toBe(1);
  });
});
