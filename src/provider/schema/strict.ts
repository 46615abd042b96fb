/** Whether a JSON Schema is one that strict mode takes. */
import type { JsonSchema } from "../base/types.ts";
import { isObject } from "../base/values.ts";
import { formatPath, list, resolveRef, walkSchema } from "./json-schema-walk.ts";

/**
 * Of the ways to combine schemas Groq documents `anyOf` and `$ref` alone; a list's length was seen refused
 * (`minItems is not supported`).
 */
const NOT_STRICT = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "patternProperties",
  "propertyNames",
  "dependentRequired",
  "dependentSchemas",
  "prefixItems",
  "contains",
  "minItems",
  "maxItems",
  "uniqueItems",
];

/** Why Groq's strict mode refuses `schema`, each as `$.properties.zip: reason`; empty when it takes it. */
export function strictProblems(schema: JsonSchema): string[] {
  const problems: string[] = [];
  const say = (path: readonly PropertyKey[], text: string) => problems.push(`${formatPath(path)}: ${text}`);
  const root = typeof schema.$ref === "string" ? resolveRef(schema, schema.$ref) : schema;
  if (!isObject(root) || root.type !== "object") say([], 'the outermost type must be "object"');
  walkSchema(schema, (node, path) => {
    for (const keyword of NOT_STRICT) if (keyword in node) say(path, `${keyword} is not supported`);
    if (!["type", "anyOf", "$ref", "enum", "const"].some((key) => key in node)) {
      // Where another keyword is to blame it was named above.
      if (!NOT_STRICT.some((key) => key in node)) say(path, "has no type");
    }
    if (!describesObject(node)) return;
    if (node.additionalProperties !== false) say(path, "an open object; additionalProperties must be false");
    const required = new Set(list(node.required));
    for (const key of Object.keys(isObject(node.properties) ? node.properties : {})) {
      if (required.has(key)) continue;
      say(
        [...path, "properties", key],
        'optional; list it in required, and let its type have "null" instead',
      );
    }
  });
  return problems;
}

/** The same schema with every object closed that says nothing of further properties. */
export function closeObjects(schema: JsonSchema): JsonSchema {
  const copy = structuredClone(schema);
  walkSchema(copy, (node) => {
    if (describesObject(node) && isObject(node.properties)) node.additionalProperties ??= false;
  });
  return copy;
}

function describesObject(node: JsonSchema): boolean {
  const { type, properties } = node;
  return type === "object" || (Array.isArray(type) && type.includes("object")) || properties !== undefined;
}
