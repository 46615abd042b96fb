import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { formatOverlay, suggestChanges } from "../../../src/drift/report/suggest.ts";
import { openDocument, readDocument } from "../../../src/openapi/document.ts";
import type { JsonObject } from "../../../src/openapi/json.ts";
import { createRandom, randomCase } from "../check/random-schema.ts";
import { answer, applyOverlay, brief, checkValues, documentOf } from "../support.ts";

const schema = {
  type: "object",
  required: ["id", "tier"],
  properties: {
    id: { type: "string" },
    tier: { type: "string", enum: ["low", "high"] },
    usage: { $ref: "#/components/schemas/Usage" },
  },
};
const Usage = { type: "object", required: ["total"], properties: { total: { type: "integer" } } };

describe.each(["3.0.3", "3.1.0"])("in a document of OpenAPI %s", (version) => {
  const document = documentOf({ $ref: "#/components/schemas/Answer" }, { Answer: schema, Usage }, version);

  test("the suggested overlay makes the samples fit, and only widens", () => {
    const values = [
      { tier: "low", usage: null },
      { id: null, tier: "middle", more: { a: 1 } },
      { id: "x", tier: null, more: { a: 1.5, b: ["x"] } },
      { id: 5, tier: "high", usage: { total: "1", extra: null } },
    ];
    const report = checkValues(document, ...values);
    expect(report.findings.length).toBe(9);
    const overlay = suggestChanges(document, report);
    expect(overlay["x-not-suggested"]).toBeUndefined();
    const changed = openDocument(applyOverlay(document.written, overlay), "changed.yaml");
    expect(brief(checkValues(changed, ...values))).toEqual([]);
    expect(brief(checkValues(changed, { id: "x", tier: "low", usage: { total: 1 } }))).toEqual([]);
    expect(brief(checkValues(changed, { id: true, tier: "other" }))).toEqual([
      "id type boolean",
      'tier enum "other"',
    ]);
  });

  test("the evidence is its note", () => {
    const report = checkValues(document, { id: "x", tier: "low", usage: null }, { id: "x", tier: "low" });
    const overlay = parse(formatOverlay(suggestChanges(document, report)));
    expect(overlay).toMatchObject({ overlay: "1.0.0" });
    expect(overlay.actions[0].description).toBe(
      "Answer usage: null where not allowed (expected object) in 1 of 2",
    );
  });

  test("the change for each of many random faults makes the value fit", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const made = randomCase(seed, version === "3.0.3" ? "3.0" : "3.1");
      const fault = createRandom(seed).pick(made.faults);
      fault.plant();
      const before = openDocument(made.document, "random.yaml");
      const overlay = suggestChanges(before, checkValues(before, made.value));
      expect(overlay["x-not-suggested"]).toBeUndefined();
      const changed = openDocument(applyOverlay(made.document, overlay), "changed.yaml");
      expect(brief(checkValues(changed, made.value)), `seed ${seed}, ${fault.name}`).toEqual([]);
    }
  });
});

test("an unlisted status becomes a response with the document's error schema", () => {
  const ErrorResponse = { type: "object", required: ["error"], properties: { error: { type: "object" } } };
  const document = documentOf({ type: "object" }, { ErrorResponse });
  const check = createDriftCheck(document);
  check.add(answer({ error: {} }, { status: 418 }));
  const overlay = suggestChanges(document, check.report());
  expect(overlay.actions[0]).toMatchObject({
    target: "$.paths['/answer'].get.responses",
    update: {
      "418": { content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorResponse" } } } },
    },
  });
});

test("an unknown event joins the events that the document has for the stream", () => {
  const chunk = { type: "object", properties: { n: { type: "integer" } } };
  const content = { "application/json": { schema: { type: "object" } } };
  const responses = { "200": { description: "", content, "x-event-stream": { message: chunk } } };
  const written = { openapi: "3.1.0", info: {}, paths: { "/answer": { get: { responses } } } };
  const run = (document: JsonObject) => {
    const opened = openDocument(document, "test.yaml");
    const check = createDriftCheck(opened);
    check.add(answer({ n: 1 }, { kind: "event" }));
    check.add(answer({ ms: 5 }, { kind: "event", event: "ping" }));
    return { opened, report: check.report() };
  };
  const { opened, report } = run(written);
  expect(brief(report)).toEqual(["(event: ping) event"]);
  expect(run(applyOverlay(written, suggestChanges(opened, report))).report.findings).toEqual([]);
});

test("what has no place in the document is told in words", () => {
  const document = documentOf({ type: "object" });
  const check = createDriftCheck(document);
  check.add({ kind: "body", value: {}, status: 418, source: "answers.jsonl" });
  const overlay = suggestChanges(document, check.report());
  expect(overlay.actions).toEqual([]);
  expect(overlay["x-not-suggested"]).toEqual([
    "(any operation) (status): unlisted status (expected 200, found 418) in 1 of 1",
  ]);
});

test("names that are no identifiers are quoted in paths", () => {
  const document = documentOf({
    type: "object",
    required: ["it's"],
    properties: { "it's": { type: "string" } },
  });
  const overlay = suggestChanges(document, checkValues(document, { "it's": 1 }));
  expect(overlay.actions[0]?.target).toContain("['it\\'s']");
  const changed = openDocument(applyOverlay(document.written, overlay), "changed.yaml");
  expect(checkValues(changed, { "it's": 1 }).findings).toEqual([]);
});

test("the overlay for a document read from YAML keeps to its pointers", () => {
  const text =
    "openapi: 3.1.0\ninfo: {}\npaths:\n  /answer:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n              schema: { type: object, properties: { a: { type: string } } }\n";
  const document = readDocument(text, "test.yaml");
  const overlay = suggestChanges(document, checkValues(document, { a: null }));
  expect(overlay.actions.at(-1)).toMatchObject({ update: { type: ["string", "null"] } });
});
