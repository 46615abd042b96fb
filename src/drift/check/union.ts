/** Which branch of a union a value was meant to be. */
import { brief } from "../base/json.ts";
import type { Problem, ProblemKind } from "../base/problem.ts";
import type { Tag } from "./nodes.ts";

/** A problem whose place is told from the schema that found it, so that it holds wherever that schema is met. */
export interface Difference extends Omit<Problem, "place"> {
  steps: Steps | undefined;
}

/** A way down: a list whose head can be put before another one without a copy. */
export interface Steps {
  name: string;
  below: Steps | undefined;
}

export function segmentsOf(steps: Steps | undefined): string[] {
  const segments: string[] = [];
  for (let step = steps; step; step = step.below) segments.push(step.name);
  return segments;
}

// How much each kind tells against a branch. A tag's value tells most: it says which branch was meant.
const WEIGHTS: Partial<Record<ProblemKind, number>> = {
  missing: 2,
  null: 3,
  type: 3,
  enum: 3,
};
const TAG_WEIGHT = 8;

/** How far a value is from a schema: the weight of its differences, wrong values of `tags` counting most. */
export function weigh(differences: readonly Difference[], tags: readonly Tag[] = []): number {
  let weight = 0;
  for (const difference of differences)
    weight += tagOf(difference, tags) ? TAG_WEIGHT : (WEIGHTS[difference.kind] ?? 1) + (difference.more ?? 0);
  return weight;
}

function tagOf({ kind, steps }: Difference, tags: readonly Tag[]): Tag | undefined {
  if (kind !== "enum" || !steps || steps.below) return undefined;
  return tags.find(({ name }) => name === steps.name);
}

/**
 * The differences of the best branch. A field that another branch knows, when the value fits that one but for further
 * unknown fields, is none; and a tag's wrong value is told with the values of all branches.
 */
export function best(trials: readonly (readonly Difference[])[], tags: readonly Tag[]): Difference[] {
  let chosen: readonly Difference[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const differences of trials) {
    const weight = weigh(differences, tags);
    if (weight < least) [chosen, least] = [differences, weight];
  }
  const fitting = trials.filter((differences) => differences.every(({ kind }) => kind === "unknown"));
  const unknown = fitting.map((differences) => new Set(differences.map(placeText)));
  return chosen
    .filter(
      (difference) =>
        difference.kind !== "unknown" || unknown.every((places) => places.has(placeText(difference))),
    )
    .map((difference) => {
      const tag = tagOf(difference, tags);
      if (!tag) return difference;
      return { ...difference, expected: [...tag.branches.keys()].map((value) => brief(value)).join(", ") };
    });
}

/** The first of each kind at each place. */
export function withoutRepeats(differences: readonly Difference[]): Difference[] {
  const first = new Map<string, Difference>();
  for (const difference of differences) {
    const key = `${difference.kind} ${difference.found} ${placeText(difference)}`;
    if (!first.has(key)) first.set(key, difference);
  }
  return [...first.values()];
}

const placeText = ({ steps }: Difference): string => JSON.stringify(segmentsOf(steps));
