import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { Aborter, abortOf, NEVER } from "../../../src/provider/base/abort.ts";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { Call, CallOutcome } from "../../../src/provider/base/layer.ts";
import type { CallOptions } from "../../../src/provider/base/types.ts";
import { deadline, timeout } from "../../../src/provider/call/deadline.ts";
import { FakeClock } from "../limits/harness.ts";

const outcome = (work: Promise<unknown>) => work.catch((error: unknown) => ({ error }));
const never = new Promise<never>(() => {});

function call(options: CallOptions = {}, rest: Partial<Call> = {}): Call {
  return {
    id: 1,
    operation: "chat",
    provider: "groq",
    host: "api.example.com",
    model: "some/model",
    attempt: 1,
    options,
    abort: abortOf(options.signal),
    headers: {},
    handler: { onAnswer: () => {}, onEnd: () => {} },
    waits: { leftMs: 0, spend: () => {} },
    ...rest,
  };
}

test("a try that takes too long is a Timeout, though it takes no notice, and its work is aborted", async () => {
  const clock = new FakeClock();
  let inner: Call | undefined;
  const ended = outcome(
    timeout(
      clock,
      "api.example.com",
      500,
    )(call(), (given) => {
      inner = given;
      return never;
    }),
  );
  await clock.advance(500);
  expect(await ended).toMatchObject({
    error: {
      kind: "Timeout",
      timeout: "total",
      retryable: true,
      message: "The answer of api.example.com took longer than 500 ms (timeoutMs)",
    },
  });
  expect(inner?.abort.reason).toMatchObject({ kind: "Timeout" });
  expect(inner?.abort.signal.reason).toMatchObject({ kind: "Timeout" });
  expect(clock.timers).toBe(0);
});

test("the call's own time goes before the default", async () => {
  const clock = new FakeClock();
  const ended = outcome(timeout(clock, "host", 500)(call({ timeoutMs: 20 }), () => never));
  await clock.advance(20);
  expect(await ended).toMatchObject({ error: { kind: "Timeout" } });
});

test("the caller's signal ends it with Cancelled, and no listener stays", async () => {
  const clock = new FakeClock();
  const caller = new AbortController();
  let inner: Call | undefined;
  const ended = outcome(
    timeout(
      clock,
      "host",
      500,
    )(call({ signal: caller.signal }), (given) => {
      inner = given;
      return never;
    }),
  );
  caller.abort(new Error("left"));
  expect(await ended).toMatchObject({ error: { kind: "Cancelled" } });
  // A signal that is asked for too late is aborted already.
  expect(inner?.abort.signal.aborted).toBe(true);
  expect([clock.timers, getEventListeners(caller.signal, "abort").length]).toEqual([0, 0]);
});

test("aborted before: nothing is begun", async () => {
  let begun = false;
  const given = call({ signal: AbortSignal.abort() });
  const ended = timeout(
    new FakeClock(),
    "host",
    500,
  )(given, async () => {
    begun = true;
  });
  expect(await outcome(ended)).toMatchObject({ error: { kind: "Cancelled" } });
  expect(begun).toBe(false);
});

test("a call without a deadline or a signal is handed on as it is", async () => {
  const given = call();
  expect(await deadline(new FakeClock())(given, async (inner) => inner === given)).toBe(true);
  expect(given.abort).toBe(NEVER);
});

test("a deadline holds for a stream to its last event; the time of a try only to the first", async () => {
  for (const [layer, ends] of [
    [(clock: FakeClock) => deadline(clock), true],
    [(clock: FakeClock) => timeout(clock, "host", 1000), false],
  ] as const) {
    const clock = new FakeClock();
    let inner: Call | undefined;
    const given = call({ deadlineMs: 1000 }, { operation: "chatStream" });
    await layer(clock)(given, async (handed) => {
      inner = handed;
    });
    await clock.advance(1000);
    expect(inner?.abort.reason !== undefined).toBe(ends);
    if (ends) expect(inner?.abort.reason).toMatchObject({ kind: "Timeout", timeout: "deadline" });
    expect(clock.timers).toBe(0);
  }
});

test("what ends a call ends a stream that has begun, until that is over", async () => {
  const clock = new FakeClock();
  const outer = new Aborter();
  const heard: CallOutcome[] = [];
  const handler = { onAnswer: () => {}, onEnd: (one: CallOutcome) => heard.push(one) };
  const inner: Call[] = [];
  const begin = () =>
    timeout(
      clock,
      "host",
      1000,
    )(call({}, { operation: "chatStream", abort: outer, handler }), async (given) => {
      inner.push(given);
    });
  await begin();
  await begin();
  inner[0]?.handler.onEnd({});
  outer.abort(new LlmError("Cancelled", "enough"));
  expect(inner.map(({ abort }) => abort.reason?.message)).toEqual([undefined, "enough"]);
  expect(heard).toEqual([{}]);
});
