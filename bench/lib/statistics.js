export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of each round's figure made of two subjects of that same round, so that a slow minute counts for both. */
export const paired = (ofA, ofB, combine) => median(ofA.map((value, round) => combine(value, ofB[round])));
