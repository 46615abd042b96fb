import { expectList, expectObject } from "../openapi/arguments.ts";
import { loadDocument, type OpenApiDocument, packagedDocument } from "../openapi/document.ts";
import { createDriftCheck, type DriftCheck, type DriftReport } from "./check/check.ts";
import { createPresence, type PresenceObserver } from "./presence/observe.ts";
import type { PresenceProfile } from "./presence/profile.ts";
import { tellPresence } from "./presence/tell.ts";
import { type ReadOptions, readInputs } from "./read/input.ts";

/** What answers are compared with. */
export interface AnswerCheckOptions {
  /** A document, or a path or URL to read it from. Default: the package's own `openapi/groq.yaml`. */
  schema?: OpenApiDocument | string | URL | undefined;
  /** OpenAPI Overlays that correct it, in their order: paths or URLs. A document that is handed in has them already. */
  overlays?: readonly (string | URL)[] | undefined;
  /** How often each member was there in earlier answers: what vanished or appeared since is told, too. */
  presence?: PresenceProfile | undefined;
  /** Tell only what breaks this client, and presence: for answers of a service that the document is not of. Default false. */
  clientOnly?: boolean | undefined;
}

/** What `checkFiles` takes. */
export interface CheckFilesOptions extends ReadOptions, AnswerCheckOptions {}

/** A drift check that minds presence, too. */
export interface AnswersCheck {
  /** Takes the samples. */
  sink: DriftCheck;
  /** What they were compared with. */
  document: OpenApiDocument;
  /** The report, and what there is to say of presence. */
  finish(): CheckedAnswers;
}

/** What was found in answers. */
export interface CheckedAnswers {
  /** With what vanished or appeared, when earlier answers were given. */
  report: DriftReport;
  /** A line for each kind of answer of which too few earlier ones are known. */
  notes: string[];
  /** How often each member was there: for `updatePresence`. */
  observer: PresenceObserver;
}

/**
 * Compares recorded answers with an OpenAPI document. `paths` are files, folders, and `-` for standard input.
 * Rejects with `DocumentError` when the document can't be used; input that can't be used is told in the report.
 */
export async function checkFiles(
  paths: readonly string[],
  options: CheckFilesOptions = {},
): Promise<DriftReport> {
  expectList("checkFiles", "paths", paths, "text");
  expectObject("checkFiles", "options", options);
  const check = await openAnswersCheck(options);
  await readInputs(paths, check.sink, options);
  return check.finish().report;
}

/** A check to give samples to, from `readInputs`, `readText`, `addRecord` or `addLiveResult`. Rejects with `DocumentError`. */
export async function openAnswersCheck(options: AnswerCheckOptions = {}): Promise<AnswersCheck> {
  expectObject("openAnswersCheck", "options", options);
  const document = await openSchema(options.schema, options.overlays);
  const observer = createPresence();
  const sink = createDriftCheck(document, observer.look);
  return {
    sink,
    document,
    finish() {
      const found = sink.report();
      const { report, notes } = options.presence
        ? tellPresence(found, options.presence, observer)
        : { report: found, notes: [] };
      return { report: options.clientOnly ? forClientAlone(report) : report, notes, observer };
    },
  };
}

function forClientAlone(report: DriftReport): DriftReport {
  const findings = report.findings
    .filter(({ breaksClient, presenceOf }) => breaksClient || presenceOf !== undefined)
    .map((finding) => ({ ...finding, breaking: false }));
  // That they fit the document says nothing here.
  const schemas = report.schemas
    .filter(({ side }) => side === "answer")
    .map((schema) => {
      const unread = findings.filter(
        ({ schema: name, host }) => name === schema.name && host === schema.host,
      );
      const most = Math.max(0, ...unread.map(({ count, kind }) => (kind === "vanished" ? 0 : count)));
      return { ...schema, fitting: schema.samples - Math.min(schema.samples, most) };
    });
  return { ...report, schemas, findings, crowded: 0, clientOnly: true };
}

/** The document that `schema` means, with its overlays. */
export async function openSchema(
  schema: AnswerCheckOptions["schema"],
  overlays: AnswerCheckOptions["overlays"] = [],
): Promise<OpenApiDocument> {
  if (schema === undefined)
    return { ...(await loadDocument(await packagedDocument(), overlays)), source: "openapi/groq.yaml" };
  return typeof schema === "string" || schema instanceof URL ? loadDocument(schema, overlays) : schema;
}
