import { expectList, expectObject } from "../openapi/arguments.ts";
import { loadDocument, type OpenApiDocument, packagedDocument } from "../openapi/document.ts";
import { createDriftCheck, type DriftReport } from "./check/check.ts";
import { type ReadOptions, readInputs } from "./read/input.ts";

/** What `checkFiles` takes. */
export interface CheckFilesOptions extends ReadOptions {
  /** A document, or a path or URL to read it from. Default: the package's own `openapi/groq.yaml`. */
  schema?: OpenApiDocument | string | URL;
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
  const check = createDriftCheck(await openSchema(options.schema));
  await readInputs(paths, check, options);
  return check.report();
}

/** The document that `schema` means. */
export async function openSchema(schema: CheckFilesOptions["schema"]): Promise<OpenApiDocument> {
  if (schema === undefined)
    return { ...(await loadDocument(await packagedDocument())), source: "openapi/groq.yaml" };
  return typeof schema === "string" || schema instanceof URL ? loadDocument(schema) : schema;
}
