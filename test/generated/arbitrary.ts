/** Bodies for properties: what a document admits, and what is a little or much beside it. */
import fc from "fast-check";
import { branchesOf, refName, type Schema, type Schemas, typesOf } from "../../src/generator/schema.ts";

/** Values that a schema in the generator's form admits, further members aside. */
export function bodyOf(schemas: Schemas, name: string): fc.Arbitrary<unknown> {
  const ofSchema = (schema: Schema, depth: number): fc.Arbitrary<unknown> => {
    if (schema.$ref !== undefined) return ofSchema(schemas[refName(schema.$ref)] ?? {}, depth);
    const branches = branchesOf(schema);
    if (branches) return fc.oneof(...branches.map((branch) => ofSchema(branch, depth)));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const types = typesOf(schema);
    if (types.length === 0) return fc.jsonValue({ maxDepth: 1 });
    return fc.oneof(...types.map((type) => ofType(type, schema, depth + 1)));
  };

  const ofType = (type: string, schema: Schema, depth: number): fc.Arbitrary<unknown> => {
    switch (type) {
      case "string":
        return fc.string({ maxLength: 5 });
      case "number":
        return fc.double({ noNaN: true, noDefaultInfinity: true });
      case "integer":
        return fc.integer();
      case "boolean":
        return fc.boolean();
      case "array":
        return fc.array(ofSchema(schema.items ?? {}, depth), {
          minLength: Number(schema.minItems ?? 0),
          maxLength: 3,
        });
      case "object":
        return ofObject(schema, depth);
      default:
        return fc.constant(null);
    }
  };

  const ofObject = (schema: Schema, depth: number): fc.Arbitrary<unknown> => {
    if (!schema.properties) return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
    const required = schema.required ?? [];
    // Deep down only what has to be there, so that bodies stay small.
    const members = Object.entries(schema.properties).filter(([key]) => depth < 8 || required.includes(key));
    return fc.record(Object.fromEntries(members.map(([key, member]) => [key, ofSchema(member, depth)])), {
      requiredKeys: required,
      noNullPrototype: true,
    });
  };

  return ofSchema({ $ref: `#/components/schemas/${name}` }, 0);
}

/** The value with some of its parts, at any depth, replaced or left out. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const odd = fc.oneof(fc.constantFrom(null, "", "x", 0, 1.5, true, [], {}), fc.jsonValue({ maxDepth: 1 }));
  const kept = Array.isArray(value)
    ? fc.tuple(...value.map(mutated))
    : typeof value === "object" && value !== null
      ? fc.record(Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mutated(member)])), {
          requiredKeys: [],
          noNullPrototype: true,
        })
      : fc.constant(value);
  return fc.oneof({ weight: 12, arbitrary: kept }, { weight: 1, arbitrary: odd });
}
