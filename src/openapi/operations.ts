/** The operations of a document, found by method and URL, with what each answers. */

import { isObject } from "../provider/base/values.ts";
import { type OpenApiDocument, resolveReference } from "./document.ts";
import type { JsonObject } from "./json.ts";

export interface Operation {
  /** `POST /chat/completions`. */
  label: string;
  method: string;
  /** The path between its parameters: of `/models/{model}` it is `/models/` and nothing. */
  path: readonly string[];
  /** Longer and more literal paths first. */
  rank: number;
  responses: Map<string, ResponseEntry>;
  /** JSON pointer of `responses` in the document as written. */
  site: string;
  /** The schema of the request's JSON body; undefined when the document describes none. */
  request: unknown;
}

export interface ResponseEntry {
  /** The schema of the JSON body; undefined when the document describes none. */
  body: unknown;
  /** The schema of each event's data, by the event's name; `message` is an event without a name. */
  events: Map<string, unknown> | undefined;
}

export const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** All operations, those first that fit a URL most closely. */
export function readOperations(document: OpenApiDocument): Operation[] {
  const paths = isObject(document.root.paths) ? document.root.paths : {};
  const operations: Operation[] = [];
  for (const [template, item] of Object.entries(paths)) {
    const pathItem = deref(document, item);
    for (const method of METHODS) {
      const operation = pathItem[method];
      if (!isObject(operation) || !isObject(operation.responses)) continue;
      operations.push({
        label: `${method.toUpperCase()} ${template}`,
        method: method.toUpperCase(),
        path: literalParts(template),
        rank: literalParts(template).join("").length,
        responses: readResponses(document, operation.responses),
        site: document.pointers.get(operation.responses) ?? "",
        request: jsonSchema(deref(document, operation.requestBody)),
      });
    }
  }
  return operations.sort((a, b) => b.rank - a.rank);
}

/** The operation that this request was for. `operations`: those first that fit most closely. */
export function findOperation<T extends Pick<Operation, "method" | "path">>(
  operations: readonly T[],
  method: string,
  url: string,
): T | undefined {
  const path = pathOf(url);
  const wanted = method.toUpperCase();
  return operations.find((operation) => operation.method === wanted && endsLike(path, operation.path));
}

/** What the document says of this status: itself, its class (`4XX`), or `default`. */
export const findResponse = (operation: Operation, status: number): ResponseEntry | undefined =>
  operation.responses.get(String(status)) ??
  operation.responses.get(`${Math.floor(status / 100)}XX`) ??
  operation.responses.get("default");

function readResponses(document: OpenApiDocument, responses: JsonObject): Map<string, ResponseEntry> {
  const entries = Object.entries(responses).filter(([status]) => !status.startsWith("x-"));
  return new Map(
    entries.map(([status, value]) => {
      const response = deref(document, value);
      return [
        status.toUpperCase().replace("DEFAULT", "default"),
        { body: jsonSchema(response), events: readEvents(document, response) },
      ];
    }),
  );
}

function jsonSchema(response: JsonObject): unknown {
  const content = isObject(response.content) ? Object.entries(response.content) : [];
  const json = content.find(([type]) => /^application\/([\w.-]+\+)?json\b/i.test(type))?.[1];
  return isObject(json) ? json.schema : undefined;
}

/**
 * OpenAPI has no word for the named events of a stream, and a `text/event-stream` beside the JSON body spoils generated
 * types, so our documents say it in `x-event-stream`: a map from an event's name to the schema of its data.
 */
export function readEvents(
  document: OpenApiDocument,
  response: JsonObject,
): Map<string, unknown> | undefined {
  const named = response["x-event-stream"];
  if (isObject(named)) return new Map(Object.entries(named));
  const stream = isObject(response.content) ? response.content["text/event-stream"] : undefined;
  const schema = isObject(stream) ? (stream.itemSchema ?? stream.schema) : undefined;
  if (!isObject(schema) || isText(schema)) return undefined;
  return new Map([["message", eventData(document, schema)]]);
}

/**
 * Several vendors describe the whole event, `{ data: Chunk }`, where others describe its data; and some beside it the event
 * that says `[DONE]`.
 */
function eventData(document: OpenApiDocument, schema: unknown): unknown {
  const target = deref(document, schema);
  const branches = Array.isArray(target.anyOf) ? target.anyOf : target.oneOf;
  if (Array.isArray(branches)) {
    const meant = branches
      .map((branch) => eventData(document, branch))
      .filter((data) => !isText(deref(document, data)));
    return meant.length === branches.length && branches.every((branch, index) => branch === meant[index])
      ? schema
      : meant.length === 1
        ? meant[0]
        : { anyOf: meant };
  }
  const { properties } = target;
  if (!isObject(properties) || properties.choices !== undefined || properties.data === undefined)
    return schema;
  const data = deref(document, properties.data);
  return data.contentSchema ?? properties.data;
}

const isText = ({ type, const: only }: JsonObject): boolean => type === "string" || typeof only === "string";

function deref(document: OpenApiDocument, value: unknown): JsonObject {
  const target =
    isObject(value) && typeof value.$ref === "string" ? resolveReference(document, value.$ref) : value;
  return isObject(target) ? target : {};
}

/** A path between its parameters. */
export const literalParts = (template: string): string[] => template.split(/\{[^{}]*\}/);

/**
 * Whether the path ends with these parts, in this order: servers have base paths of their own. Between two of them
 * stands a parameter of one character or more, which may be slashes, as in model ids. Not by a pattern, which would take
 * hours over a long path.
 */
function endsLike(path: string, parts: readonly string[]): boolean {
  return endsWith(path, path.length, parts) || (path.endsWith("/") && endsWith(path, path.length - 1, parts));
}

function endsWith(path: string, end: number, parts: readonly string[]): boolean {
  const last = parts.at(-1) ?? "";
  let start = end - last.length;
  if (start < 0 || !path.startsWith(last, start)) return false;
  for (const part of parts.slice(0, -1).reverse()) {
    const latest = start - 1 - part.length;
    start = latest < 0 ? -1 : path.lastIndexOf(part, latest);
    if (start < 0) return false;
  }
  return true;
}

function pathOf(url: string): string {
  try {
    return decodeURIComponent(new URL(url, "http://localhost").pathname);
  } catch {
    return url.split(/[?#]/)[0] ?? "";
  }
}
