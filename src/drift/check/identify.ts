/** Which schema of the document a body is for, by what it says of itself. */

import type { OpenApiDocument } from "../../openapi/document.ts";
import { flatten } from "../../openapi/flatten.ts";
import { type Operation, readOperations } from "../../openapi/operations.ts";
import { isObject } from "../../provider/base/values.ts";
import { type Comparer, createCompiler } from "./compile.ts";

export interface NamedSchema extends Comparer {
  name: string;
}

interface Candidate extends NamedSchema {
  /** The values that its `object` field can have. */
  objects: Set<unknown>;
  properties: Set<string>;
  required: Set<string>;
}

export interface Catalogue {
  operations: Operation[];
  /** The schema, under the name that the document has for it. */
  named(schema: unknown, fallbackName: string): NamedSchema;
  /** By its `object` field, or else by its fields; undefined when it is like nothing that the document describes. */
  identify(value: unknown): NamedSchema | undefined;
}

// Answers of one kind have few shapes; beyond this somebody sends random keys.
const MAX_SHAPES = 1000;

/** What can be an answer by itself: bodies and events of operations, and the schemas that nothing refers to. */
export function createCatalogue(document: OpenApiDocument): Catalogue {
  const compile = createCompiler(document);
  const operations = readOperations(document);
  const known = new Map<unknown, NamedSchema>();

  const named = (schema: unknown, fallbackName: string): NamedSchema => {
    const name = schemaName(schema) ?? fallbackName;
    // Each use of a component has a reference object of its own; they are one schema.
    const key = name === fallbackName ? schema : name;
    let entry = known.get(key);
    if (!entry) {
      entry = { name, ...compile(schema) };
      known.set(key, entry);
    }
    return entry;
  };

  const candidates = roots(document, operations).map(([name, schema]): Candidate => {
    const alternatives = flatten(document, schema);
    return {
      ...named(schema, name),
      objects: new Set(
        alternatives.flatMap((alternative) => objectValues(document, alternative.properties.get("object"))),
      ),
      properties: new Set(alternatives.flatMap(({ properties }) => [...properties.keys()])),
      required: new Set(alternatives.flatMap(({ required }) => [...required])),
    };
  });

  const shapes = new Map<string, NamedSchema | undefined>();

  const identify = (value: unknown): NamedSchema | undefined => {
    if (!isObject(value)) return undefined;
    const stated =
      typeof value.object === "string" ? candidates.filter((c) => c.objects.has(value.object)) : [];
    if (stated.length === 1) return stated[0];
    if (stated.length > 1) return nearest(stated, value);
    const shape = shapeOf(value);
    if (!shapes.has(shape)) {
      if (shapes.size >= MAX_SHAPES) shapes.clear();
      shapes.set(
        shape,
        nearest(
          candidates.filter((candidate) => isLike(candidate, value)),
          value,
        ),
      );
    }
    return shapes.get(shape);
  };

  return { operations, named, identify };
}

function nearest(candidates: readonly Candidate[], value: unknown): NamedSchema | undefined {
  let found: Candidate | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = candidate.distance(value);
    if (distance < least) [found, least] = [candidate, distance];
  }
  return found;
}

/** Half of its fields are known, and half of the fields that must be are there. */
function isLike({ properties, required }: Candidate, value: object): boolean {
  const names = Object.keys(value);
  const knownNames = names.filter((name) => properties.has(name));
  const present = names.filter((name) => required.has(name));
  return (
    knownNames.length > 0 && knownNames.length * 2 >= names.length && present.length * 2 >= required.size
  );
}

/** The names of a value's fields, and of those in its first array of objects: enough to tell kinds of answers apart. */
function shapeOf(value: object): string {
  const inner = Object.values(value).find((child) => Array.isArray(child) && isObject(child[0]));
  const innerNames = inner === undefined ? [] : Object.keys(inner[0]);
  return JSON.stringify([Object.keys(value).sort(), innerNames.sort()]);
}

function objectValues(document: OpenApiDocument, schemas: readonly unknown[] | undefined): unknown[] {
  return (schemas ?? []).flatMap((schema) => flatten(document, schema).flatMap(({ values }) => values ?? []));
}

const schemaName = (schema: unknown): string | undefined =>
  isObject(schema) && typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;

function roots(document: OpenApiDocument, operations: readonly Operation[]): [string, unknown][] {
  const found = new Map<string, unknown>();
  const add = (schema: unknown, fallbackName: string) => {
    const name = schemaName(schema) ?? fallbackName;
    if (schema !== undefined && !found.has(name)) found.set(name, schema);
  };
  for (const { label, responses } of operations) {
    for (const [status, { body, events }] of responses) {
      add(body, `${label} ${status}`);
      for (const [event, schema] of events ?? []) add(schema, `${label} ${event} event`);
    }
  }
  const references = new Set<string>();
  collectReferences(document.root, references);
  const components = isObject(document.root.components) ? document.root.components.schemas : undefined;
  for (const name of Object.keys(isObject(components) ? components : {})) {
    const reference = `#/components/schemas/${name}`;
    if (!references.has(reference)) add({ $ref: reference }, name);
  }
  return [...found];
}

function collectReferences(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collectReferences(item, found);
  if (!isObject(value)) return;
  if (typeof value.$ref === "string") found.add(value.$ref);
  for (const child of Object.values(value)) collectReferences(child, found);
}
