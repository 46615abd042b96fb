import { expect, test } from "vitest";
import { renderSpecChanges, SPEC_FORMATS } from "../../../src/drift/spec/report.ts";
import { compareSpecs } from "../../../src/drift/spec/spec.ts";
import { documentOf, object } from "./documents.ts";

const usage = (more: object) => ({ Usage: object({ total: { type: "integer" }, ...more }) });
const use = { $ref: "#/components/schemas/Usage" };
const response = (content: object) => object({ "a<b": content, usage: use, last: use });

const changes = compareSpecs(
  documentOf({ response: response({ type: "string" }), schemas: usage({}) }),
  documentOf({
    response: response({ type: ["string", "null"] }),
    schemas: usage({ time: { type: "number" } }),
  }),
);
const names = { oldName: "old.yaml", newName: "new.yaml" };

test("a table groups by level and subject, and names further places", () => {
  expect(renderSpecChanges(changes, "table", names)).toBe(
    `old.yaml -> new.yaml

breaking (1)
  POST /chat/completions response
    ["a<b"]  may now be null

additive (1)
  POST /chat/completions response
    usage.time  new field (optional, number)
                also POST /chat/completions response last.time
`,
  );
});

test("JSON has the counts and every change", () => {
  const report = JSON.parse(renderSpecChanges(changes, "json", names));
  expect(report).toMatchObject({ old: "old.yaml", counts: { breaking: 1, additive: 1, annotation: 0 } });
  expect(report.changes).toEqual(changes);
});

test("workflow commands escape what would end them", () => {
  expect(renderSpecChanges(changes, "github", { newName: "a,b:c.yaml" })).toBe(
    `::error file=a%2Cb%3Ac.yaml,title=OpenAPI change%2C breaking::POST /chat/completions response ["a<b"]: may now be null
::notice file=a%2Cb%3Ac.yaml,title=OpenAPI change%2C additive::POST /chat/completions response usage.time: new field (optional, number) (also POST /chat/completions response last.time)
`,
  );
  expect(renderSpecChanges(changes, "github", { newName: "https://a.example/b" })).not.toContain("file=");
});

test("JUnit counts what breaks as failures", () => {
  const report = renderSpecChanges(changes, "junit", names);
  expect(report).toContain('<testsuite name="old.yaml -&gt; new.yaml" tests="2" failures="1">');
  expect(report).toContain('name="[&quot;a&lt;b&quot;]: may now be null"');
  expect(report).toContain('<failure type="nullable" message="may now be null">not null\nnull</failure>');
  expect(report.match(/<testcase/g)).toHaveLength(2);
});

test("every format says so when nothing changed", () => {
  expect(
    SPEC_FORMATS.map((format) => renderSpecChanges([], format, names)).every((text) => text.length > 5),
  ).toBe(true);
  expect(renderSpecChanges([], "table", names)).toMatch(/^No change: old\.yaml and new\.yaml/);
  expect(renderSpecChanges([], "junit")).toContain('tests="1" failures="0"');
});
