/** What the adapter uses of a document: four operations, the stream's chunk and the error's body. */

import { isObject, valueAt } from "../provider/base/values.ts";
import { localTarget, type OpenApiDocument } from "./document.ts";
import type { JsonObject } from "./json.ts";

const USED = [
  { method: "post", path: "/chat/completions" },
  { method: "get", path: "/models" },
  { method: "get", path: "/models/{}" },
  { method: "post", path: "/embeddings" },
] as const;

export const usedLabels = USED.map(({ method, path }) => labelOf(method, path));

function labelOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replace("{}", "{model}")}`;
}

export interface FoundOperation {
  /** `POST /chat/completions`, whatever the server's prefix. */
  label: string;
  method: string;
  /** The path as written, and what stands in it before the adapter's own. */
  template: string;
  prefix: string;
  item: JsonObject;
  operation: JsonObject;
}

/**
 * The operations that the adapter calls, found by method and the end of the path, so that prefixes don't matter; in the
 * order in which the adapter's list has them.
 */
export function findUsed(document: OpenApiDocument): FoundOperation[] {
  const paths = Object.entries(isObject(document.root.paths) ? document.root.paths : {});
  let chatPrefix: string | undefined;
  return USED.flatMap(({ method, path }) => {
    const candidates = paths
      .map(([template, value]) => ({ template, item: deref(document, value) }))
      .filter(({ template, item }) => bare(template).endsWith(path) && isObject(item[method]))
      .map(({ template, item }) => {
        const prefix = bare(template).slice(0, -path.length);
        return {
          label: labelOf(method, path),
          method,
          template,
          prefix,
          item,
          operation: item[method] as JsonObject,
        };
      })
      // A longer prefix is another service's, as in /audio/models beside /models.
      .sort((a, b) => a.prefix.length - b.prefix.length);
    const own = candidates.find(({ prefix }) => prefix === chatPrefix) ?? candidates[0];
    if (path === USED[0].path) chatPrefix = own?.prefix;
    return own ? [own] : [];
  });
}

const bare = (template: string): string => template.replace(/\{[^{}]*\}/g, "{}").replace(/(.)\/$/, "$1");

/**
 * The schema of a stream's chunk: what the operation says of its events; documents seldom do, so then the component that is
 * named as OpenAI names it, or the one whose choices have a delta.
 */
export function chunkSchema(document: OpenApiDocument, events: Map<string, unknown> | undefined): unknown {
  const message = events?.get("message");
  if (message !== undefined) return message;
  const named = componentSchema(document, "CreateChatCompletionStreamResponse");
  if (named !== undefined) return named;
  return Object.values(componentSchemas(document)).find((schema) => hasDeltas(document, schema));
}

function hasDeltas(document: OpenApiDocument, schema: unknown): boolean {
  const choices = valueAt(deref(document, schema), ["properties", "choices"]);
  const choice = deref(document, valueAt(deref(document, choices), ["items"]));
  return valueAt(choice, ["properties", "delta"]) !== undefined;
}

/** The schema of an error's body: of an error status of the chat operation, or the component of that name. */
export function errorSchema(document: OpenApiDocument, bodies: ReadonlyMap<string, unknown>): unknown {
  const statuses = [...bodies].filter(([status]) => /^[45]/.test(status) || status === "default");
  return statuses.find(([, body]) => body !== undefined)?.[1] ?? componentSchema(document, "ErrorResponse");
}

function componentSchemas(document: OpenApiDocument): JsonObject {
  const schemas = valueAt(document.root, ["components", "schemas"]);
  return isObject(schemas) ? schemas : {};
}

export const componentSchema = (document: OpenApiDocument, name: string): unknown =>
  valueAt(componentSchemas(document), [name]);

/** What a value or its reference says; nothing where the reference leads nowhere. */
function deref(document: OpenApiDocument, value: unknown): JsonObject {
  const reference = isObject(value) ? value.$ref : undefined;
  const target = typeof reference === "string" ? localTarget(document, reference) : value;
  return isObject(target) ? target : {};
}
