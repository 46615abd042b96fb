/** What changed between two OpenAPI documents in the part that the adapter uses, in the terms of its caller. */
import { DocumentError, type OpenApiDocument } from "../../openapi/document.ts";
import {
  chunkSchema,
  errorSchema,
  readUsedOperations,
  type UsedOperation,
  usedLabels,
} from "../../openapi/used.ts";
import type { ChangeLevel, SpecChange } from "./change.ts";
import { type Comparers, compareOperation, createGatherer, described } from "./operation.ts";
import { createSchemaComparer } from "./schema.ts";

export type { SpecChange } from "./change.ts";

/** What counts as a change. */
export interface CompareSpecsOptions {
  /** False leaves out what neither allows nor refuses anything: deprecation, defaults, example values. Default true. */
  annotations?: boolean | undefined;
}

/**
 * The changes from the old document to the new one, the breaking ones first; an empty list when the adapter's part of
 * both means the same. A change of a schema that is used in several places is told once, with its further places.
 *
 * Throws `DocumentError` when a document can't be followed, or when neither has any of the adapter's operations.
 */
export function compareSpecs(
  oldDocument: OpenApiDocument,
  newDocument: OpenApiDocument,
  options: CompareSpecsOptions = {},
): SpecChange[] {
  const before = readUsedOperations(oldDocument);
  const after = readUsedOperations(newDocument);
  if (before.size === 0 && after.size === 0) {
    throw new DocumentError(
      `${oldDocument.source}, ${newDocument.source}: expected one of ${usedLabels.join(", ")}, found none of them`,
    );
  }
  const schemas: Comparers = {
    request: createSchemaComparer(oldDocument, newDocument, "request"),
    response: createSchemaComparer(oldDocument, newDocument, "response"),
  };
  const gathered = createGatherer();
  for (const label of usedLabels)
    compareOperation(label, before.get(label), after.get(label), schemas, gathered);

  const chat = usedLabels[0] ?? "";
  const shared = { "stream chunk": streamChunk, "error answer": errorSchema };
  for (const [subject, find] of Object.entries(shared)) {
    const [old, current] = [find(oldDocument, before.get(chat)), find(newDocument, after.get(chat))];
    if (old !== undefined && current !== undefined) {
      gathered.addAll(subject, "response", schemas.response(old, current));
    } else if (old !== undefined || current !== undefined) {
      gathered.add(subject, "response", described(old !== undefined));
    }
  }
  const changes = gathered.list();
  return options.annotations === false ? changes.filter(({ level }) => level !== "annotation") : changes;
}

const streamChunk = (document: OpenApiDocument, chat: UsedOperation | undefined): unknown =>
  chunkSchema(document, chat?.responses.get("200")?.events);

/**
 * The exit code of the command: 1 when there is a change that `failOn` names, otherwise 0. `any` leaves annotations out,
 * as they allow and refuse nothing.
 */
export function specExitCode(changes: readonly SpecChange[], failOn: "breaking" | "any" | "none"): 0 | 1 {
  const failing: Record<typeof failOn, ChangeLevel[]> = {
    breaking: ["breaking"],
    any: ["breaking", "additive"],
    none: [],
  };
  return changes.some(({ level }) => failing[failOn].includes(level)) ? 1 : 0;
}
