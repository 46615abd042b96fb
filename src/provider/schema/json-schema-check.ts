/** Whether a JSON Schema is one that can be checked here. */

import { didYouMean, misspelt } from "../base/nearest.ts";
import type { JsonSchema } from "../base/types.ts";
import { invalidRequest, isDeeperThan, isObject, kindOf, MAX_DEPTH } from "../base/values.ts";
import { foreignProblem } from "./foreign.ts";
import { formatPath, isMapKeyword, resolveRef, walkSchema } from "./json-schema-walk.ts";
import { shown } from "./json-value.ts";
import { keywords } from "./keywords.ts";

const TYPES = ["string", "number", "integer", "boolean", "object", "array", "null"];

/** Keywords that decide whether a value fits, and that the validator does not know. */
const UNCHECKED: ReadonlyMap<string, string> = new Map([
  ["unevaluatedProperties", "use additionalProperties"],
  ["unevaluatedItems", "use items"],
  ["additionalItems", "use prefixItems and items"],
  ["dependencies", "use dependentRequired or dependentSchemas"],
  ["$dynamicRef", "use $ref"],
  ["$recursiveRef", "use $ref"],
]);

let known: ReadonlySet<string> | undefined;
function knownKeywords(): ReadonlySet<string> {
  known ??= new Set([
    ...keywords().keys(),
    ...UNCHECKED.keys(),
    // Those that other keywords read, and those that say nothing of whether a value fits.
    ...["then", "else", "minContains", "maxContains", "definitions", "id"],
    ...["title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples", "example"],
    ...["format", "contentEncoding", "contentMediaType", "contentSchema"],
    ...["nullable", "discriminator", "xml", "externalDocs"],
  ]);
  return known;
}

const NUMBERS = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minContains",
  "maxContains",
  "minProperties",
  "maxProperties",
];
const LISTS = ["enum", "allOf", "anyOf", "oneOf", "prefixItems"];

/** Throws `InvalidRequest`, naming `what` and the place, for a schema that `validateJson` could not judge. */
export function checkJsonSchema(schema: JsonSchema, what: string): void {
  checkDepth(schema, what);
  const refuse = (path: readonly PropertyKey[], problem: string | undefined) => {
    if (problem !== undefined) throw invalidRequest(what, `${formatPath(path)}: ${problem}`);
  };
  walkSchema(
    schema,
    (node, path) => refuse(path, schemaProblem(schema, node)),
    (node, path) => {
      if (node !== undefined && typeof node !== "boolean") refuse(path, foreignProblem(node));
    },
  );
}

/** Throws `InvalidRequest` for a schema that is nested without end, or deeper than can be sent. */
export function checkDepth(schema: JsonSchema, what: string): void {
  if (isDeeperThan(schema, MAX_DEPTH)) {
    throw invalidRequest(
      what,
      `expected a JSON Schema of at most ${MAX_DEPTH} levels; one that stands in itself does so by $ref`,
    );
  }
}

function schemaProblem(root: JsonSchema, node: JsonSchema): string | undefined {
  const odd = foreignProblem(node) ?? oddKeywords(node);
  if (odd) return odd;
  const { type, $ref, items, pattern, patternProperties, required, multipleOf } = node;
  const types = Array.isArray(type) ? type : [type];
  if (type !== undefined && !types.every((name) => TYPES.includes(name))) {
    return `type is expected to be of ${TYPES.join(", ")}; got ${shown(type)}`;
  }
  if ($ref !== undefined && (typeof $ref !== "string" || resolveRef(root, $ref) === undefined)) {
    return `$ref ${shown($ref)} points at nothing in this schema`;
  }
  if (Array.isArray(items)) return "items is a list, as in old drafts; use prefixItems";
  if (required !== undefined && !Array.isArray(required)) return "required is expected to be a list of names";
  for (const key of NUMBERS) {
    if (node[key] !== undefined && typeof node[key] !== "number") return `${key} is expected to be a number`;
  }
  for (const key of LISTS) {
    if (node[key] !== undefined && !Array.isArray(node[key])) return `${key} is expected to be a list`;
  }
  if (multipleOf !== undefined && !(Number(multipleOf) > 0)) return "multipleOf is expected to be above 0";
  const patterns = [
    ...(pattern === undefined ? [] : [pattern]),
    ...(isObject(patternProperties) ? Object.keys(patternProperties) : []),
  ];
  return patterns.map(patternProblem).find((problem) => problem !== undefined);
}

/** Keywords that can't be checked, and what is none: all unknown ones are ignored, so that anything would fit. */
function oddKeywords(node: JsonSchema): string | undefined {
  const keys = Object.keys(node);
  for (const key of keys) {
    const instead = UNCHECKED.get(key);
    if (instead) return `${key} can't be checked here; ${instead}`;
    if (isMapKeyword(key) && !isObject(node[key]))
      return `${key} is expected to be an object of schemas, got ${kindOf(node[key])}`;
  }
  const unknown = keys.filter((key) => !knownKeywords().has(key) && !/^(x-|\$)/.test(key));
  const [first] = unknown;
  if (first === undefined) return undefined;
  if (unknown.length === keys.length)
    return `expected a JSON Schema, got an object without any of its keywords${didYouMean(first, knownKeywords())}`;
  const [wrong, meant] = misspelt(unknown, knownKeywords()) ?? [];
  return wrong === undefined ? undefined : `unknown keyword ${shown(wrong)}; did you mean "${meant}"?`;
}

function patternProblem(pattern: unknown): string | undefined {
  try {
    new RegExp(String(pattern), "u");
    return undefined;
  } catch {
    return `pattern ${shown(pattern)} is not a regular expression`;
  }
}
