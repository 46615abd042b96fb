/** A schema of the one form as a TypeScript type. */
import { docOf } from "./docs.ts";
import { memberName } from "./names.ts";
import { ANY_TEXT } from "./relax.ts";
import { branchesOf, isNever, refName, type Schema, typesOf } from "./schema.ts";

/** `ref` writes a reference; `indent` is that of the line on which the type begins. */
export function typeText(schema: Schema, ref: (name: string) => string, indent = ""): string {
  if (schema.$ref !== undefined) return ref(refName(schema.$ref));
  if (schema[ANY_TEXT] === true) return "(string & {})";
  const branches = branchesOf(schema);
  if (branches) return union(branches.map((branch) => typeText(branch, ref, indent)));
  if (isNever(schema)) return "never";
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const types = typesOf(schema);
  if (types.length === 0) return "unknown";
  return union(types.map((type) => ofType(type, schema, ref, indent)));
}

function ofType(type: string, schema: Schema, ref: (name: string) => string, indent: string): string {
  switch (type) {
    case "integer":
      return "number";
    case "string":
      return schema.format === "binary" ? "string | Blob" : "string";
    case "array": {
      const items = typeText(schema.items ?? {}, ref, indent);
      return /^[\w$.]+$|^\w+(\["[^"\]]*"\])+$/.test(items) ? `${items}[]` : `(${items})[]`;
    }
    case "object":
      return objectText(schema, ref, indent);
    default:
      return type;
  }
}

/** The members of an object type, each on its line, with its docstring. */
function membersText(schema: Schema, ref: (name: string) => string, indent: string): string {
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = members.map(
    ([name, member]) =>
      `${docOf(member, indent)}${indent}${memberName(name)}${required.has(name) ? "" : "?"}: ${typeText(member, ref, indent)};\n`,
  );
  const { additionalProperties: others } = schema;
  // The type of the others would have to hold for the known members as well.
  if (typeof others === "object") lines.push(`${indent}[name: string]: unknown;\n`);
  return lines.join("");
}

function objectText(schema: Schema, ref: (name: string) => string, indent: string): string {
  if (schema.properties) {
    const members = membersText(schema, ref, `${indent}  `);
    return members === "" ? "Record<string, unknown>" : `{\n${members}${indent}}`;
  }
  const { additionalProperties: values } = schema;
  if (values === false) return "Record<string, never>";
  return `{ [name: string]: ${typeof values === "object" ? typeText(values, ref, indent) : "unknown"} }`;
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  if (distinct.includes("unknown")) return "unknown";
  const others = distinct.filter((type) => type !== "null");
  return [...others, ...(others.length < distinct.length ? ["null"] : [])].join(" | ") || "never";
}
