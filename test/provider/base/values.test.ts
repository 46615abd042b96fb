import { expect, test } from "vitest";
import {
  invalidRequest,
  isDeeperThan,
  isObject,
  kindOf,
  valueAt,
} from "../../../src/provider/base/values.ts";

test.each([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  [undefined, false],
  ["text", false],
  [() => {}, false],
])("isObject(%o) is %s", (value, expected) => {
  expect(isObject(value)).toBe(expected);
});

test.each<[unknown, PropertyKey[], unknown]>([
  [{ a: [{ b: 1 }] }, ["a", 0, "b"], 1],
  [{ a: null }, ["a", "b"], undefined],
  ["text", ["length"], undefined],
  [{ a: {} }, ["a", "constructor"], undefined],
  [{}, [], {}],
])("valueAt(%o, %o) is %o", (value, path, expected) => {
  expect(valueAt(value, path)).toEqual(expected);
});

test("a mistake of the caller has its place as param", () => {
  expect(invalidRequest("tools[0]", "expected a tool, got null")).toMatchObject({
    kind: "InvalidRequest",
    message: "tools[0]: expected a tool, got null",
    param: "tools[0]",
    retryable: false,
  });
});

test.each([
  [null, "null"],
  [[], "a list"],
  [Number.NaN, "NaN"],
  [1.5, "1.5"],
  [undefined, "undefined"],
  [{}, "object"],
])("kindOf(%o) is %s", (value, expected) => {
  expect(kindOf(value)).toBe(expected);
});

test("isDeeperThan counts lists and objects, and ends on what has no end", () => {
  const circle: unknown[] = [];
  circle.push(circle, circle);
  expect([1, [], [{}], [{ a: [] }], [1, { b: 2 }, [[]]]].map((value) => isDeeperThan(value, 2))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(isDeeperThan(circle, 400)).toBe(true);
  expect(isDeeperThan(JSON.parse("[".repeat(100_000) + "]".repeat(100_000)), 400)).toBe(true);
});
