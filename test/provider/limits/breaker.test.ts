import { describe, expect, it } from "vitest";
import type { LimitFeedback } from "../../../src/provider/base/limits.ts";
import { outcome } from "./harness.ts";
import { admit, failure, refuse, setUp, succeed, take } from "./support.ts";

const HOUR = 3_600_000;

describe("open", () => {
  it("lets one call look after a minute, and each ten seconds, whether a long pause still holds", async () => {
    const { clock, limiter } = setUp();
    refuse(limiter, await take(limiter), { status: 503, retryAfterMs: HOUR });
    await clock.advance(59_999);
    expect(await admit(limiter)).toHaveLength(0);
    await clock.advance(1);
    const [probe, ...none] = await admit(limiter);
    expect(none).toHaveLength(0);
    expect(await failure(limiter.acquire({}))).toMatchObject({ retryAfterMs: HOUR - 60_000 });
    await clock.advance(10_000);
    // The first one hangs.
    const [second] = await admit(limiter);
    expect(second).toBeDefined();
    if (second) succeed(limiter, second);
    expect(limiter.state.pausedForMs).toBeUndefined();
    // Half open for two, of which one hangs.
    expect(await admit(limiter)).toHaveLength(1);
    probe?.release();
  });

  it.each([
    ["tokensPerMinute", 6000],
    ["tokensPerDay", 200_000],
  ] as const)("lets calls look also where a refusal explains the wait, by %s", async (metric, limit) => {
    const { clock, limiter } = setUp({ auto: true });
    const refusal = { metric, limit, used: limit - 100, requested: 150, waitMs: 3_723_500 };
    refuse(limiter, await take(limiter, 150), { status: 429, refusal, retryAfterMs: 3_723_500 });
    await clock.advance(59_000);
    expect(await admit(limiter, 2, 150)).toHaveLength(0);
    // A minute, and what the learned bucket needs to refill for one call.
    await clock.advance(2500);
    const [probe, ...none] = await admit(limiter, 2, 150);
    expect(none).toHaveLength(0);
    if (probe) succeed(limiter, probe, 150);
    expect(limiter.state.pausedForMs).toBeUndefined();
  });

  it("lets a call look, too, that would rather fail than wait", async () => {
    const { clock, limiter } = setUp({ onLimit: "error" });
    refuse(limiter, await take(limiter), { status: 503, retryAfterMs: HOUR });
    await clock.advance(59_999);
    expect(await failure(limiter.acquire({}))).toMatchObject({ retryAfterMs: HOUR - 59_999 });
    await clock.advance(1);
    const probe = await take(limiter);
    expect(await failure(limiter.acquire({}))).toMatchObject({ retryAfterMs: HOUR - 60_000 });
    succeed(limiter, probe);
    expect(await admit(limiter, 3)).toHaveLength(3);
  });

  it("pauses for no longer than a timer can wait", async () => {
    const { limiter } = setUp();
    refuse(limiter, await take(limiter), { status: 503, retryAfterMs: 1e19 });
    expect(limiter.state.pausedForMs).toBe(2 ** 31 - 1);
    expect(await failure(limiter.acquire({}))).toMatchObject({ retryAfterMs: 2 ** 31 - 1 });
  });

  it("begins anew where such a call is refused", async () => {
    const { clock, limiter } = setUp();
    refuse(limiter, await take(limiter), { status: 503, retryAfterMs: HOUR });
    await clock.advance(60_000);
    refuse(limiter, await take(limiter), { status: 503, retryAfterMs: HOUR });
    expect(limiter.state.pausedForMs).toBe(HOUR);
    await clock.advance(59_999);
    expect(await admit(limiter)).toHaveLength(0);
  });

  it("is not closed by an answer to a call from before", async () => {
    const { limiter } = setUp();
    const [refused, slow] = await admit(limiter, 2);
    if (refused) refuse(limiter, refused, { status: 503, retryAfterMs: 20_000 });
    if (slow) succeed(limiter, slow);
    expect(limiter.state.pausedForMs).toBe(20_000);
  });

  it("counts refusals of one burst as one", async () => {
    const { clock, limiter, events } = setUp();
    for (const permit of await admit(limiter, 20)) refuse(limiter, permit, { status: 429 });
    expect(limiter.state.pausedForMs).toBe(1000);
    expect(events.filter(({ type }) => type === "pause")).toHaveLength(1);
    await clock.advance(1000);
    for (const permit of await admit(limiter)) refuse(limiter, permit, { status: 429 });
    expect(limiter.state.pausedForMs).toBe(2000);
  });

  it("takes the longest wait that a burst names", async () => {
    const { limiter } = setUp();
    const waits = [1000, 5000, 2000];
    for (const [index, permit] of (await admit(limiter, 3)).entries()) {
      refuse(limiter, permit, { status: 429, retryAfterMs: waits[index] });
    }
    expect(limiter.state.pausedForMs).toBe(5000);
  });

  it.each([498, 503])(
    "takes a server without capacity for out of service at the third time (%d)",
    async (status) => {
      const { limiter } = setUp();
      for (let failures = 0; failures < 2; failures++) {
        for (const permit of await admit(limiter, 5)) refuse(limiter, permit, { status });
        expect(limiter.state.pausedForMs).toBeUndefined();
      }
      for (const permit of await admit(limiter, 5)) refuse(limiter, permit, { status });
      expect(limiter.state.pausedForMs).toBe(1000);
    },
  );

  it("does not take it for that while others are answered", async () => {
    const { limiter } = setUp();
    for (let round = 0; round < 10; round++) {
      const [refused, answered] = await admit(limiter, 2);
      if (refused) refuse(limiter, refused, { status: 503 });
      if (answered) succeed(limiter, answered);
      succeed(limiter, await take(limiter));
    }
    expect(limiter.state.pausedForMs).toBeUndefined();
  });

  it("spreads unnamed pauses by chance, between a half and the whole", async () => {
    const { limiter } = setUp({ random: () => 0 });
    refuse(limiter, await take(limiter), { status: 429 });
    expect(limiter.state.pausedForMs).toBe(500);
  });
});

