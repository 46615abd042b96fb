/** Work of others that may never end. */
import type { Clock } from "../provider/base/clock.ts";

/** Settles as `work` does, or rejects after `ms`. */
export function inTime<T>(work: PromiseLike<T>, ms: number, clock: Clock, who: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(() => reject(new Error(`${who} did not answer within ${ms} ms`)), ms);
    Promise.resolve(work).then(resolve, reject).finally(stop);
  });
}
