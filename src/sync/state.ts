/** What `sync` keeps of the document that it saw last: its structure, without the vendor's prose. */
import { createHash } from "node:crypto";
import { type PresenceProfile, parsePresence } from "../drift/presence/profile.ts";
import { DocumentError, type OpenApiDocument, openDocument, readIfThere } from "../openapi/document.ts";
import type { JsonObject } from "../openapi/json.ts";
import { MAPS } from "../openapi/normalise.ts";
import { isObject, parseJson } from "../provider/base/values.ts";

/** What the file holds. */
export interface State {
  /** A file or URL. */
  vendor: string;
  /** The day, UTC. */
  seen: string;
  /** SHA-256 of the structure. */
  fingerprint: string;
  /** The structure. */
  document: JsonObject;
  /** Keys of findings that no action mends, and that a page has told. */
  told?: string[];
}

const PROSE = new Set([
  "description",
  "summary",
  "title",
  "example",
  "examples",
  "externalDocs",
  "tags",
  "info",
]);
/** Below these there is data, in which every key counts. */
const DATA = new Set(["enum", "const", "default", "required", "x-event-stream"]);

/** The document without prose, examples and extensions: what a caller can meet. */
export function structureOf({ written }: OpenApiDocument): JsonObject {
  const structure = strip(written, false);
  return isObject(structure) ? structure : {};
}

/** The value without the prose in it. `isMap`: its keys are names. */
export function strip(value: unknown, isMap: boolean): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => strip(item, false));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key]) => isMap || DATA.has(key) || !(PROSE.has(key) || key.startsWith("x-")),
  );
  // Defined, not assigned: a member may be called `__proto__`.
  return Object.fromEntries(
    kept.map(([key, item]) => [key, !isMap && DATA.has(key) ? item : strip(item, !isMap && MAPS.has(key))]),
  );
}

/** Reordered keys are the same document. */
export const fingerprintOf = (structure: JsonObject): string =>
  createHash("sha256")
    .update(JSON.stringify(sorted(structure)))
    .digest("hex");

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** `undefined` where there is no file yet. Throws `DocumentError` for a file that is none of `sync`. */
export async function readState(file: string): Promise<State | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const content = parseJson(text);
  if (!isState(content))
    throw new DocumentError(
      `${file}: expected what sync wrote there (vendor, seen, fingerprint, document); remove the file to begin anew`,
    );
  return content;
}

/** The same for how often each member was there in earlier answers. Throws `PresenceError`. */
export async function readPresence(file: string): Promise<PresenceProfile | undefined> {
  const text = await readIfThere(file);
  return text === undefined ? undefined : parsePresence(text, file);
}

const isState = (value: unknown): value is State =>
  isObject(value) &&
  ["vendor", "seen", "fingerprint"].every((key) => typeof value[key] === "string") &&
  isObject(value.document) &&
  (value.told === undefined ||
    (Array.isArray(value.told) && value.told.every((key) => typeof key === "string")));

export const formatState = (state: State): string => `${JSON.stringify(state, null, 1)}\n`;

/** The document that was seen then, as one to compare with. An OpenAPI document has an `info`. */
export const documentOf = ({ document, seen }: State): OpenApiDocument =>
  openDocument({ info: { title: "", version: seen }, ...document }, `the document of ${seen}`);
