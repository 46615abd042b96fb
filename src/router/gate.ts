/** Whether a candidate's own limiter would let a call go now, as far as can be seen from outside. */
import type { Clock } from "../provider/base/clock.ts";
import { LlmError } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import type { RateLimitState } from "../provider/base/limits.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";

const ASK_AGAIN_MS = 1000;

/** Kinds of a check that says nothing of a limit: there is none. */
const CHECKS_NOTHING: ReadonlySet<LlmError["kind"]> = new Set([
  "NotSupported",
  "NotImplemented",
  "UnsupportedEndpoint",
]);

/** What a provider of another make tells, as far as it can be reckoned with. */
export const figure = (value: unknown) => (typeof value === "number" && value >= 0 ? value : 0);

/**
 * `rateLimitState` tells when the limits leave room, and `checkRateLimit` resolves when a call could go, which also knows of
 * calls under way and of stores that other processes share. So the gate is shut by a refusal, and opens when a check resolves.
 */
export class Gate {
  readonly #provider: LlmProvider;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #onOpen: () => void;
  #shut: AbortController | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(provider: LlmProvider, clock: Clock, patienceMs: number, onOpen: () => void) {
    this.#provider = provider;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#onOpen = onOpen;
  }

  /** Milliseconds that its limiter would make a call wait, within the patience for which it counts as open. */
  get waitMs(): number {
    return this.#state.nextInMs;
  }

  get isOpen(): boolean {
    return !this.#shut && this.waitMs <= this.#patienceMs;
  }

  /** Calls that it holds: they grow when it takes one. */
  get load(): number {
    const { active, waiting } = this.#state;
    return active + waiting;
  }

  /** A provider of another make may fail here, and be asked by a timer: then nothing is known. */
  get #state(): Pick<RateLimitState, "nextInMs" | "active" | "waiting"> {
    try {
      const { rateLimitState } = this.#provider;
      hush(rateLimitState);
      const { nextInMs, active, waiting } = rateLimitState;
      return { nextInMs: figure(nextInMs), active: figure(active), waiting: figure(waiting) };
    } catch {
      return { nextInMs: 0, active: 0, waiting: 0 };
    }
  }

  /** Watches for the moment when a call could go, and tells it by `onOpen`. */
  watch(): void {
    if (this.#shut) return;
    const shut = new AbortController();
    this.#shut = shut;
    this.#check(shut).catch(() => {});
  }

  /** Nobody waits any longer. */
  unwatch(): void {
    const shut = this.#shut;
    this.#shut = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    shut?.abort();
  }

  async #check(shut: AbortController): Promise<void> {
    let waitMs = 0;
    try {
      await this.#room(shut);
      // It may know better than its state. To ask it again in the same turn, and again, would hold up all else.
      if (this.waitMs > this.#patienceMs) waitMs = Math.max(1, this.waitMs - this.#patienceMs);
    } catch (error) {
      // A limiter that fails instead of waiting says when.
      waitMs = Math.max(1, (LlmError.is(error) ? error.retryAfterMs : undefined) ?? ASK_AGAIN_MS);
    }
    if (this.#shut !== shut) return;
    const open = () => {
      this.#shut = undefined;
      this.#stopTimer = undefined;
      this.#onOpen();
    };
    if (waitMs === 0) open();
    else this.#stopTimer = this.#clock.setTimer(open, Math.min(waitMs, ASK_AGAIN_MS), true);
  }

  /** Resolves when its limiter has room, or where it can't check that: then its state alone tells. */
  async #room({ signal }: AbortController): Promise<void> {
    try {
      await this.#provider.checkRateLimit({ signal });
    } catch (error) {
      if (LlmError.is(error) && !CHECKS_NOTHING.has(error.kind)) throw error;
    }
  }
}
