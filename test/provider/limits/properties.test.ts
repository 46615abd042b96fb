import fc from "fast-check";
import { expect, it } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { LimitWindow, Permit } from "../../../src/provider/base/limits.ts";
import { createRateLimiter } from "../../../src/provider/limits/create-rate-limiter.ts";
import { FakeClock } from "./harness.ts";

interface Plan {
  at: number;
  tokens: number;
  priority: number;
  /** From admission to the answer, and from there to the end. */
  latency: number;
  duration: number;
  /** Share of the reservation that it really uses. */
  uses: number;
  end: "ok" | "neverSent" | "failed";
  /** Milliseconds after its arrival. */
  abortAfter: number | undefined;
}

interface Run extends Plan {
  index: number;
  grants: number;
  admitted: number;
  answered: number;
  ended: number;
  error: unknown;
}

const windowOf = fc.record({
  periodMs: fc.integer({ min: 50, max: 3000 }),
  calls: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  tokens: fc.integer({ min: 100, max: 400 }),
});

const planOf = (abortable: boolean) =>
  fc.record({
    at: fc.integer({ min: 0, max: 4000 }),
    tokens: fc.integer({ min: 0, max: 100 }),
    priority: abortable ? fc.integer({ min: 0, max: 2 }) : fc.constant(0),
    latency: fc.integer({ min: 0, max: 300 }),
    duration: fc.integer({ min: 0, max: 500 }),
    uses: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom("ok" as const, "ok" as const, "neverSent" as const, "failed" as const),
    abortAfter: abortable
      ? fc.option(fc.integer({ min: 0, max: 6000 }), { nil: undefined })
      : fc.constant(undefined),
  });

const windowsOf = fc.uniqueArray(windowOf, {
  minLength: 1,
  maxLength: 3,
  selector: ({ periodMs }) => periodMs,
});

function toWindows(specs: { periodMs: number; calls: number | undefined; tokens: number }[]): LimitWindow[] {
  return specs.map(({ calls, ...rest }) => ({ ...rest, ...(calls !== undefined && { calls }) }));
}

async function play(windows: LimitWindow[], plans: Plan[], onGrant?: (run: Run, runs: Run[]) => void) {
  const clock = new FakeClock();
  const limiter = createRateLimiter({ windows, clock, trustEstimates: true });
  let listeners = 0;
  const runs = plans.map(
    (plan, index): Run => ({
      ...plan,
      index,
      grants: 0,
      admitted: -1,
      answered: -1,
      ended: -1,
      error: undefined,
    }),
  );
  const start = (run: Run) => {
    const controller = new AbortController();
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    if (run.abortAfter !== undefined) clock.setTimer(() => controller.abort(), run.abortAfter);
    limiter.acquire({ tokens: run.tokens, priority: run.priority, signal }).then(
      (permit) => work(run, permit),
      (error: unknown) => {
        run.error = error;
      },
    );
  };
  const work = (run: Run, permit: Permit) => {
    run.grants += 1;
    run.admitted = clock.now();
    onGrant?.(run, runs);
    const used = Math.floor(run.tokens * run.uses);
    clock.setTimer(() => {
      if (run.end === "neverSent") {
        run.ended = clock.now();
        permit.release({ sent: false });
        return;
      }
      run.answered = clock.now();
      permit.answered();
      clock.setTimer(() => {
        run.ended = clock.now();
        permit.release(run.end === "ok" ? { usedTokens: used } : {});
      }, run.duration);
    }, run.latency);
  };
  for (const run of runs) clock.setTimer(() => start(run), run.at);
  await clock.drain();
  return { runs, limiter, clock, listeners: () => listeners };
}

it("never exceeds a window, keeps the order, loses nothing, and leaves nothing behind", async () => {
  await fc.assert(
    fc.asyncProperty(
      windowsOf,
      fc.array(planOf(true), { minLength: 1, maxLength: 60 }),
      async (specs, plans) => {
        const windows = toWindows(specs);
        const { runs, limiter, clock, listeners } = await play(windows, plans);
        for (const run of runs) {
          const aborted =
            LlmError.is(run.error) && run.error.kind === "Cancelled" && run.abortAfter !== undefined;
          expect(run.grants).toBe(aborted ? 0 : 1);
        }
        const sent = runs.filter(({ answered }) => answered >= 0);
        for (const { periodMs, calls, tokens } of windows) expectWithin(sent, periodMs, calls, tokens);
        expectOrder(runs);
        expect(clock.timers).toBe(0);
        expect(listeners()).toBe(0);
        await clock.advance(3001);
        const { state } = limiter;
        expect(state.waiting).toBe(0);
        expect(state.active).toBe(0);
        for (const window of state.windows) {
          expect(window.calls?.used ?? 0).toBe(0);
          expect(window.tokens?.used).toBe(0);
        }
      },
    ),
    { numRuns: 150 },
  );
});

