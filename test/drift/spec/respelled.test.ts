/** The package's own document, spelled otherwise in every place where that can be done, is no change. */
import { describe, expect, test } from "vitest";
import { compareSpecs } from "../../../src/drift/spec/spec.ts";
import {
  loadDocument,
  type OpenApiDocument,
  openDocument,
  packagedDocument,
} from "../../../src/openapi/document.ts";
import { pointerSegments } from "../../../src/openapi/json.ts";
import { isObject, valueAt } from "../../../src/provider/base/values.ts";

type Json = Record<string, unknown>;

/** Keys of which the values are maps by name, so that a name is taken for no keyword. */
const MAPS = new Set([
  "properties",
  "schemas",
  "responses",
  "parameters",
  "paths",
  "content",
  "headers",
  "x-event-stream",
]);

/** Rewrites every object of a document, innermost first, but for maps by name; `isSchema` guesses by what stands in it. */
function rewrite(value: unknown, change: (node: Json, isSchema: boolean) => unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, change));
  if (!isObject(value)) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      !isMap && ["example", "examples", "default", "enum"].includes(key)
        ? child
        : rewrite(child, change, !isMap && MAPS.has(key)),
    ]),
  );
  const isSchema =
    ["type", "properties", "oneOf", "anyOf", "enum"].some((key) => key in copy) && !("in" in copy);
  return isMap ? copy : change(copy, isSchema && !("scheme" in copy));
}

const RESPELLINGS: [name: string, change: (node: Json, isSchema: boolean, root: Json) => unknown][] = [
  ["members in another order", (node) => Object.fromEntries(Object.entries(node).reverse())],
  [
    "references read once",
    (node, _, root) => {
      const target = typeof node.$ref === "string" && Object.keys(node).length === 1 ? node.$ref : undefined;
      return target?.includes("/schemas/") ? valueAt(root, pointerSegments(target.slice(1))) : node;
    },
  ],
  [
    "each schema an allOf of one",
    (node, isSchema) => (isSchema && !node.deprecated ? { allOf: [node] } : node),
  ],
  [
    "null as a variant",
    (node) => {
      const { type, ...rest } = node;
      if (!Array.isArray(type) || !type.includes("null") || "enum" in rest || "anyOf" in rest) return node;
      return { anyOf: [{ type: type.filter((one) => one !== "null"), ...rest }, { type: "null" }] };
    },
  ],
  [
    "enums and required names in another order",
    (node) => ({
      ...node,
      ...(Array.isArray(node.enum) && { enum: [...node.enum].reverse() }),
      ...(Array.isArray(node.required) && { required: [...node.required].reverse() }),
    }),
  ],
  [
    "each value of an enum a variant",
    (node) => {
      const { enum: values, type, ...rest } = node;
      return Array.isArray(values) && type === "string"
        ? { ...rest, oneOf: values.map((value) => ({ const: value })) }
        : node;
    },
  ],
  [
    "variants in another order",
    (node) => ({
      ...node,
      ...(Array.isArray(node.oneOf) && { oneOf: [...node.oneOf].reverse() }),
      ...(Array.isArray(node.anyOf) && { anyOf: [...node.anyOf].reverse() }),
    }),
  ],
  ["described", (node, isSchema) => (isSchema ? { ...node, description: "Some words.", "x-note": 1 } : node)],
  [
    "properties and the rest in two parts",
    (node) => {
      const { properties, ...rest } = node;
      return isObject(properties) && rest.type === "object" && !("additionalProperties" in rest)
        ? { allOf: [{ type: "object", properties }, rest] }
        : node;
    },
  ],
];

describe("openapi/groq.yaml, respelled", () => {
  const respell = (root: Json, change: (typeof RESPELLINGS)[number][1]): Json =>
    rewrite(root, (node, isSchema) => change(node, isSchema, root)) as Json;

  test.each(RESPELLINGS)("%s", async (_name, change) => {
    const before = await loadDocument(await packagedDocument());
    const respelled = respell(before.written, change);
    expect(JSON.stringify(respelled)).not.toBe(JSON.stringify(before.written));
    const after = openDocument(respelled, "respelled.yaml");
    for (const scope of ["adapter", "all"] as const) expect(told(before, after, scope)).toEqual([]);
    expect(told(after, before, "all")).toEqual([]);
  });

  test("in all of these ways, one after the other, and in OpenAPI 3.0", async () => {
    const before = await loadDocument(await packagedDocument());
    const respelled = RESPELLINGS.reduce((root, [, change]) => respell(root, change), before.written);
    const after = openDocument(inOlderWords(respelled), "respelled.yaml");
    expect(told(before, after, "all")).toEqual([]);
    expect(told(after, before, "all")).toEqual([]);
  });
});

/** OpenAPI 3.0 has `nullable` in place of the type null. */
function inOlderWords(document: Json): Json {
  const changed = rewrite(document, (node) => {
    const { type, ...rest } = node;
    if (!Array.isArray(type) || type.length !== 2 || !type.includes("null")) return node;
    return { type: type.find((one) => one !== "null"), nullable: true, ...rest };
  }) as Json;
  return { ...changed, openapi: "3.0.3" };
}

const told = (before: OpenApiDocument, after: OpenApiDocument, scope: "adapter" | "all"): string[] =>
  compareSpecs(before, after, { scope }).map(
    ({ level, rule, subject, place, text }) => `${level} ${rule} ${subject} ${place}: ${text}`,
  );
