import { describe, expect, test } from "vitest";
import { DONE, event, failure, finish, ManualClock, settle, start, text } from "./harness.ts";

/** A body that the test feeds. */
function fed() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const send = async (part: string) => {
    controller?.enqueue(new TextEncoder().encode(part));
    await settle();
  };
  return { stream, send, isCancelled: () => cancelled };
}

function begin(times: { stall?: number; first?: number; idle?: number }, answersInMs = 0) {
  const clock = new ManualClock();
  const body = fed();
  const { stream, outcomes } = start([], {
    clock,
    open: async () => {
      if (answersInMs > 0) await new Promise<void>((resolve) => clock.setTimer(resolve, answersInMs));
      return { body: body.stream };
    },
    stallTimeoutMs: times.stall,
    firstEventTimeoutMs: times.first,
    idleTimeoutMs: times.idle,
  });
  return { clock, body, stream, outcomes };
}

/** Reads on; tells how it stands. */
function follow(stream: ReturnType<typeof begin>["stream"]) {
  const state: { error?: unknown; content?: string } = {};
  stream.response.then(
    ({ content }) => {
      state.content = content;
    },
    (error: unknown) => {
      state.error = error;
    },
  );
  return state;
}

describe("between two events", () => {
  test("a stall ends the stream, and says so", async () => {
    const { clock, body, stream, outcomes } = begin({ stall: 500 });
    const state = follow(stream);
    await body.send(event(text("so far")));
    await clock.advance(499);
    expect(state).toEqual({});
    await clock.advance(1);
    expect(state.error).toMatchObject({
      kind: "Timeout",
      timeout: "stall",
      retryable: true,
      partial: "so far",
      message: "No event came for 500 ms (stallTimeoutMs), from api.example.com",
    });
    expect(body.isCancelled()).toBe(true);
    expect(outcomes).toEqual([{ error: state.error, firstEventMs: 0 }]);
    expect(clock.timers).toBe(0);
  });

  test("each event begins the time anew, also one that gives no chunk", async () => {
    const { clock, body, stream } = begin({ stall: 500 });
    const state = follow(stream);
    for (const part of [event(text("a")), event(text("")), event(text("b")), event(finish())]) {
      await clock.advance(400);
      await body.send(part);
    }
    await body.send(DONE);
    expect(state).toEqual({ content: "ab" });
    // What is left waits for the server to end its answer, so that the connection can be used again.
    await clock.advance(100);
    expect(clock.timers).toBe(0);
    expect(body.isCancelled()).toBe(true);
  });

  test("comments, unknown events and unfinished events do not", async () => {
    const { clock, body, stream } = begin({ stall: 500 });
    const state = follow(stream);
    await body.send(event(text("a")));
    for (const part of [": keep-alive\n\n", "event: ping\ndata: {}\n\n", 'data: {"id":', '"x",']) {
      await clock.advance(120);
      await body.send(part);
    }
    await clock.advance(20);
    expect(state.error).toMatchObject({ timeout: "stall" });
  });

  test("a reader that takes its time is no stall", async () => {
    const { clock, body, stream } = begin({ stall: 500 });
    const chunks = stream[Symbol.asyncIterator]();
    // The second wait sets the timer, which then goes off while the reader is slow.
    for (const part of [event(text("a")), event(text("b")) + event(text("c"))]) {
      const next = chunks.next();
      await body.send(part);
      await next;
    }
    await clock.advance(5000);
    expect((await chunks.next()).value).toMatchObject({ text: "c" });
    await clock.advance(5000);
    const finished = chunks.next();
    await clock.advance(499);
    await body.send(event(finish()) + DONE);
    expect((await finished).value).toMatchObject({ type: "finish" });
    expect((await chunks.next()).done).toBe(true);
  });

  test("after a slow reader, the next wait has its full time and no more", async () => {
    const { clock, body, stream } = begin({ stall: 500 });
    const chunks = stream[Symbol.asyncIterator]();
    const first = chunks.next();
    await body.send(event(text("a")));
    await first;
    await clock.advance(5000);
    const second = failure(chunks.next());
    let over = false;
    second.then(() => {
      over = true;
    });
    await clock.advance(499);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(await second).toMatchObject({ timeout: "stall" });
  });
});

