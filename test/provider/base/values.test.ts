import { expect, test } from "vitest";
import { invalidRequest, isObject, valueAt } from "../../../src/provider/base/values.ts";

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