describe("half open", () => {
  it("is not held up by a call that hangs", async () => {
    const { clock, limiter } = setUp();
    refuse(limiter, await take(limiter), { status: 503, retryAfterMs: 1000 });
    let went = 0;
    for (let call = 0; call < 20; call++) void limiter.acquire({}).then(() => went++);
    await clock.advance(1000);
    expect(went).toBe(1);
    await clock.advance(5000);
    expect(went).toBe(20);
  });

  it("counts calls that broke off as ended", async () => {
    const { clock, limiter } = setUp();
    refuse(limiter, await take(limiter), { status: 503, retryAfterMs: 1000 });
    await clock.advance(1000);
    const [first] = await admit(limiter);
    first?.release({ sent: false });
    expect(await admit(limiter)).toHaveLength(1);
  });

  it("does not wait for calls from before", async () => {
    const { clock, limiter } = setUp();
    const [refused] = await admit(limiter, 30);
    if (refused) refuse(limiter, refused, { status: 503, retryAfterMs: 1000 });
    await clock.advance(1000);
    expect(await admit(limiter)).toHaveLength(1);
  });
});

it("discovery is not held up by a call that hangs", async () => {
  const { clock, limiter } = setUp({ auto: true });
  let went = 0;
  for (let call = 0; call < 20; call++) void limiter.acquire({}).then(() => went++);
  await clock.advance(5000);
  expect(went).toBe(20);
});

