/**
 * How much more than its size a piece of work grows: 1 for linear work, 16 for quadratic work, as the large one is 16 times
 * the small one. Counts what this process computes, not what time passes, and the best of some runs of each, side by side:
 * what else the machine does matters little.
 */
export async function growth(work: (size: number) => unknown, small: number): Promise<number> {
  const best = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY };
  for (let run = 0; run < 3; run++) {
    best.small = Math.min(best.small, await costOf(() => work(small)));
    best.large = Math.min(best.large, await costOf(() => work(small * 16)));
  }
  return best.large / best.small / 16;
}

async function costOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(1, user + system);
}
