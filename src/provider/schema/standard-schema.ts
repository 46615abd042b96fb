/** A schema of any kind in its two uses. */
import { systemClock } from "../base/clock.ts";
import { memberOf } from "../base/error.ts";
import type { JsonSchema } from "../base/types.ts";
import { invalidRequest, isDeeperThan, isObject, kindOf, MAX_DEPTH } from "../base/values.ts";
import { deriveJsonSchema } from "./derive.ts";
import { checkIsJsonSchema, foreignProblem } from "./foreign.ts";
import { compileJsonSchema } from "./json-schema.ts";
import { checkDepth, checkJsonSchema } from "./json-schema-check.ts";
import { formatPath } from "./json-schema-walk.ts";
import type { Schema, StandardIssue, StandardResult, StandardSchema, Validated } from "./schema-types.ts";

export type { InputOf, OutputOf, Schema, StandardSchema } from "./schema-types.ts";

/** A schema in its two uses: sent to the model, and held against what it wrote. */
export interface ResolvedSchema {
  jsonSchema: JsonSchema;
  /** `jsonSchema` came from the schema library, not from the caller, so it may be tightened for strict mode. */
  derived: boolean;
  /** Never rejects: what the schema throws, or does not say in time, is a problem of the value. */
  validate(value: unknown): Promise<Validated<unknown>>;
}

/**
 * Both uses of `schema`. `jsonSchema` stands beside a Standard Schema that cannot give its own. `InvalidRequest`,
 * naming `what`, when there is no JSON Schema or it can't be checked.
 */
export async function resolveSchema(
  schema: Schema,
  jsonSchema: JsonSchema | undefined,
  what: string,
): Promise<ResolvedSchema> {
  // Some libraries' schemas are functions (arktype).
  if ((!isObject(schema) && typeof schema !== "function") || schema === null) {
    throw invalidRequest(what, `expected a Standard Schema or a JSON Schema object, got ${kindOf(schema)}`);
  }
  if (jsonSchema !== undefined) checkGiven(jsonSchema, what);
  if (!isStandard(schema)) {
    refuseOldLibrary(schema, what);
    checkIsJsonSchema(schema, what);
    checkJsonSchema(schema, what);
    const problemsOf = compileJsonSchema(schema);
    return resolved(schema, false, (value) => plainResult(problemsOf(value), value));
  }
  const standard = schema["~standard"];
  if (!isObject(standard) || typeof standard.validate !== "function") {
    throw invalidRequest(what, 'expected a Standard Schema, got one without "~standard".validate');
  }
  return resolved(
    jsonSchema ?? (await deriveJsonSchema(schema, what)),
    jsonSchema === undefined,
    async (value) => standardResult(await inTime(standard.validate(value))),
  );
}

/** It would pass for a JSON Schema that says nothing, as all unknown keywords are ignored. */
function refuseOldLibrary(schema: JsonSchema, what: string): void {
  if (["parse", "validate"].some((method) => typeof schema[method] === "function")) {
    throw invalidRequest(
      what,
      "expected a Standard Schema or a JSON Schema, got an object with methods; zod has Standard Schema since 3.24",
    );
  }
}

function checkGiven(jsonSchema: JsonSchema, what: string): void {
  const problem = foreignProblem(jsonSchema);
  if (problem !== undefined) throw invalidRequest(what, `jsonSchema: ${problem}`);
  checkDepth(jsonSchema, what);
}

function resolved(
  jsonSchema: JsonSchema,
  derived: boolean,
  judge: (value: unknown) => Validated<unknown> | Promise<Validated<unknown>>,
): ResolvedSchema {
  return {
    jsonSchema,
    derived,
    validate: async (value) => {
      if (isDeeperThan(value, MAX_DEPTH)) return misfit(`nested deeper than ${MAX_DEPTH} levels`);
      try {
        return await judge(value);
      } catch (error) {
        // A transform that throws does so over the value that it was given.
        const message = memberOf(error, "message");
        return misfit(typeof message === "string" ? message : "the schema could not judge it");
      }
    },
  };
}

const misfit = (problem: string): Validated<never> => ({ ok: false, problems: [`$: ${problem}`] });

function isStandard(schema: Schema): schema is StandardSchema {
  return "~standard" in schema;
}

function plainResult(problems: string[], value: unknown): Validated<unknown> {
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems };
}

/** As many problems are told as `validateJson` tells. */
const MOST_TOLD = 10;
const LONGEST = 500;

function standardResult(result: StandardResult<unknown>): Validated<unknown> {
  const { issues } = result;
  if (issues === undefined) return { ok: true, value: result.value };
  const problems = issues.slice(0, MOST_TOLD).map((issue) => issueText(issue).slice(0, LONGEST));
  if (issues.length > MOST_TOLD) problems.push(`and ${issues.length - MOST_TOLD} more`);
  return { ok: false, problems };
}

function issueText(issue: StandardIssue): string {
  const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
  return `${formatPath(path)}: ${issue.message}`;
}

const LONGEST_MS = 60_000;

/** A schema may ask elsewhere before it judges; an answer that never comes must not hold up the call. */
async function inTime<T>(judged: T | Promise<T>): Promise<T> {
  if (!isThenable(judged)) return judged;
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`the schema did not judge it within ${LONGEST_MS} ms`);
    stop = systemClock.setTimer(() => reject(error), LONGEST_MS);
  });
  try {
    return await Promise.race([judged, late]);
  } finally {
    stop();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === "function";
}
