import type { Sample } from "../../src/drift/base/sample.ts";
import { createDriftCheck, type DriftReport } from "../../src/drift/check/check.ts";
import type { Overlay } from "../../src/drift/report/suggest.ts";
import { applyOverlay as apply } from "../../src/openapi/apply-overlay.ts";
import { type OpenApiDocument, openDocument } from "../../src/openapi/document.ts";
import type { JsonObject } from "../../src/openapi/json.ts";
import { openOverlay } from "../../src/openapi/overlay.ts";
import { isObject } from "../../src/provider/base/values.ts";

/** A document whose one operation, `GET /answer`, answers with this schema. */
export function documentOf(schema: unknown, components: JsonObject = {}, version = "3.1.0"): OpenApiDocument {
  const content = { "application/json": { schema } };
  const responses = { "200": { description: "The answer.", content } };
  const paths = { "/answer": { get: { operationId: "answer", responses } } };
  return openDocument(
    { openapi: version, info: {}, paths, components: { schemas: components } },
    "test.yaml",
  );
}

export const answer = (value: unknown, more: Partial<Sample> = {}): Sample => ({
  kind: "body",
  value,
  source: "answers.jsonl",
  method: "GET",
  url: "http://localhost/answer",
  status: 200,
  ...more,
});

/** The report on these values, each the body of an answer. */
export function checkValues(document: OpenApiDocument, ...values: unknown[]): DriftReport {
  const check = createDriftCheck(document);
  for (const [index, value] of values.entries()) check.add(answer(value, { line: index + 1 }));
  return check.report();
}

/** The findings as `place kind` or `place kind found`. */
export const brief = ({ findings }: DriftReport): string[] =>
  findings.map(({ place, kind, found }) =>
    [place, kind, kind === "type" || kind === "enum" ? found : ""].join(" ").trim(),
  );

/** Applies an overlay. */
export function applyOverlay(content: JsonObject, overlay: Overlay): JsonObject {
  const applied = apply(content, openOverlay({ ...overlay }, "suggested")).content;
  if (!isObject(applied)) throw new Error("expected an object");
  return applied;
}
