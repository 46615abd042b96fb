/** The changes of two documents, each told once with all of its places. */
import { type Finding, formatSteps, type PlacedFinding, type SpecChange } from "./change.ts";
import { type ChangeLevel, type Direction, SPEC_RULES, type SpecRules } from "./rules.ts";

export interface Gatherer {
  /** A change of one place. */
  add(subject: string, direction: Direction, finding: Finding, place?: string): void;
  /** A change that many operations have alike: of a status, a header, authentication. */
  addAlike(subject: string, direction: Direction, finding: Finding, place?: string): void;
  /** Changes of a schema that stands at `place`. */
  addAll(subject: string, direction: Direction, found: readonly PlacedFinding[], place?: string): void;
  /** The breaking ones first, otherwise in the order in which they were met. */
  list(rules: SpecRules): SpecChange[];
}

const LEVELS: ChangeLevel[] = ["breaking", "additive", "annotation"];

const MAX_ALSO = 50;

type Gathered = Omit<SpecChange, "level"> & { known: Set<string> };

/** The same `Finding` object is the same change, however often it is met. */
export function createGatherer(): Gatherer {
  const changes = new Map<Finding, Gathered>();
  const alike = new Map<string, Finding>();

  const add: Gatherer["add"] = (subject, direction, finding, place = "(root)") => {
    const change = changes.get(finding);
    const where = `${subject}\n${place}`;
    if (!change) {
      const known = new Set([where]);
      changes.set(finding, { ...finding, direction, subject, place, places: 1, also: [], known });
    } else if (!change.known.has(where)) {
      change.known.add(where);
      change.places++;
      if (change.also.length < MAX_ALSO) change.also.push({ subject, place });
    }
  };

  return {
    add,
    addAlike(subject, direction, finding, place) {
      const key = JSON.stringify([finding.rule, direction, place, finding.text]);
      const first = alike.get(key) ?? finding;
      alike.set(key, first);
      add(subject, direction, first, place);
    },
    addAll(subject, direction, found, place) {
      for (const { finding, steps } of found) {
        const inner = formatSteps(steps);
        const whole = place === undefined ? inner : inner === "(root)" ? place : joined(place, inner);
        add(subject, direction, finding, whole);
      }
    },
    list(rules) {
      const told = [...changes.values()].flatMap(({ known: _, ...change }): SpecChange[] => {
        const level = rules[change.rule] ?? SPEC_RULES[change.rule].level;
        return level === "off" ? [] : [{ level, ...change }];
      });
      return told.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
    },
  };
}

const joined = (place: string, inner: string): string =>
  /^[[<]/.test(inner) ? `${place}${inner}` : `${place}.${inner}`;
