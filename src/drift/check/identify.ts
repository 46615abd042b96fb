/** Which schema of the document a body is for, by what it says of itself. */

import type { OpenApiDocument } from "../../openapi/document.ts";
import { flatten } from "../../openapi/flatten.ts";
import { type Operation, readOperations } from "../../openapi/operations.ts";
import { chunkSchema } from "../../openapi/used.ts";
import { isObject } from "../../provider/base/values.ts";
import { type Comparer, createCompiler } from "./compile.ts";

/** Which part of an operation a schema is. */
export interface OperationPart {
  operation: Operation;
  part: "body" | "event";
  /** As the document lists it: `200`, `4XX`, `default`. */
  status: string;
}

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
  /** The schema of a chat's chunk, where the operation does not say what its events are. */
  chunk: unknown;
  /** The one operation that answers with a stream; undefined where there are several. */
  streaming: Operation | undefined;
  /** The operation that has this schema in its answers: the first, where several have it. */
  operationOf(schemaName: string): OperationPart | undefined;
  /** The schema, under the name that the document has for it. */
  named(schema: unknown, fallbackName: string): NamedSchema;
  /** By its `object` field, or else by its fields; undefined when it is like nothing that the document describes. */
  identify(value: unknown): NamedSchema | undefined;
}

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

  const identify = (value: unknown): NamedSchema | undefined => {
    if (!isObject(value)) return undefined;
    const stated =
      typeof value.object === "string" ? candidates.filter((c) => c.objects.has(value.object)) : [];
    const possible = stated.length > 0 ? stated : candidates.filter((candidate) => isLike(candidate, value));
    return possible.length > 1 ? nearest(possible, value) : possible[0];
  };

  const owners = partsBySchema(operations);
  const chunk = referenceTo(document, chunkSchema(document, undefined));
  const chat = operations.find(
    ({ label }) => label.startsWith("POST ") && label.endsWith("/chat/completions"),
  );
  const chunkName = schemaName(chunk);
  if (chat && chunkName !== undefined && !owners.has(chunkName))
    owners.set(chunkName, { operation: chat, part: "event", status: "200" });

  const streams = operations.filter(
    (operation) => operation === chat || [...operation.responses.values()].some(({ events }) => events),
  );
  const streaming = streams.length === 1 ? streams[0] : undefined;

  return { operations, chunk, streaming, operationOf: (name) => owners.get(name), named, identify };
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

/** A component by its reference, so that it has its name. */
function referenceTo(document: OpenApiDocument, schema: unknown): unknown {
  const pointer = isObject(schema) ? document.pointers.get(schema) : undefined;
  return pointer?.startsWith("/components/schemas/") ? { $ref: `#${pointer}` } : schema;
}

function partsBySchema(operations: readonly Operation[]): Map<string, OperationPart> {
  const owners = new Map<string, OperationPart>();
  const add = (schema: unknown, fallbackName: string, owner: OperationPart) => {
    const name = schemaName(schema) ?? fallbackName;
    if (schema !== undefined && !owners.has(name)) owners.set(name, owner);
  };
  for (const operation of operations) {
    for (const [status, { body, events }] of operation.responses) {
      add(body, `${operation.label} ${status}`, { operation, part: "body", status });
      // An error's event has the schema of an error's body.
      for (const [event, schema] of events ?? [])
        if (event === "message")
          add(schema, `${operation.label} ${event} event`, { operation, part: "event", status });
    }
  }
  return owners;
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
