/** An outage of Redis: since when, and when to look whether it is back. */
import type { Clock } from "../../base/clock.ts";
import { describeCause, LlmError } from "../../base/error.ts";
import type { EventListener } from "../../base/events.ts";

const PROBE_MS = 250;
const LONGEST_PROBE_MS = 5000;

export interface OutageOptions {
  clock: Clock;
  policy: "closed" | "local";
  /** Milliseconds that calls wait for Redis to come back. */
  patienceMs: number;
  emit: EventListener;
  /** Sends a command that changes nothing. */
  probe(): void;
}

export class Outage {
  readonly #options: OutageOptions;
  #since = 0;
  #probedAt = 0;
  #error: LlmError | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** The error of calls that fail because of it; `undefined` while Redis can be reached. */
  get error(): LlmError | undefined {
    return this.#error;
  }

  /** Calls have waited for it for long enough. */
  get isLong(): boolean {
    return this.#options.clock.now() - this.#since >= this.#options.patienceMs;
  }

  /** Milliseconds after which it is worth asking again. */
  readonly waitMs = PROBE_MS;

  begin(cause: unknown): void {
    if (this.#error) return;
    const { clock, policy, emit } = this.#options;
    const described = describeCause(cause, (text) => text);
    const message = described?.message ?? "unknown fault";
    this.#since = clock.now();
    this.#probedAt = this.#since;
    this.#error = new LlmError(
      "ServiceUnavailable",
      `Redis, which holds the limits, can't be reached (${message}), and onUnavailable is "${policy}"; check Redis`,
      { retryable: true, cause: described },
    );
    emit({ type: "limitStore", state: "unavailable", policy, message });
    this.#probeLater(PROBE_MS);
  }

  /** Looks whether Redis is back, unless that was done just now. */
  probe(): void {
    const now = this.#options.clock.now();
    if (now - this.#probedAt < PROBE_MS) return;
    this.#probedAt = now;
    this.#options.probe();
  }

  end(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (!this.#error) return;
    this.#error = undefined;
    this.#options.emit({ type: "limitStore", state: "available", policy: this.#options.policy });
  }

  /** Also while no call asks: those that wait for a part of the limit can go sooner when Redis is back. */
  #probeLater(ms: number): void {
    this.#stopTimer = this.#options.clock.setTimer(
      () => {
        this.probe();
        this.#probeLater(Math.min(ms * 2, LONGEST_PROBE_MS));
      },
      ms,
      true,
    );
  }
}
