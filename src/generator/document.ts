/** The parts of an OpenAPI document that the generator looks at. Everything else is carried along unread. */
import { isObject } from "../provider/base/values.ts";

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  description?: string;
  [keyword: string]: unknown;
}

export interface Content {
  [mediaType: string]: { schema?: Schema; [key: string]: unknown };
}

export interface Response {
  $ref?: string;
  description?: string;
  content?: Content;
  [key: string]: unknown;
}

export interface Operation {
  operationId?: string;
  parameters?: { name?: string; in?: string; $ref?: string; [key: string]: unknown }[];
  requestBody?: { $ref?: string; content?: Content; [key: string]: unknown };
  responses?: Record<string, Response>;
  [key: string]: unknown;
}

export interface PathItem {
  parameters?: Operation["parameters"];
  [method: string]: unknown;
}

export interface Document {
  openapi: string;
  servers?: { url: string; [key: string]: unknown }[];
  paths: Record<string, PathItem>;
  components?: { schemas?: Record<string, Schema>; [section: string]: Record<string, unknown> | undefined };
  [key: string]: unknown;
}

/** A fault of the document or of the way it was asked for: told in one line, without a stack. */
export class GenerateError extends Error {
  override name = "GenerateError";
}

const schemaPrefix = "#/components/schemas/";

/** The component that a schema refers to. */
export function refName(ref: string, where: string): string {
  if (!ref.startsWith(schemaPrefix))
    throw new GenerateError(`${where}: expected a reference to ${schemaPrefix}…, got ${ref}`);
  return decodeURIComponent(ref.slice(schemaPrefix.length)).replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Every `$ref` inside a value, in order of appearance. */
export function* refsIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    for (const item of value) yield* refsIn(item);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key === "$ref" && typeof item === "string") yield item;
      else yield* refsIn(item);
    }
  }
}