describe("before the first event", () => {
  test("its own time holds", async () => {
    const { clock, body, stream } = begin({ stall: 500, first: 2000 });
    const state = follow(stream);
    await body.send(": keep-alive\n\n");
    await clock.advance(1999);
    expect(state).toEqual({});
    await clock.advance(1);
    expect(state.error).toMatchObject({
      kind: "Timeout",
      timeout: "firstEvent",
      partial: "",
      message: "No event came in the first 2000 ms (firstEventTimeoutMs), from api.example.com",
    });
  });

  test("is the stall's where none is set", async () => {
    const { clock, stream } = begin({ stall: 500 });
    const state = follow(stream);
    await clock.advance(500);
    expect(state.error).toMatchObject({ timeout: "firstEvent" });
  });

  test("a stall after it does not wait for the longer time", async () => {
    const { clock, body, stream } = begin({ stall: 500, first: 60_000 });
    const state = follow(stream);
    await clock.advance(10);
    await body.send(event(text("a")));
    await clock.advance(500);
    expect(state.error).toMatchObject({ timeout: "stall" });
  });

  test("the default is 30 seconds", async () => {
    const { clock, stream } = begin({});
    const state = follow(stream);
    await clock.advance(29_999);
    expect(state).toEqual({});
    await clock.advance(1);
    expect(state.error).toMatchObject({ timeout: "firstEvent" });
  });

  test("the time to it is told, from when the request was sent", async () => {
    const { clock, body, stream, outcomes } = begin({}, 70);
    follow(stream);
    await clock.advance(100);
    await body.send(event(text("a")) + event(finish()) + DONE);
    expect(outcomes).toEqual([expect.objectContaining({ firstEventMs: 100 })]);
  });
});

describe("a stream that flows is not cut", () => {
  test("however slow its reader is, who gets all", async () => {
    const { clock, body, stream } = begin({ idle: 1000 });
    const chunks = stream[Symbol.asyncIterator]();
    for (let i = 0; i < 20; i++) {
      await body.send(event(text("a")) + event(text("b")));
      await chunks.next();
      await clock.advance(900);
      await chunks.next();
      await clock.advance(900);
    }
    await body.send(event(finish()) + DONE);
    expect((await chunks.next()).value).toMatchObject({ type: "finish" });
    expect((await chunks.next()).done).toBe(true);
  });

  test("but one that nobody reads is closed", async () => {
    const { clock, body, stream, outcomes } = begin({ idle: 1000 });
    await body.send(event(text("a")));
    await clock.advance(999);
    expect(body.isCancelled()).toBe(false);
    await clock.advance(1);
    expect(body.isCancelled()).toBe(true);
    expect(outcomes[0]?.error).toMatchObject({
      kind: "Timeout",
      timeout: "idle",
      retryable: false,
      message: "Nobody read the stream for 1000 ms (idleTimeoutMs), from api.example.com",
    });
    expect(await failure(stream.response)).toMatchObject({ timeout: "idle", partial: "a" });
    expect(clock.timers).toBe(0);
  });
});

test("no timer is set for each event", async () => {
  const { clock, body, stream } = begin({});
  let set = 0;
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (fn, ms) => {
    set++;
    return setTimer(fn, ms);
  };
  const state = follow(stream);
  await settle();
  for (let i = 0; i < 200; i++) await body.send(event(text("x")));
  await body.send(event(finish()) + DONE);
  expect(state.content).toHaveLength(200);
  // One for the first event, one for stalls, one for a missing reader, one for the end of the answer.
  expect(set).toBeLessThanOrEqual(4);
});
