/** Layers of the application: around each call, or around each of its tries. */
import { expect, test } from "vitest";
import type { ProviderEvent } from "../../src/provider/base/events.ts";
import type { Call, CallOutcome, Layer } from "../../src/provider/base/layer.ts";
import { failure, finish, sse, text, usage } from "./stream/harness.ts";
import { completion, groqConfig, json, stubbed } from "./support.ts";

const hello = [{ role: "user" as const, content: "Hello" }];
const busy = () => new Response("", { status: 503 });

/** Tells when it is entered and left, and what its handler hears. */
function recorder(log: string[], name: string): Layer {
  return async (call, next) => {
    log.push(`${name} ${call.attempt} in`);
    const onEnd = (outcome: CallOutcome) => {
      log.push(`${name} ${call.attempt} end ${outcome.error?.kind ?? outcome.finishReason}`);
      call.handler.onEnd(outcome);
    };
    try {
      return await next({ ...call, handler: { ...call.handler, onEnd } });
    } finally {
      log.push(`${name} ${call.attempt} out`);
    }
  };
}

test("stand around the call and around each try, the first outermost", async () => {
  const log: string[] = [];
  const layers = {
    call: [recorder(log, "outer"), recorder(log, "inner")],
    try: [recorder(log, "try")],
  };
  const { provider } = stubbed((_, count) => (count === 1 ? busy() : json(completion("Hi"))), groqConfig(), {
    layers,
    random: () => 0,
  });
  await provider.chat(hello);
  expect(log).toEqual([
    "outer 0 in",
    "inner 0 in",
    "try 1 in",
    "try 1 out",
    "try 2 in",
    "try 2 end stop",
    "inner 0 end stop",
    "outer 0 end stop",
    "try 2 out",
    "inner 0 out",
    "outer 0 out",
  ]);
});

test("hear the end of a stream when it is over, not when it begins", async () => {
  const log: string[] = [];
  const { provider } = stubbed(
    () => new Response(sse(text("a"), text("b"), finish("stop", { usage: usage(2) }))),
    groqConfig(),
    { layers: { call: [recorder(log, "call")] } },
  );
  const stream = provider.chatStream(hello);
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  expect(log).toContain("call 0 out");
  await stream.response;
  expect(log).toContain("call 0 end stop");
});

test("add headers, which never replace the key", async () => {
  const { provider, sent } = stubbed(() => json(completion("Hi")), groqConfig(), {
    headers: { "x-team": "red" },
    layers: {
      try: [
        (call, next) =>
          next({ ...call, headers: { ...call.headers, "x-try": `${call.attempt}`, authorization: "mine" } }),
      ],
    },
  });
  await provider.chat(hello);
  const headers = sent[0]?.headers;
  expect([headers?.get("x-try"), headers?.get("x-team")]).toEqual(["1", "red"]);
  expect(headers?.get("authorization")).toMatch(/^Bearer gsk_/);
});

test("may answer in place of the server", async () => {
  const events: ProviderEvent[] = [];
  let first: unknown;
  const cache: Layer = async <T>(call: Call, next: (call: Call) => Promise<T>) => {
    first ??= await next(call);
    return first as T;
  };
  const { provider, sent } = stubbed(() => json(completion("Hi")), groqConfig(), {
    layers: { call: [cache] },
    onEvent: (event) => events.push(event),
  });
  expect([(await provider.chat(hello)).content, (await provider.chat(hello)).content]).toEqual(["Hi", "Hi"]);
  expect(sent).toHaveLength(1);
  expect(events.flatMap((event) => (event.type === "end" ? [event.tries] : []))).toEqual([1, 0]);
});

test.each(["call", "try"] as const)("one with a bug is a ConfigError, tried once (%s)", async (place) => {
  const events: ProviderEvent[] = [];
  const { provider, sent } = stubbed(() => json(completion("Hi")), groqConfig(), {
    layers: {
      [place]: [
        () => {
          throw new TypeError("undefined is not a function");
        },
      ],
    },
    onEvent: (event) => events.push(event),
  });
  const error = await failure(provider.chat(hello));
  expect(error).toMatchObject({ kind: "ConfigError", retryable: false });
  expect(error.cause).toMatchObject({ message: "undefined is not a function" });
  expect(sent).toHaveLength(0);
  expect(events.at(-1)).toMatchObject({ type: "end", kind: "ConfigError" });
});

test("an estimator with a bug is a ConfigError too", async () => {
  const { provider } = stubbed(() => json(completion("Hi")), groqConfig(), {
    estimateTokens: () => {
      throw new TypeError("no");
    },
  });
  expect(await failure(provider.chat(hello))).toMatchObject({ kind: "ConfigError" });
});

test("an asynchronous listener that rejects does no harm", async () => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", listener);
  const { provider } = stubbed(() => json(completion("Hi")), groqConfig(), {
    onEvent: async () => {
      throw new Error("listener");
    },
  });
  await provider.chat(hello);
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", listener);
  expect(unhandled).toEqual([]);
});

test.each([
  ["invalid input", [hello, { temperature: "hot" }], "InvalidRequest"],
  ["no list", ["Hello", {}], "InvalidRequest"],
])("a call that %s ends has its end event too, with no try", async (_, args, kind) => {
  const events: ProviderEvent[] = [];
  const { provider } = stubbed(() => json(completion("Hi")), groqConfig(), {
    onEvent: (event) => events.push(event),
  });
  expect(await failure(Reflect.apply(provider.chat, provider, args))).toMatchObject({ kind });
  expect(events).toEqual([expect.objectContaining({ type: "end", kind, tries: 0, config: "test" })]);
});

test("the application's own name for a call is told, and never sent", async () => {
  const events: ProviderEvent[] = [];
  const { provider, sent } = stubbed(() => json(completion("Hi")), groqConfig(), {
    onEvent: (event) => events.push(event),
  });
  await provider.chat(hello, { id: "order 7" });
  expect(events.at(-1)).toMatchObject({ type: "end", id: "order 7", tries: 1 });
  expect(JSON.stringify(sent[0]?.body)).not.toContain("order 7");
});

test("the tries of a call have one idempotency key, and are counted; another call has another key", async () => {
  const { provider, sent } = stubbed(
    (_, count) => (count === 1 ? busy() : json(completion("Hi"))),
    groqConfig(),
    {
      random: () => 0,
    },
  );
  await provider.chat(hello);
  await provider.chat(hello);
  const told = sent.map(({ headers }) => [headers.get("idempotency-key"), headers.get("x-retry-count")]);
  expect(told.map(([, count]) => count)).toEqual(["0", "1", "0"]);
  expect(told[0]?.[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(told[1]?.[0]).toBe(told[0]?.[0]);
  expect(told[2]?.[0]).not.toBe(told[0]?.[0]);
});

test("these headers can be turned off", async () => {
  const { provider, sent } = stubbed(() => json(completion("Hi")), groqConfig({ retry_headers: false }));
  await provider.chat(hello);
  expect([...(sent[0]?.headers.keys() ?? [])].sort()).toEqual(["authorization", "content-type"]);
});
