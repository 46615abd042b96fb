import { describe, expect, test } from "vitest";
import { allOnOneSide, tarone } from "../../../src/drift/presence/chance.ts";

/** All ways to choose `k` of `n`. */
function* choices(n: number, k: number, from = 0): Generator<number[]> {
  if (k === 0) yield [];
  for (let first = from; first <= n - k && k > 0; first++)
    for (const rest of choices(n, k - 1, first + 1)) yield [first, ...rest];
}

/** By counting: of all ways to deal what was seen over the answers, the share with all of it on the side. */
function counted(of: number, nowOf: number, total: number, side: "before" | "now"): number {
  let [all, hits] = [0, 0];
  for (const chosen of choices(of + nowOf, total)) {
    all++;
    if (chosen.every((index) => (side === "before" ? index < of : index >= of))) hits++;
  }
  return hits / all;
}

describe("all that was seen is on one side", () => {
  test.each([
    [5, 4, 3],
    [6, 2, 2],
    [3, 3, 3],
    [4, 6, 1],
  ])("%i answers before, %i now, seen %i times: as counting says", (of, nowOf, seen) => {
    for (const side of ["before", "now"] as const) {
      const counts = { of, nowOf, seen, nowSeen: 0 };
      expect(allOnOneSide([counts], side)).toBeCloseTo(counted(of, nowOf, seen, side), 12);
    }
  });

  test("groups are held apart: their probabilities are multiplied", () => {
    const [a, b] = [
      { of: 5, nowOf: 4, seen: 3, nowSeen: 0 },
      { of: 6, nowOf: 2, seen: 4, nowSeen: 0 },
    ];
    expect(allOnOneSide([a, b], "before")).toBeCloseTo(
      counted(5, 4, 3, "before") * counted(6, 2, 4, "before"),
      12,
    );
  });

  test("what can't all be on the side has 1; what was never seen, too", () => {
    expect(allOnOneSide([{ of: 2, nowOf: 9, seen: 2, nowSeen: 1 }], "before")).toBe(1);
    expect(allOnOneSide([{ of: 2, nowOf: 9, seen: 0, nowSeen: 0 }], "before")).toBe(1);
  });

  test("millions of answers lose no digits", () => {
    const p = allOnOneSide([{ of: 3_000_000, nowOf: 1_000_000, seen: 10, nowSeen: 0 }], "before");
    expect(p).toBeCloseTo(0.75 ** 10, 5);
  });
});

describe("the level of many tests", () => {
  const trial = (least: number) => ({ p: least, least });
  test("tests that could never call out don't count", () => {
    const able = [trial(1e-9), trial(1e-9)];
    expect(tarone(able, 0.01)).toBe(0.005);
    expect(tarone([...able, ...Array.from({ length: 1000 }, () => trial(0.2))], 0.01)).toBe(0.005);
    expect(tarone([...able, trial(1e-9)], 0.01)).toBe(0.01 / 3);
  });

  test("is Bonferroni's where all could", () => {
    expect(
      tarone(
        Array.from({ length: 50 }, () => trial(1e-20)),
        0.01,
      ),
    ).toBe(0.01 / 50);
    expect(tarone([], 0.01)).toBe(0.01);
  });
});
