/** From a file name or URL to a parsed OpenAPI document. */
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { isObject } from "../provider/base/values.ts";
import { type Document, GenerateError } from "./document.ts";

const fetchTimeoutMs = 30_000;

/** Reads, parses and recognises the document. Throws `GenerateError` that names `source`. */
export async function loadDocument(source: string): Promise<Document> {
  const text = await (/^https?:\/\//i.test(source) ? fetchText(source) : readText(source));
  return recognise(parseText(text, source), source);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new GenerateError(`${file}: cannot be read (${reason(error)})`);
  }
}

async function fetchText(url: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) });
    if (response.ok) return await response.text();
  } catch (error) {
    throw new GenerateError(`${url}: cannot be fetched (${reason(error)})`);
  }
  throw new GenerateError(`${url}: cannot be fetched (expected status 200, got ${response.status})`);
}

function parseText(text: string, source: string): unknown {
  try {
    // JSON is YAML too, but its own parser is many times faster on a document of megabytes.
    if (text.trimStart().startsWith("{")) return JSON.parse(text);
  } catch {
    // YAML in flow style begins with a brace as well.
  }
  const parsed = parseDocument(text, { prettyErrors: false });
  const [fault] = parsed.errors;
  if (fault) throw new GenerateError(`${source}: cannot be parsed (${oneLine(fault.message)})`);
  try {
    return parsed.toJS();
  } catch (error) {
    throw new GenerateError(`${source}: cannot be parsed (${reason(error)})`);
  }
}

function recognise(value: unknown, source: string): Document {
  const version = isObject(value) ? value.openapi : undefined;
  if (!isObject(value) || typeof version !== "string" || !/^3\.[01]\.\d+/.test(version)) {
    const found =
      version ?? (isObject(value) && value.swagger !== undefined ? `swagger ${value.swagger}` : "none");
    throw new GenerateError(
      `${source}: expected an OpenAPI document of version 3.0 or 3.1, got ${String(found)}`,
    );
  }
  if (!isObject(value.paths)) throw new GenerateError(`${source}: expected an object of paths, got none`);
  return value as unknown as Document;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

function reason(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return oneLine(error.message + cause);
}
