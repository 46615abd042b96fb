/** Listening to a caller's signal, with one listener for all calls that share it. */

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
