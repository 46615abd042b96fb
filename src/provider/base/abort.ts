/** Listening to a caller's signal, with one listener for all calls that share it. */

import type { Clock } from "./clock.ts";
import { describeCause, LlmError } from "./error.ts";

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
  if (all.size === 0) signal.addEventListener("abort", callAll);
  // Each registration counts by itself, should a callback be given twice.
  const entry = () => callback();
  all.add(entry);
  return () => {
    if (all.delete(entry) && all.size === 0) signal.removeEventListener("abort", callAll);
  };
}

function callAll(this: AbortSignal): void {
  const all = callbacks.get(this);
  if (!all) return;
  const waiting = [...all];
  all.clear();
  this.removeEventListener("abort", callAll);
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

/** Milliseconds of waiting, which the signal ends with `Cancelled`. Leaves no timer and no listener behind. */
export function delay(ms: number, clock: Clock, signal?: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.reject(cancelled(signal));
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    const onAbort = () => {
      stop();
      reject(cancelled(signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
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

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}
