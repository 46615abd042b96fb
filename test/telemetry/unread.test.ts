/** Streams that nobody reads to their end: the span around each ends all the same, after those below it. */
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LlmProvider } from "../../src/provider/base/llm-provider.ts";
import type { ChatStream, ChatStreamOptions } from "../../src/provider/base/types.ts";
import { createRouter } from "../../src/router/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { Body, event, failure, finish, sse, text } from "../provider/stream/harness.ts";
import { groqConfig, type Handler, stubbed } from "../provider/support.ts";
import { HELLO } from "../router/fake-provider.ts";
import { inMemory } from "./sdk.ts";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

/** A stream with nothing but what each has. */
const plain = (stream: ChatStream): ChatStream => ({
  get response() {
    return stream.response;
  },
  text: () => stream.text(),
  cancel: (reason) => stream.cancel(reason),
  [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
});

const PROVIDERS: Record<string, (provider: LlmProvider) => LlmProvider> = {
  "a provider": (provider) => provider,
  "a router": (provider) => createRouter([provider]),
  "a provider of another make": (provider) =>
    Object.assign(Object.create(provider), {
      config: provider.config,
      chatStream: (...given: Parameters<LlmProvider["chatStream"]>) => plain(provider.chatStream(...given)),
    }),
};

const open: Handler = () => new Response(new Body([event(text("a")), event(text("b"))], "open").stream);
const whole: Handler = () => new Response(sse(text("a"), text("b"), finish()));
const down: Handler = () => new Response("{}", { status: 400 });

type Kind = string | undefined;

/** How a stream is left, and with which kind of error its span then ends, for each provider where they differ. */
const WAYS: Record<
  string,
  [Handler, (stream: ChatStream, aborter: AbortController) => unknown, Kind | [Kind, Kind, Kind]]
> = {
  "is never read": [open, () => {}, "Timeout"],
  "is read once": [open, (stream) => stream[Symbol.asyncIterator]().next(), "Timeout"],
  // A provider has then read it; what takes its chunks one by one has not.
  "is read once, all being there": [
    whole,
    (stream) => stream[Symbol.asyncIterator]().next(),
    [undefined, "Timeout", "Timeout"],
  ],
  "is cancelled": [open, (stream) => stream.cancel(), "Cancelled"],
  "is aborted": [open, (_, aborter) => aborter.abort(), "Cancelled"],
  "is left before its first chunk": [
    open,
    (stream) => stream[Symbol.asyncIterator]().return?.(),
    "Cancelled",
  ],
  // Of another make, only a reader would hear of it.
  "is refused, and never read": [down, () => {}, ["InvalidRequest", "InvalidRequest", "Timeout"]],
  "is refused, and read": [down, (stream) => failure(stream.response), "InvalidRequest"],
  "is read to its end": [whole, (stream) => stream.text(), undefined],
  "is read to its end by a loop": [
    whole,
    async (stream) => {
      for await (const _ of stream);
    },
    undefined,
  ],
};

describe.each(Object.keys(PROVIDERS).map((name, index) => [name, index] as const))("of %s", (name, index) => {
  test.each(Object.entries(WAYS))(
    "a stream that %s ends, and its span with it",
    async (_, [handler, leave, kinds]) => {
      const { tracerProvider, spans, late } = inMemory();
      const telemetry = createTelemetry({ tracerProvider });
      const { provider } = stubbed(handler, groqConfig({ max_retries: 0 }), { layers: telemetry });
      const traced = telemetry.provider(PROVIDERS[name]?.(provider) ?? provider);
      const aborter = new AbortController();
      const options: ChatStreamOptions = { idleTimeoutMs: 25, signal: aborter.signal };
      await leave(traced.chatStream(HELLO, options), aborter);
      const outer = await vi.waitFor(
        () => {
          const found = spans().find(({ parentSpanContext }) => parentSpanContext === undefined);
          if (!found) throw new Error("expected that the outer span ends");
          return found;
        },
        { timeout: 10_000, interval: 5 },
      );
      expect(outer.attributes["error.type"]).toBe(Array.isArray(kinds) ? kinds[index] : kinds);
      await vi.waitFor(() => expect(spans().some(({ name }) => name.startsWith("chat openai"))).toBe(true));
      expect(late).toEqual([]);
    },
  );
});
