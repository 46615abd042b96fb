/** Work that ends in time: by its own end, by the clock, or by the caller's signal. */
import { cancelled, onAbort } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";

export interface DeadlineOptions {
  clock: Clock;
  /** The caller's. */
  signal?: AbortSignal | undefined;
  timeoutMs: number;
  /** What a time-out says was waited for. */
  what: string;
  /** After success only the clock stops: the caller's signal still aborts what `work` left open, such as a body. */
  keepSignal?: boolean;
}

/** A signal that is made when it is asked for: an `AbortSignal` is a good part of what a call costs. */
export interface SignalSource {
  readonly signal: AbortSignal;
}

class LazyController implements SignalSource {
  #controller: AbortController | undefined;
  #reason: LlmError | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: LlmError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/**
 * Runs `work` with a signal that aborts it. Settles at the abort or time-out even where `work` takes no notice of its
 * signal, and leaves no timer behind, nor a listener unless `keepSignal`.
 */
export function withDeadline<T>(
  options: DeadlineOptions,
  work: (abort: SignalSource) => Promise<T>,
): Promise<T> {
  const { clock, signal, timeoutMs, what } = options;
  if (signal?.aborted) return Promise.reject(cancelled(signal));
  return new Promise((resolve, reject) => {
    const controller = new LazyController();
    const stop = (error: LlmError) => {
      stopClock();
      stopListening?.();
      reject(error);
      controller.abort(error);
    };
    const stopClock = clock.setTimer(() => {
      const message = `${what} took longer than ${timeoutMs} ms`;
      stop(new LlmError("Timeout", message, { timeout: "total", retryable: true }));
    }, timeoutMs);
    const stopListening = signal && onAbort(signal, () => stop(cancelled(signal)));
    work(controller).then(
      (value) => {
        stopClock();
        if (!options.keepSignal) stopListening?.();
        resolve(value);
      },
      (error: unknown) => {
        stopClock();
        stopListening?.();
        reject(error);
      },
    );
  });
}
