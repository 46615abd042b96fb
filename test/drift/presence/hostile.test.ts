/** Presence and the client's own checks over answers that nobody should send: bounded, and never a throw. */
import { expect, test } from "vitest";
import { formatPlace } from "../../../src/drift/base/problem.ts";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { createPresence } from "../../../src/drift/presence/observe.ts";
import { formatPresence, parentPlace, parsePresence } from "../../../src/drift/presence/profile.ts";
import { loadDocument, packagedDocument } from "../../../src/openapi/document.ts";

const document = await loadDocument(await packagedDocument());
const post = { method: "POST", url: "https://x.example/chat/completions", status: 200, source: "a" } as const;

function profileOf(values: readonly unknown[], more: object = {}) {
  const observer = createPresence();
  const check = createDriftCheck(document, observer.look);
  for (const value of values) check.add({ kind: "body", value, ...post, ...more });
  return { profile: observer.profile(), report: check.report() };
}

const NAMES = [
  "a.b",
  'a["b',
  "x[]",
  "__proto__",
  "constructor",
  "",
  " ",
  "(end) [DONE]",
  "[]",
  "é\u202e",
  '"]',
];

test("names of any kind stay what they are in the file", () => {
  const value = JSON.parse(
    `{"choices":[],${NAMES.map((name) => `${JSON.stringify(name)}:{"in":1}`).join(",")}}`,
  );
  const { profile } = profileOf([value, value]);
  const text = formatPresence(profile);
  expect(formatPresence(parsePresence(text, "p.json"))).toBe(text);
});

test("the parent of a place is the place without its last name, whatever that is called", () => {
  for (const outer of NAMES)
    for (const name of NAMES) expect(parentPlace(formatPlace([outer, name]))).toBe(formatPlace([outer]));
  expect(parentPlace("choices[].message")).toBe("choices[]");
  expect(parentPlace("choices[]")).toBe("choices");
  expect(parentPlace("choices")).toBeUndefined();
  expect(parentPlace("(end) [DONE]")).toBeUndefined();
});

test("random names, models, hosts and requests have a bound", () => {
  const observer = createPresence();
  const check = createDriftCheck(document, observer.look);
  for (let index = 0; index < 3_000; index++) {
    const value = { choices: [], model: `m${index}`, [`f${index}`]: { [`g${index}`]: 1 } };
    check.add({ kind: "body", value, ...post, url: `https://h${index % 700}.example/chat/completions` });
  }
  const { kinds } = observer.profile();
  expect(kinds.size).toBeLessThanOrEqual(500);
  const wide = profileOf(
    Array.from({ length: 3_000 }, (_, index) => ({ choices: [], model: `m${index}`, [`f${index}`]: 1 })),
  ).profile.kinds;
  for (const { groups, places } of wide.values()) {
    expect(groups.size).toBeLessThanOrEqual(301);
    expect(places.size).toBeLessThan(150);
  }
});

test("what is as deep or as wide as JSON can be is no trouble", () => {
  const deep: unknown = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  const wide = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`f${index}`, index]));
  const message = { role: "assistant", content: deep, tool_calls: deep, reasoning: deep };
  const odd = [
    { choices: deep },
    { choices: [{ message }] },
    { choices: [{ message: wide }], usage: deep, ...wide },
    { choices: [wide, deep, null, "x", 7] },
    ...[deep, [], "text", null, 7, true],
  ];
  const { report } = profileOf(odd, { request: deep, headers: wide });
  expect(report.samples).toBe(odd.length);
  expect(report.findings.some(({ breaksClient }) => breaksClient)).toBe(true);
});
