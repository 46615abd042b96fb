import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { awaitFirstRead } from "../../../src/provider/stream/first-read.ts";
import { Body, ManualClock, settle } from "./harness.ts";

function begin(body: Body, times: { first?: number; total?: number; startedAgo?: number } = {}) {
  const clock = new ManualClock();
  const closed = new AbortController();
  const source = {
    open: () => Promise.reject(new Error("never called")),
    onEnd: () => {},
    findProblem: () => undefined,
    clock,
    model: "some/model",
    where: "api.example.com",
    redact: (text: string) => text,
    firstEventTimeoutMs: times.first,
    totalTimeoutMs: times.total,
  };
  const startedAt = clock.now() - (times.startedAgo ?? 0);
  const answer = { status: 200, headers: new Headers(), body: body.stream, startedAt };
  const ending = awaitFirstRead(answer, source, closed.signal).catch((error: unknown) => ({ error }));
  const listeners = () => getEventListeners(closed.signal, "abort").length;
  return { clock, closed, ending, listeners };
}

test("gives the first read and the reader for the rest, and leaves nothing", async () => {
  const { clock, ending, listeners } = begin(new Body(["first", "second"]));
  const result = await ending;
  if ("error" in result) expect.fail("Expected a read");
  expect(new TextDecoder().decode(result.read.value)).toBe("first");
  expect(new TextDecoder().decode((await result.reader.read()).value)).toBe("second");
  expect([clock.timers, listeners()]).toEqual([0, 0]);
});

test.each([
  ["its own", { first: 300, total: 1000 }, 300, "firstEvent"],
  ["the stall's, where it has none", {}, 30_000, "firstEvent"],
  [
    "what is left of the whole, where that is less",
    { first: 300, total: 1000, startedAgo: 900 },
    100,
    "total",
  ],
  ["nothing, where the whole is over", { first: 300, total: 1000, startedAgo: 1200 }, 0, "total"],
] as const)("waits as long as %s", async (_, times, limitMs, timeout) => {
  const body = new Body([], "open");
  const { clock, ending, listeners } = begin(body, times);
  await clock.advance(Math.max(0, limitMs - 1));
  if (limitMs > 0) expect(clock.timers).toBe(1);
  await clock.advance(1);
  expect(await ending).toMatchObject({ error: { kind: "Timeout", timeout, retryable: true, partial: "" } });
  expect(body.cancelled).toBe(true);
  expect([clock.timers, listeners()]).toEqual([0, 0]);
});

test("a connection that breaks first may be tried again", async () => {
  const { clock, ending, listeners } = begin(new Body([], new Error("socket hang up")));
  expect(await ending).toMatchObject({
    error: {
      kind: "ServiceUnavailable",
      retryable: true,
      message: "The connection broke off, from api.example.com",
    },
  });
  expect([clock.timers, listeners()]).toEqual([0, 0]);
});

test("an abort ends the wait, also where the body takes no notice", async () => {
  const body = new Body([], "open");
  const { clock, closed, ending, listeners } = begin(body);
  await settle();
  closed.abort();
  expect(await ending).toHaveProperty("error");
  expect(body.cancelled).toBe(true);
  expect([clock.timers, listeners()]).toEqual([0, 0]);
});

test.each([
  ["LF", "event: error\ndata: BODY\n\n"],
  ["CR LF", "event: error\r\ndata: BODY\r\n\r\n"],
])("an error event first is the error, before any chunk (%s)", async (_, event) => {
  const body = new Body([event.replace("BODY", '{"error":{"message":"Over capacity","status_code":503}}')]);
  const { clock, ending, listeners } = begin(body);
  expect(await ending).toMatchObject({
    error: { kind: "ServiceUnavailable", status: 503, retryable: true, partial: "" },
  });
  expect(body.cancelled).toBe(true);
  expect([clock.timers, listeners()]).toEqual([0, 0]);
});

test.each([
  ["cut", 'event: error\ndata: {"error":'],
  ["no JSON", "event: error\ndata: broken\n\n"],
  ["another", 'event: errors\ndata: {"error":{"message":"no"}}\n\n'],
])("an event that is %s is left to the reader", async (_, event) => {
  expect(await begin(new Body([event])).ending).toHaveProperty("read");
});
