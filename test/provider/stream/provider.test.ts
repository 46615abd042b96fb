/** Streams through the whole provider: limiter, retries, fetch, sockets, events. */
import { getEventListeners } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProviderEvent } from "../../../src/provider/base/events.ts";
import { GroqProvider } from "../../../src/provider/groq-provider.ts";
import { groqConfig, KEY } from "../support.ts";
import { collect, event, failure, finish, sse, text, textOf, usage } from "./harness.ts";

const hello = [{ role: "user" as const, content: "Hello" }];

let server: Server;
let baseUrl: string;
let socket: Socket | undefined;
const requests = new Map<string, number>();

beforeAll(async () => {
  server = createServer((request, response) => {
    socket = request.socket;
    const what = request.url?.split("/")[1] ?? "";
    const count = (requests.get(what) ?? 0) + 1;
    requests.set(what, count);
    if (what === "refused" || (what === "busy" && count === 1)) {
      response.writeHead(what === "busy" ? 503 : 401, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: `no, ${request.headers.authorization}`, type: "t" } }));
      return;
    }
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "x-request-id": "req_h",
      "x-ratelimit-remaining-tokens": "7990",
    });
    if (what === "endless") response.write(event(text("Hello")));
    else if (what === "failing")
      response.end(event(text("Hel")) + event({ error: { message: "x", status_code: 400 } }));
    else response.end(sse(text("Hel"), text("lo"), finish("stop", { usage: usage(2) })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function provider(what: string, config: object = {}) {
  const events: ProviderEvent[] = [];
  const made = new GroqProvider(
    groqConfig({ base_url: `${baseUrl}/${what}`, max_concurrent: 3, ...config }),
    {
      onEvent: (one) => events.push(one),
      random: () => 0,
    },
  );
  return { provider: made, events };
}

const types = (events: readonly ProviderEvent[]) => events.map(({ type }) => type);

test("a stream, its response and its events", async () => {
  const { provider: groq, events } = provider("whole");
  const stream = groq.chatStream(hello);
  const { chunks } = await collect(stream);
  expect(textOf(chunks)).toBe("Hello");
  expect(await stream.response).toMatchObject({
    content: "Hello",
    requestId: "req_h",
    usage: { totalTokens: 12 },
    rateLimits: { tokens: { remaining: 7990 } },
  });
  expect(events.filter(({ type }) => type !== "limitLearned")).toEqual([
    expect.objectContaining({ type: "request", operation: "chatStream" }),
    expect.objectContaining({
      type: "response",
      status: 200,
      usage: expect.objectContaining({ totalTokens: 12 }),
      firstEventMs: expect.any(Number),
    }),
    expect.objectContaining({ type: "end", tries: 1, finishReason: "stop" }),
  ]);
  expect(groq.rateLimitState.active).toBe(0);
});

test("a try that is refused before the stream is made again", async () => {
  const { provider: groq, events } = provider("busy");
  expect(await groq.chatStream(hello).text()).toBe("Hello");
  expect(types(events).filter((type) => type !== "limitLearned")).toEqual([
    "request",
    "error",
    "retry",
    "request",
    "response",
    "end",
  ]);
});

test("a call that is refused for good rejects loop and response alike, without the key", async () => {
  const { provider: groq } = provider("refused");
  const stream = groq.chatStream(hello);
  const { chunks, error } = await collect(stream);
  expect(chunks).toEqual([]);
  expect(error).toMatchObject({ kind: "Authentication", status: 401 });
  expect(error?.message).not.toContain(KEY);
  expect(await failure(stream.response)).toBe(error);
  expect(groq.rateLimitState.active).toBe(0);
});

test("an error within the stream is not retried, and gives its place back", async () => {
  const { provider: groq, events } = provider("failing");
  expect(await failure(groq.chatStream(hello).response)).toMatchObject({
    kind: "InvalidRequest",
    partial: "Hel",
  });
  expect(requests.get("failing")).toBe(1);
  expect(types(events).filter((type) => type !== "limitLearned")).toEqual(["request", "error", "end"]);
  expect(groq.rateLimitState.active).toBe(0);
});

test("a loop that is left closes the connection and gives its place back", async () => {
  const { provider: groq, events } = provider("endless");
  const stream = groq.chatStream(hello);
  for await (const _ of stream) {
    expect(groq.rateLimitState.active).toBe(1);
    break;
  }
  expect(groq.rateLimitState.active).toBe(0);
  await expect.poll(() => socket?.destroyed).toBe(true);
  expect(events.at(-2)).toMatchObject({ type: "error", kind: "Cancelled" });
  expect(events.at(-1)).toMatchObject({ type: "end", kind: "Cancelled" });
});

test("a stream that waits for its turn can be cancelled", async () => {
  const { provider: groq } = provider("endless", { max_concurrent: 1 });
  const first = groq.chatStream(hello);
  const iterator = first[Symbol.asyncIterator]();
  await iterator.next();
  const second = groq.chatStream(hello);
  await expect.poll(() => groq.rateLimitState.waiting).toBe(1);
  second.cancel();
  expect((await failure(second.response)).kind).toBe("Cancelled");
  await expect.poll(() => groq.rateLimitState.waiting).toBe(0);
  await iterator.return?.();
});

test("each timeout tells which it was", async () => {
  const { provider: groq } = provider("endless");
  const stalled = groq.chatStream(hello, { stallTimeoutMs: 20, firstEventTimeoutMs: 20_000 });
  expect(await failure(stalled.response)).toMatchObject({
    kind: "Timeout",
    timeout: "stall",
    partial: "Hello",
  });
  const late = groq.chatStream(hello, { deadlineMs: 200 });
  expect(await failure(late.response)).toMatchObject({
    kind: "Timeout",
    timeout: "deadline",
    partial: "Hello",
    message: "The call took longer than 200 ms (deadlineMs)",
  });
});

test("1,000 streams of every kind of end leave no listener on the caller's signal", async () => {
  const { signal } = new AbortController();
  const providers = ["whole", "failing", "refused"].map(
    (what) => provider(what, { max_concurrent: 20 }).provider,
  );
  let most = 0;
  for (let i = 0; i < 100; i++) {
    const runs = Array.from({ length: 10 }, async (_, j) => {
      const stream = providers[j % 3]?.chatStream(hello, { signal, maxRetries: 0 });
      if (!stream) return;
      if (j % 4 === 0) stream.cancel();
      else if (j % 4 === 1) for await (const _ of stream) break;
      else await stream.text();
    });
    most = Math.max(most, getEventListeners(signal, "abort").length);
    await Promise.allSettled(runs);
  }
  expect(most).toBeGreaterThan(0);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
}, 60_000);
