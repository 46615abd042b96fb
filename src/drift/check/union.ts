/** Which branch of a union a value was meant to be. */
import type { Problem, ProblemKind } from "../base/problem.ts";

// How much each kind tells against a branch. A tag's value tells most: it says which branch was meant.
const WEIGHTS: Record<ProblemKind, number> = {
  missing: 2,
  null: 3,
  type: 3,
  enum: 3,
  unknown: 1,
  event: 1,
  status: 1,
};
const TAG_WEIGHT = 8;

/** How far a value is from a schema: the weight of its problems, wrong values at `tagPlaces` counting most. */
export function weigh(problems: readonly Problem[], tagPlaces?: ReadonlyMap<string, string>): number {
  let weight = 0;
  for (const { kind, place } of problems) {
    weight += kind === "enum" && tagPlaces?.has(place) ? TAG_WEIGHT : WEIGHTS[kind];
  }
  return weight;
}

/**
 * The problems of the best branch. A field that another branch knows, when the value fits that one but for further
 * unknown fields, is none; and a tag's wrong value is told with the values of all branches.
 */
export function best(trials: readonly Problem[][], tagPlaces: ReadonlyMap<string, string>): Problem[] {
  let chosen: Problem[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const problems of trials) {
    const weight = weigh(problems, tagPlaces);
    if (weight < least) [chosen, least] = [problems, weight];
  }
  const fitting = trials.filter((problems) => problems.every(({ kind }) => kind === "unknown"));
  return chosen
    .filter(
      ({ kind, place }) =>
        kind !== "unknown" || fitting.every((other) => other.some((p) => p.place === place)),
    )
    .map((problem) => {
      const values = problem.kind === "enum" ? tagPlaces.get(problem.place) : undefined;
      return values === undefined ? problem : { ...problem, expected: values };
    });
}
