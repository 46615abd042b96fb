/** How likely counts are by chance alone: exact tests, without approximations that small counts would break. */

/** One group of answers, before and now. */
export interface Counts {
  /** Answers before in which it could be, and was. */
  of: number;
  seen: number;
  /** The same of the answers now. */
  nowOf: number;
  nowSeen: number;
}

/**
 * The end of Fisher's exact test at which all that was seen is on one side, over several groups at once: given how often each
 * group has it in all, the probability that chance alone puts every one of them `before` (or `now`). Groups are held
 * apart, as in an exact Cochran–Mantel–Haenszel test, so that another mix of models is no finding. 1 where it can't be.
 */
export function allOnOneSide(groups: readonly Counts[], side: "before" | "now"): number {
  let log = 0;
  for (const { of, seen, nowOf, nowSeen } of groups) {
    const total = seen + nowSeen;
    const room = side === "before" ? of : nowOf;
    if (total > room) return 1;
    log += logChoose(room, total) - logChoose(of + nowOf, total);
  }
  return Math.min(1, Math.exp(log));
}

/** A test: how likely what came is, and the least that could have come out of it with as many answers. */
export interface Trial {
  p: number;
  /** Of what could have come, given how often it was seen in all. */
  least: number;
}

/**
 * The level at which each of these tests is judged, so that all of them together call out wrongly with a probability of `alpha` at
 * most: Bonferroni's, without the tests that could never call out (Tarone 1990), as those of rare members can't.
 */
export function tarone(trials: readonly Trial[], alpha: number): number {
  const least = trials.map((trial) => trial.least).sort((a, b) => a - b);
  for (let tests = 1; tests <= least.length; tests++) {
    const able = countUpTo(least, alpha / tests);
    if (able <= tests) return alpha / tests;
  }
  return alpha / Math.max(1, least.length);
}

function countUpTo(sorted: readonly number[], bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 1) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

const EXACT: number[] = [0];

/** ln n!: summed up to 1,000, beyond by Stirling's series, which is then right to 15 digits. */
function logFactorial(n: number): number {
  if (n > 1_000)
    return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
  for (let next = EXACT.length; next <= n; next++) EXACT.push((EXACT[next - 1] ?? 0) + Math.log(next));
  return EXACT[n] ?? 0;
}
