/** The calls of a soak, each accounted for. */
import { getEventListeners, setMaxListeners } from "node:events";
import { LlmError } from "../../src/provider/base/error.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { CountingClock } from "../counting-clock.ts";

/** Calls of one operation: each is sent, and then has succeeded or failed. */
export interface Tally {
  sent: number;
  succeeded: number;
  /** By kind; `wrong answer` for a success with another call's text, `no LlmError` for any other exception. */
  failed: Record<string, number>;
}

/** What calls that have ended may not leave behind. */
export interface Left {
  timers: number;
  listeners: number;
  active: number;
  waiting: number;
}

export const AT_ONCE = 128;
export const CALLS_PER_SECOND = 1500;

export class Load {
  readonly chats: Tally = { sent: 0, succeeded: 0, failed: {} };
  readonly streams: Tally = { sent: 0, succeeded: 0, failed: {} };
  readonly tries = { chat: 0, chatStream: 0 };
  /** Tries that ended without an answer's head: the server may not have seen them. */
  unanswered = 0;
  retries = 0;
  limitWaits = 0;
  readonly #clock = new CountingClock();
  readonly #signal = new AbortController().signal;
  readonly #provider: GroqProvider;

  constructor(baseUrl: string) {
    // All calls share one signal, so that a listener that stays is seen.
    setMaxListeners(0, this.#signal);
    const config = {
      api_key: "gsk_soak_0123456789",
      base_url: baseUrl,
      timeout_ms: 2000,
      stall_timeout_ms: 1000,
      max_concurrent: AT_ONCE,
    };
    this.#provider = new GroqProvider(
      {
        name: "soak",
        provider: "groq",
        model: "openai/gpt-oss-20b",
        config,
        limit: { renewal_period: "seconds", calls: CALLS_PER_SECOND },
      },
      {
        clock: this.#clock,
        onEvent: (event) => {
          if (event.type === "limitWait") this.limitWaits++;
          else if (event.type === "retry") this.retries++;
          else if (event.type === "error" && event.status === undefined) this.unanswered++;
          else if (event.type === "request") {
            if (event.operation === "chat" || event.operation === "chatStream") this.tries[event.operation]++;
          }
        },
      },
    );
  }

  /** Makes these calls, so many at once, and ends when the last has ended. Streams are spread among chats. */
  async round(chats: number, streams: number): Promise<void> {
    const total = chats + streams;
    let next = 0;
    const worker = async () => {
      for (let number = next++; number < total; number = next++) {
        const isStream =
          Math.floor(((number + 1) * streams) / total) > Math.floor((number * streams) / total);
        if (isStream) await this.#count(this.streams, (text) => this.#stream(text));
        else await this.#count(this.chats, (text) => this.#chat(text));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  get left(): Left {
    const { active, waiting } = this.#provider.rateLimitState;
    const listeners = getEventListeners(this.#signal, "abort").length;
    return { timers: this.#clock.timers, listeners, active, waiting };
  }

  async #count(tally: Tally, call: (text: string) => Promise<string>): Promise<void> {
    const prompt = `question ${++tally.sent}`;
    try {
      const text = await call(prompt);
      // Invalid UTF-8 is a right answer with a mark in place of letters.
      if (text === `Answer to ${prompt}, in a few words.` || text.includes("\ufffd")) tally.succeeded++;
      else add(tally.failed, "wrong answer");
    } catch (error) {
      add(tally.failed, LlmError.is(error) ? error.kind : "no LlmError");
    }
  }

  async #chat(content: string): Promise<string> {
    return (await this.#provider.chat([{ role: "user", content }], { signal: this.#signal })).content;
  }

  async #stream(content: string): Promise<string> {
    let text = "";
    const stream = this.#provider.chatStream([{ role: "user", content }], { signal: this.#signal });
    for await (const chunk of stream) if (chunk.type === "text") text += chunk.text;
    return text;
  }
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
