/** What ends work before its time, and how to hear of it without leaving anything behind. */

import type { Clock } from "./clock.ts";
import { applicationFault, describeCause, LlmError } from "./error.ts";

type Callback = () => void;

// Many calls on one signal are ordinary. A listener for each would be slow to remove, and Node warns of a leak at eleven.
const callbacks = new WeakMap<AbortSignal, Set<Callback>>();

/** Calls `callback` once when `signal` aborts; gives a function that ends this. Nothing stays behind on the signal. */
export function onAbort(signal: AbortSignal, callback: Callback): () => void {
  let all = callbacks.get(signal);
  if (!all) {
    all = new Set();
    callbacks.set(signal, all);
  }
  if (all.size === 0) listen(signal);
  // Each registration counts by itself, should a callback be given twice.
  const entry = () => callback();
  all.add(entry);
  return () => {
    if (all.delete(entry) && all.size === 0) unlisten(signal);
  };
}

/** A signal of another make may fail, also where a call ends: then its words are lost, not the call's end. */
function listen(signal: AbortSignal): void {
  try {
    signal.addEventListener("abort", callAll);
  } catch (fault) {
    throw applicationFault("The signal", fault, (text) => text);
  }
}

function unlisten(signal: AbortSignal): void {
  try {
    signal.removeEventListener("abort", callAll);
  } catch {
    // As above.
  }
}

function callAll(this: AbortSignal): void {
  const all = callbacks.get(this);
  if (!all) return;
  const waiting = [...all];
  all.clear();
  unlisten(this);
  for (const callback of waiting) callback();
}

/** The error of a call whose signal was aborted; its reason is told as the cause. */
export function cancelled(signal: AbortSignal | undefined): LlmError {
  const reason: unknown = signal?.reason;
  // A deadline's own abort already is the right error.
  if (LlmError.is(reason)) return reason;
  return new LlmError("Cancelled", "The call was cancelled by its signal", {
    cause: describeCause(reason, (text) => text),
  });
}

/**
 * What ends work early. Cheaper than an `AbortSignal`, which is made only when it is asked for: with its controller it is
 * a good part of what a call costs.
 */
export interface Abort {
  /** Why; absent as long as nothing ended the work. */
  readonly reason: LlmError | undefined;
  /** The same for code that takes an `AbortSignal`; its reason is `reason`. */
  readonly signal: AbortSignal;
  /** Calls `callback` once, when the work is ended; gives a function that takes the callback back. */
  onAbort(callback: (reason: LlmError) => void): () => void;
}

/** Ends work, and whatever follows it. */
export class Aborter implements Abort {
  #reason: LlmError | undefined;
  #controller: AbortController | undefined;
  #callbacks: Set<(reason: LlmError) => void> | undefined;

  get reason(): LlmError | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  onAbort(callback: (reason: LlmError) => void): () => void {
    this.#callbacks ??= new Set();
    const all = this.#callbacks;
    const entry = (reason: LlmError) => callback(reason);
    all.add(entry);
    return () => all.delete(entry);
  }

  /** The first reason counts; later ones change nothing. */
  abort(reason: LlmError): void {
    if (this.#reason) return;
    this.#reason = reason;
    const callbacks = [...(this.#callbacks ?? [])];
    this.#callbacks?.clear();
    for (const callback of callbacks) callback(reason);
    this.#controller?.abort(reason);
  }
}

/** Nothing ends it. */
export const NEVER: Abort = new Aborter();

/** A caller's signal as an `Abort`. */
export function abortOf(signal: AbortSignal | undefined): Abort {
  if (!signal) return NEVER;
  return {
    signal,
    get reason() {
      return signal.aborted ? cancelled(signal) : undefined;
    },
    onAbort: (callback) => onAbort(signal, () => callback(cancelled(signal))),
  };
}

/** The signal of a call that something can end. */
export function signalOf(abort: Abort): AbortSignal | undefined {
  return abort === NEVER ? undefined : abort.signal;
}

/** Milliseconds of waiting, which the signal ends with `Cancelled`. Leaves no timer and no listener behind. */
export function delay(ms: number, clock: Clock, signal?: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.reject(cancelled(signal));
  return new Promise((resolve, reject) => {
    const stopTimer = clock.setTimer(() => {
      stopListening?.();
      resolve();
    }, ms);
    const stopListening =
      signal &&
      onAbort(signal, () => {
        stopTimer();
        reject(cancelled(signal));
      });
  });
}

/** Rejects or resolves with `work`, or with the abort where that comes first. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(cancelled(signal));
    const stopListening = onAbort(signal, () => reject(cancelled(signal)));
    work.then(resolve, reject).finally(stopListening);
  });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}
