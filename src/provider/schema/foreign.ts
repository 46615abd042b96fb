/** Schemas of a library where a JSON Schema is expected: written as JSON they would say nothing, and any answer would fit. */
import { invalidRequest, isObject, kindOf } from "../base/values.ts";

const WRAPPED: ReadonlyMap<unknown, string> = new Map([
  ["zod", "z.object({ … })"],
  ["valibot", "v.object({ … })"],
  ["arktype", "type({ … })"],
]);

/** `InvalidRequest` for what is no JSON Schema, or in whose place a library's schemas stand. */
export function checkIsJsonSchema(schema: unknown, place: string): void {
  const problem = foreignProblem(schema);
  if (problem !== undefined) throw invalidRequest(place, problem);
}

/** Why a value is no JSON Schema as far as its members tell: it is a library's schema, or has such as its members. */
export function foreignProblem(value: unknown): string | undefined {
  const vendor = vendorOf(value);
  if (vendor !== undefined) return `expected a JSON Schema, got a schema of ${vendor}`;
  if (!isObject(value)) return `expected a JSON Schema, got ${kindOf(value)}`;
  for (const [name, member] of Object.entries(value)) {
    const vendor = vendorOf(member);
    if (vendor === undefined) continue;
    const whole = WRAPPED.get(vendor) ?? "an object schema of that library";
    return `expected a schema, got an object whose member ${name} is a schema of ${vendor}; write ${whole}`;
  }
  return undefined;
}

/** The library that made a schema; `undefined` for what is no library's schema. Some are functions (arktype). */
function vendorOf(value: unknown): string | undefined {
  if (!isObject(value) && typeof value !== "function") return undefined;
  if (isWrittenBy(value)) return undefined;
  const standard: unknown = Reflect.get(value, "~standard");
  if (isObject(standard)) return String(standard.vendor);
  // zod before 3.24.
  return ["parse", "safeParse"].every((method) => typeof Reflect.get(value, method) === "function")
    ? "zod"
    : undefined;
}

/**
 * Whether a library wrote it as plain JSON: `toJSONSchema` of zod hides the schema it came from in a member that isn't
 * enumerable. Schemas that are plain objects themselves (valibot) show theirs.
 */
function isWrittenBy(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.getOwnPropertyDescriptor(value, "~standard")?.enumerable === false;
}
