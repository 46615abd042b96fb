import { expect, test } from "vitest";
import {
  applyBaseline,
  formatBaseline,
  parseBaseline,
  updateBaseline,
} from "../../../src/drift/report/baseline.ts";
import { isFailing, judge } from "../../../src/drift/report/verdict.ts";
import { checkValues, documentOf } from "../support.ts";

const document = documentOf({ type: "object", properties: { a: { enum: ["x"] } } });
const check = (...values: unknown[]) => checkValues(document, ...values);
const other = { key: "Other a missing", schema: "Other", finding: "a: missing", breaking: true };

test("what the baseline has is accepted; a new value of the same enum is not", () => {
  const baseline = updateBaseline(check({ a: "y", b: 1 }));
  const { report, gone } = applyBaseline(check({ a: "y", b: 2 }, { a: "z" }), baseline);
  expect(report.findings.map(({ found, accepted = false }) => [found, accepted])).toEqual([
    ['"y"', true],
    ['"z"', false],
    ["integer", true],
  ]);
  expect(gone).toEqual([]);
  expect(judge(report, "breaking").verdict).toBe("drift");
});

test("what no longer occurs is told, when answers of its schema were checked", () => {
  const baseline = { accepted: [...updateBaseline(check({ b: 1 })).accepted, other] };
  const { gone } = applyBaseline(check({ a: "x" }), baseline);
  expect(gone.map(({ key }) => key)).toEqual(["GET /answer 200 b unknown"]);
});

test("an update keeps notes and what was not tested, drops what is gone, and is the same each time", () => {
  const first = updateBaseline(check({ a: "y", b: 1 }), { accepted: [other] });
  const noted = { accepted: first.accepted.map((entry) => ({ ...entry, note: "known since May" })) };
  const second = updateBaseline(check({ a: "y" }), noted);
  expect(second.accepted.map(({ key, note }) => [key, note])).toEqual([
    ['GET /answer 200 a enum "y"', "known since May"],
    ["Other a missing", "known since May"],
  ]);
  expect(parseBaseline(formatBaseline(second), "b.json")).toEqual(second);
  expect(formatBaseline(updateBaseline(check({ a: "y" }), second))).toBe(formatBaseline(second));
});

test.each([
  ["{", "b.json: expected a baseline in JSON; write one with --update-baseline"],
  ["[]", 'b.json: expected a baseline with a list "accepted"'],
  ['{"accepted":[{"key":"k"}]}', 'b.json: expected "key" and "schema" in accepted[0]'],
])("a baseline that is none is refused: %s", (text, message) => {
  expect(() => parseBaseline(text, "b.json")).toThrow(message);
});

test("fail-on says which findings fail", () => {
  const report = check({ b: 1 });
  const verdicts = (["breaking", "any", "none"] as const).map((failOn) => judge(report, failOn).verdict);
  expect(verdicts).toEqual(["clean", "drift", "clean"]);
  expect(judge(check({ a: "y" }), "breaking").verdict).toBe("drift");
  expect(report.findings.map((finding) => isFailing({ ...finding, accepted: true }, "any"))).toEqual([false]);
});

test("nothing to check, or input that can't be used, is never clean", () => {
  expect(judge(check(), "none").verdict).toBe("unusable");
  expect(judge({ ...check({ a: "x" }), unusableCount: 1 }, "none").verdict).toBe("unusable");
});
