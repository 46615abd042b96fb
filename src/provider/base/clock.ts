/** The one place that reads the clock. Limiter, retries and timeouts are given one, so tests need no sleeping. */

export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  /**
   * Calls `fn` once after `ms`; gives a function that cancels it. `background`: it need not keep the process alive.
   */
  setTimer(fn: () => void, ms: number, background?: boolean): () => void;
}

/** Timers of the platform fire at once beyond it, so a longer wait is made of steps. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(fn, ms, background = false) {
    let handle: ReturnType<typeof setTimeout>;
    const arm = (left: number) => {
      const step = Math.min(left, LONGEST_TIMER_MS);
      handle = setTimeout(() => (left > step ? arm(left - step) : fn()), Math.max(0, step));
      // Browsers' handles are plain numbers.
      if (background && typeof handle === "object") handle.unref();
    };
    arm(ms);
    return () => clearTimeout(handle);
  },
};