/** A call may reach the server at any moment from its admission to its answer: neither end may exceed a window. */
function expectWithin(sent: Run[], periodMs: number, calls: number | undefined, tokens: number | undefined) {
  for (const share of [0, 0.5, 1]) {
    const arrival = ({ admitted, answered }: Run) => admitted + (answered - admitted) * share;
    const ordered = [...sent].sort((a, b) => arrival(a) - arrival(b));
    for (const [index, first] of ordered.entries()) {
      const within = ordered.slice(index).filter((run) => arrival(run) < arrival(first) + periodMs);
      if (calls !== undefined) expect(within.length).toBeLessThanOrEqual(calls);
      const used = within.reduce(
        (sum, run) => sum + (run.end === "ok" ? Math.floor(run.tokens * run.uses) : run.tokens),
        0,
      );
      if (tokens !== undefined) expect(used).toBeLessThanOrEqual(tokens);
    }
  }
  // What has no answer yet holds its place too.
  for (const { admitted, index } of sent) {
    const holding = sent.filter((run) => run.admitted <= admitted && run.answered + periodMs > admitted);
    if (calls !== undefined) expect(holding.length, `at call ${index}`).toBeLessThanOrEqual(calls);
  }
}

function expectOrder(runs: Run[]) {
  const arrived = [...runs].sort((a, b) => a.at - b.at || a.index - b.index);
  for (const [index, later] of arrived.entries()) {
    if (later.grants === 0) continue;
    for (const earlier of arrived.slice(0, index)) {
      if (earlier.grants === 0 || earlier.priority < later.priority) continue;
      // Of the same priority or a higher one, and there before: it went first.
      expect(earlier.admitted).toBeLessThanOrEqual(later.admitted);
    }
  }
}

it("is as fast as calls in order can be", async () => {
  await fc.assert(
    fc.asyncProperty(
      windowsOf,
      fc.array(planOf(false), { minLength: 1, maxLength: 50 }),
      async (specs, plans) => {
        const windows = toWindows(specs);
        const { runs } = await play(windows, plans);
        const best = fastest(windows, plans);
        for (const run of runs)
          expect(run.admitted).toBeLessThanOrEqual((best[run.index] ?? 0) * 1.01 + 0.01);
      },
    ),
    { numRuns: 150 },
  );
});

/** When each call could go at best, found by trying every moment at which something becomes free. */
function fastest(windows: LimitWindow[], plans: Plan[]): number[] {
  const order = plans
    .map((plan, index) => ({ ...plan, index }))
    .sort((a, b) => a.at - b.at || a.index - b.index);
  const gone: { admitted: number; answered: number; ended: number; plan: Plan }[] = [];
  const result: number[] = [];
  let last = 0;
  for (const plan of order) {
    const moments = [Math.max(plan.at, last)];
    for (const { answered, ended } of gone) {
      moments.push(ended, ...windows.map(({ periodMs }) => answered + periodMs));
    }
    const fits = (now: number) =>
      windows.every(({ periodMs, calls = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY }) => {
        let usedCalls = 1;
        let usedTokens = plan.tokens;
        for (const other of gone) {
          const over = other.plan.end === "neverSent" ? other.ended : other.answered + periodMs;
          if (over <= now) continue;
          usedCalls += 1;
          const settled = other.plan.end === "ok" && other.ended <= now;
          usedTokens += settled ? Math.floor(other.plan.tokens * other.plan.uses) : other.plan.tokens;
        }
        return usedCalls <= calls && (plan.tokens === 0 || usedTokens <= tokens);
      });
    const admitted = moments
      .filter((now) => now >= Math.max(plan.at, last) && fits(now))
      .sort((a, b) => a - b)[0];
    if (admitted === undefined) throw new Error("the reference found no moment");
    const answered = admitted + plan.latency;
    gone.push({
      admitted,
      answered,
      ended: plan.end === "neverSent" ? answered : answered + plan.duration,
      plan,
    });
    result[plan.index] = admitted;
    last = admitted;
  }
  return result;
}
