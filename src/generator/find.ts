/** What a schema is at a place, references and unions followed. */
import { branchesOf, refName, type Schema, type Schemas, typesOf } from "./schema.ts";

/** The schema at a place, as it is referred to there; of a union what its branches have there. */
export function find(schemas: Schemas, from: Schema, path: readonly string[]): Schema | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return from;
  const found = formsOf(schemas, from).flatMap((form) => {
    const next = stepInto(schemas, form, step);
    const inner = next && find(schemas, next, rest);
    return inner ? [inner] : [];
  });
  const distinct = [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
  return distinct.length > 1 ? { anyOf: distinct } : distinct[0];
}

function stepInto(schemas: Schemas, form: Schema, step: string): Schema | undefined {
  if (step === "[]") return typesOf(form).includes("array") ? (form.items ?? {}) : undefined;
  const [name = "", value] = step.split("=");
  const member = form.properties?.[name];
  if (value === undefined || member === undefined) return member;
  const isMeant = formsOf(schemas, member).some((one) => !one.enum || one.enum.includes(value));
  return isMeant ? form : undefined;
}

/** A schema as the plain forms that it allows, references and unions followed. */
export function formsOf(schemas: Schemas, schema: Schema, trail: readonly string[] = []): Schema[] {
  if (schema.$ref !== undefined) {
    const name = refName(schema.$ref);
    const target = schemas[name];
    return !target || trail.includes(name) ? [] : formsOf(schemas, target, [...trail, name]);
  }
  return branchesOf(schema)?.flatMap((branch) => formsOf(schemas, branch, trail)) ?? [schema];
}

/** A copy that stands alone: with all that it refers to. What contains itself is looked at once. */
export function inlined(schemas: Schemas, schema: Schema, trail: readonly string[] = []): Schema {
  if (schema.$ref !== undefined) {
    const name = refName(schema.$ref);
    const target = schemas[name];
    return !target || trail.includes(name) ? {} : inlined(schemas, target, [...trail, name]);
  }
  const copy = { ...schema };
  const inner = (one: Schema) => inlined(schemas, one, trail);
  if (schema.items) copy.items = inner(schema.items);
  if (typeof schema.additionalProperties === "object")
    copy.additionalProperties = inner(schema.additionalProperties);
  if (schema.properties)
    copy.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, member]) => [name, inner(member)]),
    );
  if (schema.anyOf) copy.anyOf = schema.anyOf.map(inner);
  if (schema.oneOf) copy.oneOf = schema.oneOf.map(inner);
  return copy;
}
