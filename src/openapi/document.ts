/** An OpenAPI document: read from a file or URL, checked, and brought to the form of OpenAPI 3.1. */
import { parseDocument } from "yaml";
import { isObject, valueAt } from "../provider/base/values.ts";
import { type JsonObject, pointerSegments } from "./json.ts";
import { normalise } from "./normalise.ts";

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
}

/** The document can't be read, or is not OpenAPI 3. The message is one line and names the source. */
export class DocumentError extends Error {
  override name = "DocumentError";
}

const DOWNLOAD_TIMEOUT_MS = 30_000;
const TOO_DEEP = "is nested too deep, or within itself";

/** Reads a document from a path, or from an http(s) or file URL. Throws `DocumentError`. */
export async function loadDocument(source: string | URL): Promise<OpenApiDocument> {
  const name = String(source);
  return readDocument(await readText(name), name);
}

/** A document from its text, YAML or JSON. Throws `DocumentError`; `source` names it in messages. */
export function readDocument(text: string, source: string): OpenApiDocument {
  return openDocument(parseText(text, source), source);
}

function parseText(text: string, source: string): unknown {
  try {
    const parsed = parseDocument(text, { prettyErrors: true });
    const fault = parsed.errors[0];
    if (fault) throw new DocumentError(`${source}: ${firstLine(fault.message)}`);
    return parsed.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    // A few lines of aliases of aliases stand for gigabytes; and what is nested by the thousand exhausts the stack.
    const reason = error instanceof RangeError ? TOO_DEEP : "has too many aliases";
    throw new DocumentError(`${source}: ${reason}`);
  }
}

/** A document from its parsed content. Throws `DocumentError`. */
export function openDocument(content: unknown, source: string): OpenApiDocument {
  if (!isObject(content)) throw new DocumentError(`${source}: expected an OpenAPI document, found no object`);
  const version = content.openapi;
  if (typeof version !== "string" || !/^3\.\d/.test(version)) {
    const found =
      "swagger" in content ? `swagger: ${content.swagger}` : `openapi: ${JSON.stringify(version)}`;
    throw new DocumentError(`${source}: expected an OpenAPI 3 document, found ${found}`);
  }
  try {
    return { source, version, written: content, ...normalise(content, version) };
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
  const target = valueAt(document.root, pointerSegments(reference.slice(1)));
  if (target === undefined)
    throw new DocumentError(`${document.source}: the reference ${reference} points to nothing`);
  return target;
}

async function readText(name: string): Promise<string> {
  try {
    if (/^https?:/i.test(name)) return await download(name);
    const { readFile } = await import("node:fs/promises");
    return await readFile(/^file:/i.test(name) ? new URL(name) : name, "utf8");
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError(`${name}: ${readFault(error)}`);
  }
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok) throw new DocumentError(`${url}: expected status 200, came ${response.status}`);
  return response.text();
}

/** A file system or network fault in few words, without the path that the caller already names. */
export function readFault(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a folder, expected a file";
  if (code === "EACCES") return "not allowed to read it";
  return firstLine(cause instanceof Error ? `${message}: ${cause.message}` : message);
}

const firstLine = (text: string) => (text.split("\n")[0] ?? "").replace(/:$/, "");

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