describe("a rate that was measured", () => {
  const unexplained: Omit<LimitFeedback, "permit"> = { status: 429, retryAfterMs: 100 };

  /** Sends at once whatever may go; each is answered at once, one in so many with a refusal. Gives how many went in each second. */
  async function send(
    set: ReturnType<typeof setUp>,
    seconds: number,
    { perSecond = Number.POSITIVE_INFINITY, refusesOneIn = Number.POSITIVE_INFINITY } = {},
  ) {
    const counts: number[] = [];
    let sent = 0;
    for (let second = 0; second < seconds; second++) {
      let count = 0;
      for (let tick = 0; tick < 20; tick++) {
        const most = Math.min(20, perSecond / 20);
        for (const permit of await admit(set.limiter, most)) {
          count += 1;
          if (++sent % refusesOneIn === 0) refuse(set.limiter, permit, unexplained);
          else succeed(set.limiter, permit);
        }
        await set.clock.advance(50);
      }
      counts.push(count);
    }
    return counts;
  }

  it("falls by a third where a refusal tells no limit, and climbs again", async () => {
    const set = setUp();
    expect((await send(set, 3, { perSecond: 100 }))[2]).toBe(100);
    for (const permit of await admit(set.limiter, 5)) refuse(set.limiter, permit, unexplained);
    const after = await send(set, 12);
    expect(after[0]).toBeLessThan(90);
    // Flat near the rate that was refused, and soon free of it.
    expect(after[4]).toBeGreaterThan(70);
    expect(after[4]).toBeLessThan(110);
    expect(after[11]).toBe(400);
  });

  it("does not fall for few refusals among many answers, which come at any rate", async () => {
    const counts = await send(setUp(), 60, { refusesOneIn: 240 });
    expect(Math.min(...counts)).toBeGreaterThan(200);
  });

  it("climbs again while few are refused", async () => {
    const set = setUp();
    await send(set, 3, { perSecond: 100 });
    for (const permit of await admit(set.limiter, 5)) refuse(set.limiter, permit, unexplained);
    const counts = await send(set, 20, { refusesOneIn: 240 });
    expect(counts[0]).toBeLessThan(90);
    expect(counts.at(-1)).toBeGreaterThan(200);
  });

  it("falls where one in ten is refused", async () => {
    expect((await send(setUp(), 30, { refusesOneIn: 10 })).at(-1)).toBeLessThan(30);
  });

  it("does not fall where the refusal tells the limit", async () => {
    const set = setUp();
    await send(set, 3, { perSecond: 100 });
    const refusal = {
      metric: "requestsPerMinute",
      limit: 60_000,
      used: 60_000,
      requested: 1,
      waitMs: 1,
    } as const;
    refuse(set.limiter, await take(set.limiter), { ...unexplained, refusal });
    await set.clock.advance(1000);
    expect((await send(set, 1))[0]).toBeGreaterThan(300);
  });
});

it("a call that would rather fail does not wait for a limit that is only suspected", async () => {
  const { clock, limiter } = setUp({ onLimit: "error" });
  refuse(limiter, await take(limiter), { status: 503, retryAfterMs: 1000 });
  expect(await failure(limiter.acquire({}))).toMatchObject({ retryAfterMs: 1000 });
  await clock.advance(1000);
  expect(await admit(limiter, 10)).toHaveLength(10);
});

it("ages: a call of low priority goes before later ones of higher", async () => {
  const { clock, limiter } = setUp({ windows: [{ periodMs: 1000, calls: 1 }] });
  succeed(limiter, await take(limiter));
  const order: string[] = [];
  const join = (name: string, priority: number) =>
    void limiter.acquire({ priority }).then((permit) => {
      order.push(name);
      succeed(limiter, permit);
    });
  join("low", 0);
  for (let second = 0; second < 40; second++) {
    join(`high ${second}`, 2);
    await clock.advance(1000);
  }
  // Two steps of priority are worth twenty seconds.
  expect(order.indexOf("low")).toBeGreaterThan(15);
  expect(order.indexOf("low")).toBeLessThan(25);
  expect(await outcome(limiter.check())).toBe("pending");
});
