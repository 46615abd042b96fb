/** What the noted times say. */

/** Most calls that the server let in within any period. */
export function mostWithin(times, periodMs) {
  let most = 0;
  let from = 0;
  times.forEach((time, index) => {
    while (times[from] <= time - periodMs) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

/** The least milliseconds in which a bucket that is full at first and refills evenly lets in so much. */
export function idealMs(amount, limit, periodMs) {
  return (Math.max(0, amount - limit) * periodMs) / limit;
}

/** The same where no period may have more: the last of so many calls goes as many whole periods after the first. */
export function idealWindowMs(calls, limit, periodMs) {
  return Math.floor((calls - 1) / limit) * periodMs;
}

export const percent = (ratio) => `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(1)} %`;
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
export const sum = (failures) => Object.values(failures).reduce((total, count) => total + count, 0);
