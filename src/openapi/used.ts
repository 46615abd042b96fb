/** What the adapter uses of a document: four operations, the stream's chunk and the error's body. */

import { isObject, valueAt } from "../provider/base/values.ts";
import { localTarget, type OpenApiDocument } from "./document.ts";
import type { JsonObject } from "./json.ts";
import { type ResponseEntry, readOperations } from "./operations.ts";

export interface UsedOperation {
  /** `POST /chat/completions`, whatever the server's prefix. */
  label: string;
  /** The path on the server, prefix included, parameters as `{}`; only the path as written when no server is named. */
  path: string;
  deprecated: boolean;
  parameters: Map<string, { required: boolean; schema: unknown }>;
  bodyRequired: boolean;
  /** Schemas of the request's body by content type. */
  bodies: Map<string, unknown>;
  responses: Map<string, ResponseEntry>;
  /** `http bearer`, …: what a request has to show. */
  security: string[];
}

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

/** The operations that the adapter calls, found by method and the end of the path, so that prefixes don't matter. */
export function readUsedOperations(document: OpenApiDocument): Map<string, UsedOperation> {
  const found = new Map<string, UsedOperation>();
  const all = findUsed(document);
  if (all.length === 0) return found;
  const responses = new Map(readOperations(document).map((one) => [one.label, one.responses]));
  for (const used of all)
    found.set(used.label, readOperation(document, used, responses.get(writtenLabel(used)) ?? new Map()));
  return found;
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

/** Those that are there, in the order in which the adapter's list has them. */
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

/** As the document has it. */
const writtenLabel = ({ method, template }: FoundOperation) => `${method.toUpperCase()} ${template}`;

function readOperation(
  document: OpenApiDocument,
  { label, template, item, operation }: FoundOperation,
  responses: UsedOperation["responses"],
): UsedOperation {
  const body = deref(document, operation.requestBody);
  const content = isObject(body.content) ? Object.entries(body.content) : [];
  return {
    label,
    path: serverPath(operation.servers ?? item.servers ?? document.root.servers) + bare(template),
    deprecated: operation.deprecated === true,
    parameters: readParameters(document, item.parameters, operation.parameters),
    bodyRequired: body.required === true,
    bodies: new Map(
      content.map(([type, media]) => [type.toLowerCase(), isObject(media) ? media.schema : true]),
    ),
    responses,
    security: readSecurity(document, operation.security ?? document.root.security),
  };
}

/** The path of the first server's URL: `/openai/v1`. */
function serverPath(servers: unknown): string {
  const first: unknown = Array.isArray(servers) ? servers[0] : undefined;
  const url = isObject(first) && typeof first.url === "string" ? first.url : "";
  return url.replace(/^[a-z][a-z+.-]*:\/\/[^/]*/i, "").replace(/(?<!\/)\/+$/, "");
}

function readParameters(document: OpenApiDocument, ...lists: unknown[]): UsedOperation["parameters"] {
  const parameters: UsedOperation["parameters"] = new Map();
  let inPath = 0;
  for (const value of lists.flatMap((list) => (Array.isArray(list) ? list : []))) {
    const { in: where, name, required, schema } = deref(document, value);
    // What a parameter of the path is called is nobody's business: its position counts.
    const title =
      where === "path"
        ? `path.${++inPath}`
        : `${where}.${where === "header" ? String(name).toLowerCase() : name}`;
    parameters.set(title, { required: required === true, schema });
  }
  return parameters;
}

function readSecurity(document: OpenApiDocument, value: unknown): string[] {
  const schemes = isObject(document.root.components) ? document.root.components.securitySchemes : undefined;
  const names = (Array.isArray(value) ? value : []).flatMap((option) =>
    isObject(option)
      ? [
          Object.keys(option)
            .sort()
            .map((name) => schemeText(document, schemes, name))
            .join(" and "),
        ]
      : [],
  );
  return [...new Set(names.map((name) => name || "none"))].sort();
}

function schemeText(document: OpenApiDocument, schemes: unknown, name: string): string {
  const scheme = deref(document, isObject(schemes) ? schemes[name] : undefined);
  const parts = scheme.type === "apiKey" ? ["key in", scheme.in, scheme.name] : [scheme.type, scheme.scheme];
  return (
    parts
      .filter((part) => typeof part === "string")
      .join(" ")
      .toLowerCase() || name
  );
}

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
export function errorSchema(document: OpenApiDocument, chat: UsedOperation | undefined): unknown {
  const statuses = [...(chat?.responses ?? [])].filter(
    ([status]) => /^[45]/.test(status) || status === "default",
  );
  return (
    statuses.find(([, entry]) => entry.body !== undefined)?.[1].body ??
    componentSchema(document, "ErrorResponse")
  );
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
