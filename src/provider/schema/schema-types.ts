/** What a schema is: any Standard Schema (zod, valibot, arktype, …) or a plain JSON Schema. */
import type { JsonSchema } from "../base/types.ts";

/**
 * The Standard Schema interface (standardschema.dev), version 1, with the optional JSON Schema converter of
 * Standard JSON Schema. Declared here so that no schema library needs to be installed.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the library tells of the schema. */
  readonly "~standard": {
    readonly version: 1;
    /** The library's name. */
    readonly vendor: string;
    /** For the compiler alone; absent at run time. */
    readonly types?:
      | {
          /** What a value is before validation. */
          readonly input: Input;
          /** What a value is after validation. */
          readonly output: Output;
        }
      | undefined;
    /** Holds a value against the schema. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** Standard JSON Schema: gives the schema in that form. */
    readonly jsonSchema?:
      | {
          /** The schema of what comes in, for a version such as `draft-2020-12`. */
          readonly input: (options: { target: string }) => JsonSchema;
        }
      | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
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
