/** An OpenAPI document: read from a file or URL, checked, and brought to the form of OpenAPI 3.1. */

import { isObject, valueAt } from "../provider/base/values.ts";
import { expectText, expectThat } from "./arguments.ts";
import { DocumentError } from "./error.ts";
import { type JsonObject, pointerSegments } from "./json.ts";
import { readSource } from "./load.ts";
import { normalise } from "./normalise.ts";
import { readOverlay } from "./overlay.ts";
import { parseText, TOO_DEEP } from "./parse.ts";

export { DocumentError } from "./error.ts";
export { readFault, readIfThere } from "./load.ts";

export interface OpenApiDocument {
  /** Where it came from, for messages. */
  source: string;
  /** As the document says it: `3.0.1`, `3.1.0`. */
  version: string;
  /** The document as written. */
  written: JsonObject;
  /** The document in the form of OpenAPI 3.1, whatever it was written in. */
  root: JsonObject;
  /** The JSON pointer, in the document as written, of each object of `root`. */
  pointers: WeakMap<object, string>;
  /** A line for each action of an overlay that the document has made needless. */
  needless?: readonly string[];
}

/**
 * Reads a document from a path, or from an http(s) or file URL, with overlays from the same in their order. Throws
 * `DocumentError`.
 */
export async function loadDocument(
  source: string | URL,
  overlays: readonly (string | URL)[] = [],
): Promise<OpenApiDocument> {
  expectSource("source", source);
  expectThat(Array.isArray(overlays), "loadDocument", "overlays", "a list", overlays);
  for (const overlay of overlays) expectSource("overlays", overlay);
  const name = String(source);
  if (overlays.length === 0) return readDocument(await readSource(name), name);
  return correctDocument(parseText(await readSource(name), name), name, overlays);
}

function expectSource(argument: string, source: unknown): void {
  const fits = typeof source === "string" || source instanceof URL;
  expectThat(fits, "loadDocument", argument, "a path or a URL", source);
}

/** A document from its parsed content, with overlays from files or URLs. Throws `DocumentError`. */
export async function correctDocument(
  written: unknown,
  name: string,
  overlays: readonly (string | URL)[],
): Promise<OpenApiDocument> {
  // Only whoever corrects a document needs what reads paths.
  const { applyOverlay } = await import("./apply-overlay.ts");
  let content = written;
  const needless: string[] = [];
  for (const overlay of overlays.map(String)) {
    const applied = applyOverlay(content, readOverlay(await readSource(overlay), overlay));
    content = applied.content;
    needless.push(...applied.needless);
  }
  return { ...openDocument(content, name), needless };
}

/** A document from its text, YAML or JSON. Throws `DocumentError`; `source` names it in messages. */
export function readDocument(text: string, source: string): OpenApiDocument {
  expectText("readDocument", "text", text);
  expectText("readDocument", "source", source);
  return openDocument(parseText(text, source), source);
}

/** A document from its parsed content. Throws `DocumentError`. */
export function openDocument(content: unknown, source: string): OpenApiDocument {
  expectText("openDocument", "source", source);
  if (!isObject(content)) throw new DocumentError(`${source}: expected an OpenAPI document, found no object`);
  const version = content.openapi;
  if (typeof version !== "string" || !/^3\.\d/.test(version)) {
    const found =
      "swagger" in content ? `swagger: ${content.swagger}` : `openapi: ${JSON.stringify(version)}`;
    throw new DocumentError(`${source}: expected an OpenAPI 3 document, found ${found}`);
  }
  try {
    const { root, pointers } = normalise(content);
    return { source, version, written: content, root, pointers };
  } catch (error) {
    if (error instanceof RangeError) throw new DocumentError(`${source}: ${TOO_DEEP}`);
    throw error;
  }
}

/** What a local reference (`#/components/schemas/Error`) points to. Throws `DocumentError` when nothing is there. */
export function resolveReference(document: OpenApiDocument, reference: string): unknown {
  if (!reference.startsWith("#")) {
    throw new DocumentError(
      `${document.source}: the reference ${reference} leaves the document; bundle it into one file`,
    );
  }
  const target = localTarget(document, reference);
  if (target === undefined)
    throw new DocumentError(`${document.source}: the reference ${reference} points to nothing`);
  return target;
}

/** The same, `undefined` when nothing is there or the reference leaves the document. */
export const localTarget = (document: OpenApiDocument, reference: string): unknown =>
  reference.startsWith("#") ? valueAt(document.root, pointerSegments(reference.slice(1))) : undefined;

/** Finds `openapi/groq.yaml` of this package, from the sources and from the built files alike. */
export async function packagedDocument(): Promise<URL> {
  const { existsSync } = await import("node:fs");
  const candidates = ["../openapi/groq.yaml", "../../openapi/groq.yaml"].map(
    (path) => new URL(path, import.meta.url),
  );
  const found = candidates.find((candidate) => existsSync(candidate));
  if (!found)
    throw new DocumentError("openapi/groq.yaml: not found beside the package; name a document with --schema");
  return found;
}
