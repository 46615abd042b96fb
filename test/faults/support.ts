import { getEventListeners } from "node:events";
import { expect } from "vitest";
import { type Clock, systemClock } from "../../src/provider/base/clock.ts";
import { LlmError } from "../../src/provider/base/error.ts";
import type { EventListener } from "../../src/provider/base/events.ts";
import type { FetchLike } from "../../src/provider/base/exchange.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import type { FaultCase } from "./cases.ts";
import type { Target } from "./target.ts";

/** The process's clock; counts the timers that were set and neither fired nor were cleared. */
export class CountingClock implements Clock {
  timers = 0;
  readonly now = systemClock.now;

  setTimer(fn: () => void, ms: number, background?: boolean): () => void {
    this.timers++;
    let left = true;
    const end = () => {
      if (left) this.timers--;
      left = false;
    };
    const cancel = systemClock.setTimer(
      () => {
        end();
        fn();
      },
      ms,
      background,
    );
    return () => {
      end();
      cancel();
    };
  }
}

export type Operation = "chat" | "stream";
/** The text of an answer, or the error instead of it. */
export type Result = { text: string } | { error: LlmError };

export interface Caller {
  call(operation: Operation, model?: string): Promise<Result>;
  /** Waits until nothing of the calls is left: no timer, no listener, no place at the limiter, no answer, no spare socket. */
  expectNothingLeft(): Promise<void>;
}

/** Both ways in which an exchange is made: Node's own by default, and a fetch that is handed in. */
export const EXCHANGES = ["node", "fetch"] as const;
export type ExchangeName = (typeof EXCHANGES)[number];

const fetchOf: Record<ExchangeName, FetchLike | undefined> = { node: undefined, fetch: globalThis.fetch };

const IN_TIME = { timeout: 8000, interval: 10 };

export function createCaller(
  target: Target,
  { times = {} }: Pick<FaultCase, "times">,
  options: { exchange: ExchangeName; maxRetries: number; onEvent?: EventListener },
): Caller {
  const clock = new CountingClock();
  let tries = 0;
  const { signal } = new AbortController();
  const provider = new GroqProvider(
    {
      name: "faults",
      provider: "groq",
      model: "allam-2-7b",
      config: {
        api_key: "gsk_test_key",
        base_url: target.baseUrl,
        max_retries: options.maxRetries,
        max_concurrent: 1,
      },
    },
    {
      fetch: fetchOf[options.exchange],
      clock,
      random: () => 0,
      onEvent: (event) => {
        if (event.type === "request") tries++;
        options.onEvent?.(event);
      },
    },
  );
  const call = async (operation: Operation, model?: string): Promise<Result> => {
    const messages = [{ role: "user" as const, content: "Count" }];
    const all = { signal, model, ...times };
    try {
      if (operation === "chat") return { text: (await provider.chat(messages, all)).content };
      const stream = provider.chatStream(messages, all);
      let text = "";
      for await (const chunk of stream) if (chunk.type === "text") text += chunk.text;
      expect((await stream.response).content).toBe(text);
      return { text };
    } catch (error) {
      if (!LlmError.is(error)) throw error;
      return { error };
    }
  };
  const left = () => ({
    timers: clock.timers,
    listeners: getEventListeners(signal, "abort").length,
    active: provider.rateLimitState.active,
    waiting: provider.rateLimitState.waiting,
    answers: target.openAnswers(),
    // Each try may have left one that is free for the next.
    spareSockets: Math.max(0, target.openSockets() - tries),
  });
  const nothing = { timers: 0, listeners: 0, active: 0, waiting: 0, answers: 0, spareSockets: 0 };
  return { call, expectNothingLeft: () => expect.poll(left, IN_TIME).toEqual(nothing) };
}
