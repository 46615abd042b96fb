import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BREAKER_DEFAULTS, Breaker, type BreakerChange, type Trial } from "../../src/router/breaker.ts";
import { TestClock } from "./test-clock.ts";

const FIGURES = { failures: 3, lastCalls: 20, minCalls: 10, restMs: 5000 };

function setUp(settings: Partial<typeof BREAKER_DEFAULTS> = {}) {
  const clock = new TestClock();
  const changes: BreakerChange[] = [];
  const breaker = new Breaker({ ...BREAKER_DEFAULTS, ...FIGURES, ...settings }, clock, (change) =>
    changes.push(change),
  );
  const fail = (retryAfterMs?: number) =>
    breaker.admit().failed({ kind: "ServiceUnavailable", retryAfterMs });
  return { clock, breaker, changes, fail };
}

describe("rests", () => {
  test("after failures in a row, of which a success begins a new count", () => {
    const { breaker, fail, changes } = setUp();
    fail();
    fail();
    breaker.admit().succeeded();
    fail();
    fail();
    expect(breaker.admits).toBe(true);
    fail();
    expect(breaker.admits).toBe(false);
    expect(breaker.restMs).toBe(5000);
    expect(changes).toEqual([{ state: "open", restMs: 5000, kind: "ServiceUnavailable" }]);
  });

  test("after a share of the last calls, once enough have ended", () => {
    const { breaker, fail } = setUp({ failures: 100 });
    for (let call = 0; call < 4; call++) {
      fail();
      breaker.admit().succeeded();
    }
    breaker.admit().succeeded();
    expect(breaker.admits).toBe(true);
    fail();
    expect(breaker.admits).toBe(false);
  });

  test("as long as the server said, shorter or longer", () => {
    const shorter = setUp({ failures: 1 });
    shorter.fail(100);
    expect(shorter.breaker.restMs).toBe(100);
    const longer = setUp({ failures: 1 });
    longer.fail(90_000);
    expect(longer.breaker.restMs).toBe(90_000);
  });

  test("no longer than a pace that the one call after a rest was told: then all may go", async () => {
    const { breaker, clock, fail, changes } = setUp({ failures: 1 });
    fail();
    await clock.advance(5000);
    breaker.admit().failed({ kind: "RateLimitExceeded", retryAfterMs: 300, pace: true });
    expect(breaker.restMs).toBe(300);
    await clock.advance(300);
    breaker.admit();
    expect(breaker.admits).toBe(true);
    expect(changes.map(({ state }) => state)).toEqual(["open", "halfOpen", "closed"]);
  });

  test("as long as the server said after one failure too, and then serves on", async () => {
    const { breaker, fail, clock, changes } = setUp();
    fail(700);
    expect(breaker.restMs).toBe(700);
    await clock.advance(700);
    expect(breaker.admits).toBe(true);
    breaker.admit();
    expect(breaker.admits).toBe(true);
    expect(changes).toEqual([]);
  });

  test("no shorter than a server asked for before", async () => {
    const { breaker, fail, changes, clock } = setUp();
    const underWay = [1, 2, 3, 4].map(() => breaker.admit());
    underWay.shift()?.failed({ kind: "RateLimitExceeded", retryAfterMs: 30_000, pace: true });
    for (const trial of underWay) trial.failed({ kind: "ServiceUnavailable" });
    expect(breaker.restMs).toBe(30_000);
    expect(changes).toEqual([{ state: "open", restMs: 30_000, kind: "ServiceUnavailable" }]);
    // What a later failure asks for is shorter, and obeyed.
    await clock.advance(30_000);
    fail(10);
    expect(breaker.restMs).toBe(10);
  });

  test("a limit's wait is no sign of trouble, however often", async () => {
    const { breaker, clock, changes } = setUp();
    for (let call = 0; call < 50; call++) {
      breaker.admit().failed({ kind: "RateLimitExceeded", retryAfterMs: 10, pace: true });
      await clock.advance(10);
    }
    expect(breaker.admits).toBe(true);
    expect(changes).toEqual([]);
  });

  test("long at once, after what lasts", () => {
    const { breaker } = setUp();
    breaker.admit().failed({ kind: "Authentication", lasting: true });
    expect(breaker.restMs).toBe(300_000);
  });

  test("20 calls at once that fail are one cause: what was under way says nothing of what comes after", async () => {
    const { breaker, clock } = setUp();
    const trials = Array.from({ length: 20 }, () => breaker.admit());
    for (const trial of trials) trial.failed({ kind: "Timeout" });
    expect(breaker.restMs).toBe(5000);
    await clock.advance(5000);
    const late = breaker.admit();
    late.succeeded();
    expect(breaker.admits).toBe(true);
  });
});

