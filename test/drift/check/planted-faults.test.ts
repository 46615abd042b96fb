import { describe, expect, test } from "vitest";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { openDocument } from "../../../src/openapi/document.ts";
import { createRandom, type Expected, type FaultName, randomCase } from "./random-schema.ts";

const NAMES: FaultName[] = ["dropped", "added", "renamed", "retyped", "nulled", "new enum value"];
const FAULTS = 200;

/** The `number`th fault: of the kind whose turn it is, in the first random schema from there that has one. */
function plantFault(number: number) {
  const name = NAMES[number % NAMES.length];
  for (let seed = number * 1000; ; seed++) {
    const made = randomCase(seed, number % 2 === 0 ? "3.0" : "3.1");
    const suitable = made.faults.filter((fault) => fault.name === name);
    if (suitable.length === 0) continue;
    const inLists = suitable.filter(({ expected }) => expected[0]?.place.includes("[]"));
    const before = structuredClone(made.value);
    const fault = createRandom(seed).pick(inLists.length > 0 ? inLists : suitable);
    fault.plant();
    return { ...made, before, fault };
  }
}

function findIn(document: Record<string, unknown>, value: unknown) {
  const check = createDriftCheck(openDocument(document, "random"));
  check.add({
    kind: "body",
    value,
    source: "answer.json",
    method: "GET",
    url: "http://localhost/answer",
    status: 200,
  });
  return check.report();
}

const sorted = (list: Expected[]) => list.map(({ place, kind }) => `${place} ${kind}`).sort();

describe(`${FAULTS} planted faults`, () => {
  const numbers = Array.from({ length: FAULTS }, (_, index) => index);
  test.each(numbers)("fault %i is found at its place, once", (number) => {
    const { document, before, value, fault } = plantFault(number);
    expect(sorted(findIn(document, before).findings), JSON.stringify({ document, before })).toEqual([]);
    const report = findIn(document, value);
    expect(sorted(report.findings), `${fault.name} in ${JSON.stringify(value)}`).toEqual(
      sorted(fault.expected),
    );
    expect(report.findings.every(({ count }) => count === 1)).toBe(true);
  });

  test("they are of all kinds, and many are in arrays and deep", () => {
    const planted = numbers.map(plantFault);
    const places = planted.flatMap(({ fault }) => fault.expected.map(({ place }) => place));
    expect(new Set(planted.map(({ fault }) => fault.name)).size).toBe(NAMES.length);
    expect(places.filter((place) => place.includes("[]")).length).toBeGreaterThan(50);
    expect(places.filter((place) => place.split(".").length > 2).length).toBeGreaterThanOrEqual(40);
    const schemas = planted.map(({ document }) => JSON.stringify(document));
    expect(
      schemas.filter((schema) => schema.includes("oneOf") || schema.includes("anyOf")).length,
    ).toBeGreaterThan(100);
  });
});
