/** What a schema is: any Standard Schema (zod, valibot, arktype, …) or a plain JSON Schema. */

import type { JsonSchema } from "../base/types.ts";
import { invalidRequest } from "../base/values.ts";
import { validateJson } from "./json-schema.ts";
import { checkJsonSchema } from "./json-schema-check.ts";
import { formatPath } from "./json-schema-walk.ts";

/**
 * The Standard Schema interface (standardschema.dev), version 1, with the optional JSON Schema converter of
 * Standard JSON Schema. Declared here so that no schema library needs to be installed.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly jsonSchema?: { readonly input: (options: { target: string }) => JsonSchema } | undefined;
  };
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a model is asked to write: a Standard Schema, or a JSON Schema as it is sent. */
export type Schema = StandardSchema | JsonSchema;

/** What a value is after validation; `Plain` where the schema is a plain JSON Schema, which has no type. */
export type OutputOf<S, Plain = unknown> = S extends StandardSchema<infer _I, infer O> ? O : Plain;

/** What a value is before validation and transforms. */
export type InputOf<S, Plain = unknown> = S extends StandardSchema<infer I, infer _O> ? I : Plain;

export type Validated<T> = { ok: true; value: T } | { ok: false; problems: string[] };

/** A schema in its two uses: sent to the model, and held against what it wrote. */
export interface ResolvedSchema {
  jsonSchema: JsonSchema;
  /** `jsonSchema` came from the schema library, not from the caller, so it may be tightened for strict mode. */
  derived: boolean;
  validate(value: unknown): Promise<Validated<unknown>>;
}

/**
 * Both uses of `schema`. `jsonSchema` stands beside a Standard Schema that cannot give its own. `InvalidRequest`,
 * naming `what`, when there is no JSON Schema or it can't be checked.
 */
export function resolveSchema(
  schema: Schema,
  jsonSchema: JsonSchema | undefined,
  what: string,
): ResolvedSchema {
  // Some libraries' schemas are functions (arktype).
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) {
    throw invalidRequest(what, `expected a Standard Schema or a JSON Schema object, got ${typeof schema}`);
  }
  if (!isStandard(schema)) {
    checkJsonSchema(schema, what);
    return { jsonSchema: schema, derived: false, validate: async (value) => plainResult(schema, value) };
  }
  const standard = schema["~standard"];
  return {
    jsonSchema: jsonSchema ?? derive(schema, what),
    derived: jsonSchema === undefined,
    validate: async (value) => {
      try {
        const result = await standard.validate(value);
        if (result.issues === undefined) return { ok: true, value: result.value };
        return { ok: false, problems: result.issues.map(issueText) };
      } catch (error) {
        // A transform that throws does so over the value that it was given.
        return { ok: false, problems: [`$: ${error instanceof Error ? error.message : String(error)}`] };
      }
    },
  };
}

function isStandard(schema: Schema): schema is StandardSchema {
  return "~standard" in schema;
}

function derive(schema: StandardSchema, what: string): JsonSchema {
  const { vendor, jsonSchema } = schema["~standard"];
  if (jsonSchema === undefined) {
    throw invalidRequest(
      what,
      `this ${vendor} schema does not tell its JSON Schema (no "~standard".jsonSchema); ` +
        "give one as jsonSchema beside it, for zod/mini with z.toJSONSchema(schema)",
    );
  }
  try {
    // What the model writes is the schema's input; the output may hold what JSON cannot.
    return tidy(jsonSchema.input({ target: "draft-2020-12" })) as JsonSchema;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalidRequest(what, `its ${vendor} schema has no JSON Schema: ${reason}`, cause);
  }
}

/** Leaves out what libraries add and no model needs: the dialect's address, and the bounds of a safe integer. */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy);
  if (typeof node !== "object" || node === null) return node;
  const kept = Object.entries(node).filter(
    ([key, value]) =>
      !(key === "$schema" && typeof value === "string") &&
      !(key === "minimum" && value === Number.MIN_SAFE_INTEGER) &&
      !(key === "maximum" && value === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, tidy(value)]));
}

function plainResult(schema: JsonSchema, value: unknown): Validated<unknown> {
  const problems = validateJson(schema, value);
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems };
}

function issueText(issue: StandardIssue): string {
  const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  return `${formatPath(path)}: ${issue.message}`;
}