describe("counts", () => {
  test("a quota's own wait before the long rest", () => {
    const { breaker } = setUp();
    breaker.admit().failed({ kind: "QuotaExceeded", lasting: true, retryAfterMs: 2000 });
    expect(breaker.restMs).toBe(2000);
  });

  test("anew once it serves again: neither rows nor shares go on from before", async () => {
    const { breaker, clock, fail } = setUp({ failures: 3, minCalls: 4, share: 0.5 });
    fail();
    fail();
    fail();
    await clock.advance(5000);
    breaker.admit().succeeded();
    // Three of four, and three in a row, if it went on.
    fail();
    expect(breaker.admits).toBe(true);
    fail();
    expect(breaker.admits).toBe(true);
  });

  test("who was outrun in rows only, not in shares", () => {
    const { breaker } = setUp({ failures: 3, minCalls: 2 });
    for (let call = 0; call < 20; call++) {
      breaker.admit().failed({ kind: "Timeout", slow: true });
      breaker.admit().failed({ kind: "Timeout", slow: true });
      breaker.admit().succeeded();
    }
    expect(breaker.admits).toBe(true);
  });

  test("the last calls only", () => {
    const { breaker, fail } = setUp({ failures: 100 });
    for (let call = 0; call < 100; call++) breaker.admit().succeeded();
    for (let call = 0; call < 9; call++) fail();
    expect(breaker.admits).toBe(true);
    fail();
    expect(breaker.admits).toBe(false);
  });
});

describe("the probe", () => {
  test("is one call; it ends the rest, or doubles it up to a bound", async () => {
    const { breaker, clock, fail, changes } = setUp({ failures: 1, maxRestMs: 20_000 });
    fail();
    for (const rest of [10_000, 20_000, 20_000]) {
      await clock.advance(breaker.restMs);
      const probe = breaker.admit();
      expect(breaker.admits).toBe(false);
      probe.failed({ kind: "ServiceUnavailable" });
      expect(breaker.restMs).toBe(rest);
    }
    await clock.advance(breaker.restMs);
    breaker.admit().succeeded();
    expect(breaker.admits).toBe(true);
    expect(changes.at(-1)).toEqual({ state: "closed" });
    fail();
    expect(breaker.restMs).toBe(5000);
  });

  test("that says nothing gives its place to another", async () => {
    const { breaker, clock, fail } = setUp({ failures: 1 });
    fail();
    await clock.advance(5000);
    breaker.admit().abandoned();
    expect(breaker.admits).toBe(true);
  });

  test("that has begun to answer lets others go, and still counts when it breaks", async () => {
    const { breaker, clock, fail } = setUp({ failures: 1 });
    fail();
    await clock.advance(5000);
    const probe = breaker.admit();
    probe.began();
    expect(breaker.admits).toBe(true);
    probe.failed({ kind: "Timeout" });
    expect(breaker.admits).toBe(false);
  });
});

test("never lets more than one go while it is not closed, and never rests for ever", async () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("admit" as const) }),
    fc.record({ type: fc.constant("advance" as const), ms: fc.nat(8000) }),
    fc.record({
      type: fc.constant("end" as const),
      which: fc.nat(20),
      how: fc.constantFrom("succeeded", "failed", "abandoned", "began", "paced", "lasting"),
      retryAfterMs: fc.option(fc.nat(20_000), { nil: undefined }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const { breaker, clock, changes } = setUp({ failures: 2 });
      const open: Trial[] = [];
      const probes = new Set<Trial>();
      const closed = () => (changes.at(-1)?.state ?? "closed") === "closed";
      for (const each of steps) {
        if (each.type === "advance") await clock.advance(each.ms);
        else if (each.type === "admit") {
          if (!breaker.admits) continue;
          const wasClosed = closed();
          const trial = breaker.admit();
          open.push(trial);
          if (!wasClosed) {
            expect(probes.size).toBe(0);
            probes.add(trial);
          }
        } else {
          const trial = open[each.which % Math.max(1, open.length)];
          if (!trial) continue;
          const { retryAfterMs } = each;
          if (each.how === "began") trial.began();
          else {
            open.splice(open.indexOf(trial), 1);
            if (each.how === "succeeded") trial.succeeded();
            else if (each.how === "abandoned") trial.abandoned();
            else {
              const pace = each.how === "paced";
              trial.failed({ kind: "Timeout", retryAfterMs, pace, lasting: each.how === "lasting" });
            }
            probes.delete(trial);
          }
          if (closed()) probes.clear();
        }
      }
      for (const trial of open) trial.abandoned();
      await clock.advance(breaker.restMs);
      expect(breaker.admits).toBe(true);
    }),
  );
});
