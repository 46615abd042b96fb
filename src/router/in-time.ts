/** Work of others that may never end. */
import type { Clock } from "../provider/base/clock.ts";

/** What a provider may take beyond a bound that it was told before the router leaves it: it tells its own end, as a rule. */
export const GRACE_MS = 1000;

/** Settles as `work` does, or rejects after `ms`. */
export function inTime<T>(
  work: PromiseLike<T>,
  ms: number,
  clock: Clock,
  who: string,
  error: (message: string) => Error = (message) => new Error(message),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(() => reject(error(`${who} did not answer within ${ms} ms`)), ms);
    Promise.resolve(work).then(resolve, reject).finally(stop);
  });
}
