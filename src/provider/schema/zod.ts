/** zod's own converter, loaded only for schemas of zod that do not tell their JSON Schema: 7.5 KB. */
import { type $ZodType, toJSONSchema } from "zod/v4/core";
import type { JsonSchema } from "../base/types.ts";

/**
 * The JSON Schema of a schema of zod 4, whichever copy of zod made it: `_zod` is what all copies since 3.25 have in common.
 * `undefined` for other schemas, as those of zod 3.
 */
export function convertZod(schema: object): JsonSchema | undefined {
  return isZod4(schema) ? toJSONSchema(schema, { io: "input" }) : undefined;
}

function isZod4(schema: object): schema is $ZodType {
  return "_zod" in schema;
}
