/** The JSON Schema that a library's schema tells of itself, in the ways in which libraries do. */

import { describeCause, memberOf } from "../base/error.ts";
import { hush } from "../base/events.ts";
import type { JsonSchema } from "../base/types.ts";
import { invalidRequest, isObject, kindOf } from "../base/values.ts";
import { checkDepth } from "./json-schema-check.ts";
import type { StandardSchema } from "./schema-types.ts";

/** What to write for a library whose schemas can't tell it. */
const HOW: ReadonlyMap<string, string> = new Map([
  ["zod", 'write the schema with import * as z from "zod/v4", which zod 3.25 has too'],
  ["valibot", 'write toStandardJsonSchema(schema), from "@valibot/to-json-schema"'],
  ["effect", "give jsonSchema: JSONSchema.make(schema) beside it"],
]);

/** `InvalidRequest` that says what to write, where the schema has no way to tell it, or can't be said as JSON Schema. */
export async function deriveJsonSchema(schema: StandardSchema, what: string): Promise<JsonSchema> {
  const { vendor: named } = schema["~standard"];
  const vendor = typeof named === "string" ? named : "unnamed";
  let told: unknown;
  try {
    told = byStandard(schema) ?? byMethod(schema) ?? (await byZod(schema));
  } catch (cause) {
    const message = memberOf(cause, "message");
    const reason = typeof message === "string" ? message : `it threw ${kindOf(cause)}`;
    const told = describeCause(cause, (text) => text);
    throw invalidRequest(what, `its ${vendor} schema has no JSON Schema: ${reason}`, told);
  }
  if (hush(told)) {
    throw invalidRequest(
      what,
      `expected that its ${vendor} schema tells its JSON Schema at once, got a promise`,
    );
  }
  if (!isObject(told)) {
    const how = HOW.get(vendor) ?? "give one as jsonSchema beside it";
    throw invalidRequest(what, `this ${vendor} schema does not tell its JSON Schema; ${how}`);
  }
  checkDepth(told, what);
  return tidyMembers(told);
}

/** Standard JSON Schema. What the model writes is the schema's input; the output may hold what JSON can't. */
function byStandard(schema: StandardSchema): unknown {
  const { jsonSchema } = schema["~standard"];
  if (jsonSchema === undefined || hush(jsonSchema)) return undefined;
  try {
    return jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    try {
      return jsonSchema.input({ target: "draft-07" });
    } catch {
      throw cause;
    }
  }
}

/** A method of the schema, as arktype has had before it had Standard JSON Schema. */
function byMethod(schema: StandardSchema): unknown {
  // Before its transforms, where the library says which that is.
  const input: unknown = Reflect.get(schema, "in") ?? schema;
  const convert: unknown = Object(input).toJsonSchema;
  return typeof convert === "function" ? convert.call(input) : undefined;
}

async function byZod(schema: StandardSchema): Promise<unknown> {
  if (schema["~standard"].vendor !== "zod") return undefined;
  const { convertZod } = await import("./zod.ts");
  return convertZod(schema);
}

/** Leaves out what libraries add and no model needs: the dialect's address, and the bounds of a safe integer. */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy);
  return isObject(node) ? tidyMembers(node) : node;
}

function tidyMembers(node: JsonSchema): JsonSchema {
  const kept = Object.entries(node).filter(
    ([key, value]) =>
      !(key === "$schema" && typeof value === "string") &&
      !(key === "minimum" && value === Number.MIN_SAFE_INTEGER) &&
      !(key === "maximum" && value === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, tidy(value)]));
}
