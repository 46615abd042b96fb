/** What changed between two OpenAPI documents, in the terms of whoever calls the service. */
import { expectDocument, expectList, expectObject, expectWord } from "../../openapi/arguments.ts";
import { DocumentError, type OpenApiDocument } from "../../openapi/document.ts";
import { chunkSchema, errorSchema, usedLabels } from "../../openapi/used.ts";
import { note, type SpecChange } from "./change.ts";
import { type Comparers, type Context, guarded } from "./context.ts";
import { findAll, findSent, jsonBody, readAdapterContracts, readChat, readContract } from "./contract.ts";
import { createGatherer } from "./gather.ts";
import { matchOperations } from "./match.ts";
import { compareOperation, compareSent, moved } from "./operation.ts";
import { type ChangeLevel, checkRules, SPEC_SCOPES, type SpecRules, type SpecScope } from "./rules.ts";
import { createSchemaComparer } from "./schema.ts";
import { createShapeReader } from "./shape.ts";

export type { SpecChange } from "./change.ts";

/** What counts as a change. */
export interface CompareSpecsOptions {
  /**
   * `adapter`, the default: chat, models and embeddings, as far as the adapter sends and reads them. `all`: every
   * operation, with parameters, bodies, statuses, headers, events, security, servers, webhooks and callbacks.
   */
  scope?: SpecScope | undefined;
  /** Levels of rules in place of those in `SPEC_RULES`; `off` leaves a rule's changes out. */
  rules?: SpecRules | undefined;
  /** False leaves out what neither allows nor refuses anything: deprecation, defaults, example values. Default true. */
  annotations?: boolean | undefined;
}

/**
 * The changes from the old document to the new one, the breaking ones first; an empty list when both mean the same. A
 * change of a schema that is used in several places is told once, with its further places.
 *
 * Throws `RulesError` for a rule or level that there isn't, and `DocumentError` when a document can't be followed, or when
 * neither has any of the adapter's operations. With `scope: "all"` a part that can't be followed is a change of its own
 * (`not-compared`).
 */
export function compareSpecs(
  oldDocument: OpenApiDocument,
  newDocument: OpenApiDocument,
  options: CompareSpecsOptions = {},
): SpecChange[] {
  expectDocument("compareSpecs", "oldDocument", oldDocument);
  expectDocument("compareSpecs", "newDocument", newDocument);
  expectObject("compareSpecs", "options", options);
  expectWord("compareSpecs", "options.scope", options.scope ?? "adapter", SPEC_SCOPES);
  const rules = checkRules(options.rules ?? {});
  const isWhole = options.scope === "all";
  const gathered = createGatherer();
  const schemas = createComparers(oldDocument, newDocument);
  const context: Context = { schemas, gathered, isStrict: !isWhole };
  if (isWhole) compareAll(oldDocument, newDocument, context);
  else compareAdapterPart(oldDocument, newDocument, context);
  const changes = gathered.list(rules);
  return options.annotations === false ? changes.filter(({ level }) => level !== "annotation") : changes;
}

function createComparers(oldDocument: OpenApiDocument, newDocument: OpenApiDocument): Comparers {
  const read = { before: createShapeReader(oldDocument), after: createShapeReader(newDocument) };
  return {
    request: createSchemaComparer(read, "request"),
    response: createSchemaComparer(read, "response"),
    parameter: createSchemaComparer(read, "request", true),
    header: createSchemaComparer(read, "response", true),
  };
}

function compareAdapterPart(oldDocument: OpenApiDocument, newDocument: OpenApiDocument, context: Context) {
  const before = readAdapterContracts(oldDocument);
  const after = readAdapterContracts(newDocument);
  if (before.size === 0 && after.size === 0) {
    throw new DocumentError(
      `${oldDocument.source}, ${newDocument.source}: expected one of ${usedLabels.join(", ")}, found none of them`,
    );
  }
  const { gathered } = context;
  for (const label of usedLabels) {
    const [old, current] = [before.get(label), after.get(label)];
    if (old && current) {
      moved(label, old, current, context);
      compareOperation(label, old, current, context);
    } else if (old) gathered.add(label, "request", REMOVED());
    else if (current) gathered.add(label, "request", ADDED());
  }
  compareShared(oldDocument, newDocument, context);
}

const REMOVED = () => note("operation-removed", "operation removed");
const ADDED = () => note("operation-added", "operation added");

function compareAll(oldDocument: OpenApiDocument, newDocument: OpenApiDocument, context: Context): void {
  const { gathered } = context;
  const { pairs, removed, added } = matchOperations(findAll(oldDocument), findAll(newDocument));
  for (const { label } of removed) gathered.add(label, "request", REMOVED());
  for (const { label } of added) gathered.add(label, "request", ADDED());
  for (const { before, after, isMoved } of pairs) {
    const { label } = after;
    guarded(context, label, "request", () => {
      const [old, current] = [readContract(oldDocument, before), readContract(newDocument, after)];
      if (isMoved) moved(label, old, current, context);
      compareOperation(label, old, current, context);
    });
  }
  guarded(context, "webhooks", "response", () => {
    const read = (document: OpenApiDocument) =>
      new Map(
        findSent(document, document.root.webhooks).map((sent) => [sent.label, readContract(document, sent)]),
      );
    compareSent("webhook", read(oldDocument), read(newDocument), context);
  });
  compareShared(oldDocument, newDocument, context);
}

/** Chunks and errors, which documents seldom tie to an operation. */
function compareShared(oldDocument: OpenApiDocument, newDocument: OpenApiDocument, context: Context): void {
  const { gathered, schemas } = context;
  const shared = { "stream chunk": streamChunk, "error answer": errorAnswer };
  for (const [subject, find] of Object.entries(shared)) {
    guarded(context, subject, "response", () => {
      const [old, current] = [find(oldDocument), find(newDocument)];
      if (old !== undefined && current !== undefined)
        gathered.addAll(subject, "response", schemas.response.compare(old, current));
      else if (old !== undefined)
        gathered.add(subject, "response", note("response-undescribed", "no longer described"));
      else if (current !== undefined)
        gathered.add(subject, "response", note("response-described", "now described"));
    });
  }
}

const streamChunk = (document: OpenApiDocument): unknown =>
  chunkSchema(document, readChat(document)?.responses.get("200")?.events);

function errorAnswer(document: OpenApiDocument): unknown {
  const answers = [...(readChat(document)?.responses ?? [])];
  return errorSchema(document, new Map(answers.map(([status, answer]) => [status, jsonBody(answer)])));
}

/**
 * The exit code of the command: 1 when there is a change that `failOn` names, otherwise 0. `any` leaves annotations out,
 * as they allow and refuse nothing.
 */
export function specExitCode(changes: readonly SpecChange[], failOn: "breaking" | "any" | "none"): 0 | 1 {
  expectList("specExitCode", "changes", changes, "object");
  expectWord("specExitCode", "failOn", failOn, ["breaking", "any", "none"]);
  const failing: Record<typeof failOn, ChangeLevel[]> = {
    breaking: ["breaking"],
    any: ["breaking", "additive"],
    none: [],
  };
  return changes.some(({ level }) => failing[failOn].includes(level)) ? 1 : 0;
}
