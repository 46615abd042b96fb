import type { Sample } from "../../src/drift/base/sample.ts";
import { createDriftCheck, type DriftReport } from "../../src/drift/check/check.ts";
import type { Overlay } from "../../src/drift/report/suggest.ts";
import { type OpenApiDocument, openDocument } from "../../src/openapi/document.ts";
import type { JsonObject } from "../../src/openapi/json.ts";
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

/** Applies an overlay whose targets are plain paths, as a tool would. */
export function applyOverlay(content: JsonObject, overlay: Overlay): JsonObject {
  const result = structuredClone(content);
  for (const { target, update, remove } of overlay.actions) {
    const steps = [...target.matchAll(/\.([A-Za-z_]\w*)|\['((?:[^'\\]|\\.)*)'\]/g)].map(
      ([, name, quoted]) => name ?? (quoted ?? "").replace(/\\(.)/g, "$1"),
    );
    const parent = steps.slice(0, -1).reduce<unknown>(step, result);
    const last = steps.at(-1);
    if (!isContainer(parent) || last === undefined || !(last in parent))
      throw new Error(`nothing at ${target}`);
    if (remove) delete parent[last];
    else if (isObject(parent[last]) && update) deepMerge(parent[last], update);
    else throw new Error(`can't update ${target}`);
  }
  return result;
}

const isContainer = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;

const step = (value: unknown, name: string): unknown => (isContainer(value) ? value[name] : undefined);

/** As the Overlay specification has it since 1.1: objects merge, lists are joined, anything else is replaced. */
function deepMerge(target: JsonObject, update: JsonObject): void {
  for (const [name, value] of Object.entries(update)) {
    const before = target[name];
    if (isObject(before) && isObject(value)) deepMerge(before, value);
    else if (Array.isArray(before) && Array.isArray(value)) target[name] = [...before, ...value];
    else target[name] = structuredClone(value);
  }
}
