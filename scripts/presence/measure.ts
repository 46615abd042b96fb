/** How often the check of presence is wrong, and how often it finds what was planted. */
import { createAnswerCheck } from "../../src/drift/check/check.ts";
import { comparePresence, type PresenceChange } from "../../src/drift/presence/compare.ts";
import { type PresenceKind, sum } from "../../src/drift/presence/profile.ts";
import type { OpenApiDocument } from "../../src/openapi/document.ts";
import { type Answer, createRandom, halves, mapValues, profileOf } from "./answers.ts";
import { changeAt, otherType, placesOf } from "./plant.ts";

/** Changes between two lots of answers, with the kind of answer. */
export function changesBetween(
  before: readonly Answer[],
  now: readonly Answer[],
): { kind: string; change: PresenceChange }[] {
  const [earlier, later] = [profileOf(before), profileOf(now)];
  const kinds = [...later.kinds].flatMap(([name, kind]) => {
    const known = earlier.kinds.get(name);
    return known ? [{ name, before: known, now: kind }] : [];
  });
  return [...comparePresence(kinds)].flatMap(([kind, changes]) =>
    changes.map((change) => ({ kind, change })),
  );
}

/** Random halves held against each other: whatever is found is false. */
export function falseFindings(answers: readonly Answer[], times: number, seed: number): string[] {
  const random = createRandom(seed);
  return Array.from({ length: times }, () => {
    const [before, now] = halves(answers, random);
    return changesBetween(before, now).map(({ kind, change }) => `${kind} ${change.place} ${change.change}`);
  }).flat();
}

/** One planted vanishing. */
export interface Planted {
  kind: string;
  place: string;
  /** In how many of the earlier answers it was there, of how many. */
  seen: number;
  of: number;
  isFound: boolean;
  /** What else was said. */
  others: string[];
}

/** Each member of each kind of answer is taken out of one half, or called otherwise there, one after the other. */
export function plantVanishings(
  answers: readonly Answer[],
  seed: number,
  how: "vanished" | "renamed" = "vanished",
): Planted[] {
  const [before, now] = halves(answers, createRandom(seed));
  const [earlier, later] = [profileOf(before), profileOf(now)];
  return [...earlier.kinds].flatMap(([kind, profile]) => {
    if (!later.kinds.has(kind)) return [];
    const places = [...profile.places].filter(([place]) => !place.startsWith("(") && !place.endsWith("[]"));
    return places.map(([place, entry]) => {
      const changed = now.map((answer) => {
        if (!answer.profile.kinds.has(kind)) return answer;
        return mapValues(answer, (value) =>
          changeAt(value, place, (member, inner) => (how === "vanished" ? [] : [[`${member}_2`, inner]])),
        );
      });
      const found = changesBetween(before, changed);
      const isIt = ({ kind: at, change }: (typeof found)[number]) =>
        at === kind && change.place === place && change.change === how;
      return {
        kind,
        place,
        seen: sum(entry.seen),
        of: sum(profile.groups),
        isFound: found.some(isIt),
        others: found.filter((one) => !isIt(one)).map(({ change }) => `${change.change} ${change.place}`),
      };
    });
  });
}

/** Other shapes, planted in one answer of each kind at each place: of how many, and which were not found. */
export function plantShapes(
  answers: readonly Answer[],
  document: OpenApiDocument,
): { planted: number; missed: string[] } {
  const check = createAnswerCheck(document);
  const missed: string[] = [];
  let planted = 0;
  const tried = new Set<string>();
  for (const { samples } of answers) {
    for (const { sample, parts } of samples) {
      const schema = parts.find(({ side }) => side === "answer")?.schema;
      if (schema === undefined || sample.kind === "stream" || sample.kind === "end") continue;
      const plain = check(sample).map(({ place, kind, found }) => `${place} ${kind} ${found}`);
      for (const place of placesOf(sample.value)) {
        for (const [name, change] of FAULTS) {
          const key = `${schema} ${place} ${name}`;
          if (tried.has(key)) continue;
          tried.add(key);
          planted++;
          const found = check({ ...sample, value: changeAt(sample.value, place, change) });
          const news = found.filter((one) => !plain.includes(`${one.place} ${one.kind} ${one.found}`));
          if (!news.some((one) => one.place.startsWith(place))) missed.push(key);
        }
      }
    }
  }
  return { planted, missed };
}

const FAULTS: [string, (name: string, value: unknown) => [string, unknown][]][] = [
  ["other type", (name, value) => [[name, otherType(value)]]],
  [
    "new member",
    (name, value) => [
      [name, value],
      [`${name}_planted`, 1],
    ],
  ],
];

/** The kinds of a profile, with how many answers each has. */
export const kindSizes = (kinds: ReadonlyMap<string, PresenceKind>): [string, number][] =>
  [...kinds].map(([name, { groups }]) => [name, sum(groups)]);
