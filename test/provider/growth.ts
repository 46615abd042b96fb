/** More than any linear work grew, and far less than quadratic work does. */
export const LINEAR = 12;

/** The large piece of work is so many times the small one. */
const FACTOR = 64;

/**
 * How much more than its size a piece of work grows: about 1 for linear work, 64 for quadratic work. Counts what this process
 * computes, not what time passes, and the best of some runs of each, side by side: what else the machine does matters
 * little. What fits no cache any more costs some times as much, so compare with `LINEAR`.
 */
export async function growth(work: (size: number) => unknown, small: number): Promise<number> {
  const best = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY };
  for (let run = 0; run < 3; run++) {
    best.small = Math.min(best.small, await costOf(() => work(small)));
    best.large = Math.min(best.large, await costOf(() => work(small * FACTOR)));
  }
  return best.large / best.small / FACTOR;
}

async function costOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(1, user + system);
}
