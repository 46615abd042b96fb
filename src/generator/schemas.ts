/** Emits zod/mini schemas: one expression for each component schema, to the letter of the document. */
import { GenerateError, refName, type Schema } from "./document.ts";
import { literals, textValues } from "./relax.ts";

/** Keywords that say nothing about validity, or whose sense is taken up elsewhere. */
const annotations = new Set([
  ...[
    "title",
    "description",
    "default",
    "deprecated",
    "format",
    "readOnly",
    "writeOnly",
    "externalDocs",
    "xml",
  ],
  ...["$comment", "contentEncoding", "contentMediaType", "x-observed", "x-needed", "x-unread"],
]);

const checks: Record<string, (value: unknown) => string> = {
  minimum: (value) => `z.minimum(${Number(value)})`,
  maximum: (value) => `z.maximum(${Number(value)})`,
  exclusiveMinimum: (value) => `z.gt(${Number(value)})`,
  exclusiveMaximum: (value) => `z.lt(${Number(value)})`,
  multipleOf: (value) => `z.multipleOf(${Number(value)})`,
  minLength: (value) => `z.minLength(${Number(value)})`,
  maxLength: (value) => `z.maxLength(${Number(value)})`,
  minItems: (value) => `z.minLength(${Number(value)})`,
  maxItems: (value) => `z.maxLength(${Number(value)})`,
  pattern: (value) => `z.regex(new RegExp(${JSON.stringify(value)}, "u"))`,
};

const structure = new Set([
  "$ref",
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "oneOf",
]);

const list = (values: unknown[]): string => values.map((value) => JSON.stringify(value)).join(", ");

/**
 * Writes one schema as an expression. `ref` writes a reference; `where` names the place in errors. In an answer a member that the
 * document does not know is drift, whatever the document says of further members; a request is as open as it says.
 */
export class Emitter {
  constructor(
    private readonly side: "request" | "answer",
    private readonly ref: (name: string) => string,
  ) {}

  expression(schema: Schema, where: string): string {
    this.refuseUnknown(schema, where);
    if (schema.$ref !== undefined) return this.ref(refName(schema.$ref, where));
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches) return this.union(schema, branches, where);
    const texts = textValues(schema);
    if (texts) return this.nullable(`z.enum([${list(texts)}])`, schema.enum?.includes(null) === true);
    const values = literals(schema);
    if (values) return this.literals(values, where);
    return this.typed(schema, where);
  }

  private refuseUnknown(schema: Schema, where: string): void {
    for (const keyword of Object.keys(schema))
      if (!annotations.has(keyword) && !structure.has(keyword) && !(keyword in checks))
        throw new GenerateError(`${where}: expected keywords that the emitter knows, got ${keyword}`);
  }

  private nullable(expression: string, isNullable: boolean): string {
    return isNullable ? `z.nullable(${expression})` : expression;
  }

  private literals(values: unknown[], where: string): string {
    const known = values.filter((value) => value !== null);
    if (!known.every((value) => ["string", "number", "boolean"].includes(typeof value)))
      throw new GenerateError(
        `${where}: expected an enum of texts, numbers or booleans, got ${JSON.stringify(values)}`,
      );
    if (known.length === 0) return "z.null()";
    return this.nullable(`z.literal([${list(known)}])`, values.includes(null));
  }

  private union(schema: Schema, branches: Schema[], where: string): string {
    const key = schema.anyOf ? "anyOf" : "oneOf";
    if (schema.anyOf && schema.oneOf) throw new GenerateError(`${where}: expected anyOf or oneOf, got both`);
    // Members beside the branches would have to hold as well; nobody writes that, and saying so beats ignoring it.
    for (const beside of ["properties", "enum", "const", "items"])
      if (beside in schema)
        throw new GenerateError(`${where}: expected ${key} alone, got ${beside} beside it`);
    const isNull = (branch: Schema) => branch.type === "null";
    const expressions = branches.flatMap((branch, index) =>
      isNull(branch) ? [] : [this.expression(branch, `${where}/${key}/${index}`)],
    );
    const distinct = [...new Set(expressions)];
    const [first = "z.never()"] = distinct;
    return this.nullable(
      distinct.length > 1 ? `z.union([${distinct.join(", ")}])` : first,
      branches.some(isNull),
    );
  }

  private typed(schema: Schema, where: string): string {
    const types = [schema.type ?? []].flat();
    const isNullable = types.includes("null");
    const expressions = types
      .filter((type) => type !== "null")
      .map((type) => this.ofType(type, schema, where));
    const [first] = expressions;
    if (first === undefined) return isNullable ? "z.null()" : "z.unknown()";
    return this.nullable(expressions.length > 1 ? `z.union([${expressions.join(", ")}])` : first, isNullable);
  }

  private ofType(type: string, schema: Schema, where: string): string {
    const bounds = (...keywords: string[]) =>
      keywords.flatMap((keyword) =>
        schema[keyword] === undefined ? [] : [checks[keyword]?.(schema[keyword]) ?? ""],
      );
    const bounded = (expression: string, found: string[]) =>
      found.length ? `${expression}.check(${found.join(", ")})` : expression;
    const numeric = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    switch (type) {
      case "string":
        return bounded("z.string()", bounds("minLength", "maxLength", "pattern"));
      case "number":
        return bounded("z.number()", bounds(...numeric));
      case "integer":
        return bounded("z.int()", bounds(...numeric));
      case "boolean":
        return "z.boolean()";
      case "array": {
        const items = schema.items ? this.expression(schema.items, `${where}/items`) : "z.unknown()";
        return bounded(`z.array(${items})`, bounds("minItems", "maxItems"));
      }
      case "object":
        return this.object(schema, where);
      default:
        throw new GenerateError(`${where}: expected a type of JSON Schema, got ${type}`);
    }
  }

  private object(schema: Schema, where: string): string {
    const { properties, additionalProperties } = schema;
    if (!properties) {
      const values =
        typeof additionalProperties === "object"
          ? this.expression(additionalProperties, `${where}/additionalProperties`)
          : "z.unknown()";
      return `z.record(z.string(), ${values})`;
    }
    if (typeof additionalProperties === "object")
      throw new GenerateError(`${where}: expected properties or a schema of additionalProperties, got both`);
    const members = Object.keys(properties)
      .sort()
      .map((key) => {
        const member = this.expression(properties[key] as Schema, `${where}/properties/${key}`);
        const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
        return `${name}: ${schema.required?.includes(key) ? member : `z.exactOptional(${member})`}`;
      });
    const lines = members.map((line) => `  ${line.replaceAll("\n", "\n  ")},\n`);
    const isClosed = this.side === "answer" || additionalProperties === false;
    return `z.${isClosed ? "strictObject" : "looseObject"}(${lines.length ? `{\n${lines.join("")}}` : "{}"})`;
  }
}
