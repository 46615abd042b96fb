/** What is found in a schema, with the ways to it. */
import type { Finding, PlacedFinding, Step, Steps } from "./change.ts";

// A schema that two fields have, which two fields have, … stands in two to the power of n places.
const MAX_PLACES = 4;

export class Found {
  readonly list: PlacedFinding[] = [];
  readonly #places = new Map<Finding, number>();

  /** Of one finding a few places are kept. */
  add(finding: Finding, ...steps: Step[]): void {
    this.#add(finding, steps, undefined);
  }

  /** What was found below these steps. */
  addBelow(steps: readonly Step[], found: readonly PlacedFinding[]): void {
    for (const { finding, steps: rest } of found) this.#add(finding, steps, rest);
  }

  #add(finding: Finding, steps: readonly Step[], rest: Steps): void {
    const count = this.#places.get(finding) ?? 0;
    if (count === MAX_PLACES) return;
    this.#places.set(finding, count + 1);
    this.list.push({ finding, steps: steps.reduceRight<Steps>((end, step) => ({ step, rest: end }), rest) });
  }
}
