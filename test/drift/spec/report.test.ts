import { expect, test } from "vitest";
import { renderSpecChanges, SPEC_FORMATS } from "../../../src/drift/spec/report.ts";
import { compareSpecs, type SpecChange } from "../../../src/drift/spec/spec.ts";
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
    ["a<b"]  may now be null  [response-null-allowed]

additive (1)
  POST /chat/completions response
    usage.time  new field (optional, number)  [response-field-added]
                also POST /chat/completions response last.time
`,
  );
});

test("a table tells the direction where no word has it, whole operations in a line, and counts what is too much", () => {
  const at = (subject: string, place: string) => ({ subject, place });
  const change: SpecChange = {
    ...{ level: "breaking", rule: "response-null-allowed", direction: "response", text: "may now be null" },
    ...at("stream chunk", "id"),
    places: 12,
    also: ["a", "b", "c", "d"].map((place) => at("error answer", place)),
  };
  const gone: SpecChange = {
    ...{ level: "breaking", rule: "operation-removed", direction: "request", text: "operation removed" },
    ...{ ...at("GET /files", "(root)"), places: 1, also: [] },
  };
  expect(renderSpecChanges([change, gone], "table", names)).toBe(
    `old.yaml -> new.yaml

breaking (2)
  stream chunk (response)
    id      may now be null  [response-null-allowed]
            also error answer a; error answer b; error answer c, and 8 more places
  GET /files: operation removed  [operation-removed]
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
    `::error file=a%2Cb%3Ac.yaml,title=OpenAPI change%2C breaking%3A response-null-allowed::POST /chat/completions response ["a<b"]: may now be null
::notice file=a%2Cb%3Ac.yaml,title=OpenAPI change%2C additive%3A response-field-added::POST /chat/completions response usage.time: new field (optional, number) (also POST /chat/completions response last.time)
`,
  );
  expect(renderSpecChanges(changes, "github", { newName: "https://a.example/b" })).not.toContain("file=");
});

test("JUnit counts what breaks as failures", () => {
  const report = renderSpecChanges(changes, "junit", names);
  expect(report).toContain('<testsuite name="old.yaml -&gt; new.yaml" tests="2" failures="1">');
  expect(report).toContain('name="[&quot;a&lt;b&quot;]: may now be null [response-null-allowed]"');
  expect(report).toContain(
    '<failure type="response-null-allowed" message="may now be null">not null\nnull</failure>',
  );
  expect(report.match(/<testcase/g)).toHaveLength(2);
});

test("every format says so when nothing changed", () => {
  expect(
    SPEC_FORMATS.map((format) => renderSpecChanges([], format, names)).every((text) => text.length > 5),
  ).toBe(true);
  expect(renderSpecChanges([], "table", names)).toMatch(/^No change: old\.yaml and new\.yaml/);
  expect(renderSpecChanges([], "table", { ...names, scope: "adapter" })).toMatch(
    /--scope all compares the rest/,
  );
  expect(JSON.parse(renderSpecChanges([], "json", { ...names, scope: "all" })).scope).toBe("all");
  expect(renderSpecChanges([], "junit")).toContain('tests="1" failures="0"');
});
