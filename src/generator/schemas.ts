/** Emits zod/mini schemas, to the letter of the document. */
import { memberName, variableNames } from "./names.ts";
import {
  branchesOf,
  isNever,
  reachable,
  refName,
  refsIn,
  type Schema,
  type Schemas,
  typesOf,
} from "./schema.ts";
import type { Role } from "./select.ts";

/** In an answer a member that the document does not know is drift; a request is as open as the document says. */
type Side = "request" | "answer";

/** The text of a module of schemas, without its header: of the roles, and of what they refer to. */
export function emitSchemas(
  schemas: Schemas,
  roles: ReadonlyMap<Role, string>,
  side: Side,
  name: string,
  about: string,
): string {
  const names = Object.keys(schemas).filter((one) => reachable(schemas, roles.values()).has(one));
  const variables = variableNames(names);
  const recursive = new Set(names.filter((one) => isRecursive(schemas, one)));
  const emitter = new Emitter(side, (target) => {
    const call = `${variables.get(target)}()`;
    return recursive.has(target) ? `z.lazy(() => ${call})` : call;
  });
  const spelt = new Set([...recursive, ...endsOfChains(schemas, names)]);
  const definitions = names.map((one) => {
    const type = spelt.has(one) ? `: () => z.ZodMiniType<components["schemas"][${JSON.stringify(one)}]>` : "";
    return `  const ${variables.get(one)}${type} = lazily(() => ${emitter.expression(schemas[one] ?? {}).replaceAll("\n", "\n  ")});\n`;
  });
  const entries = [...roles].map(([role, target]) => {
    const variable = variables.get(target);
    return `    ${role === variable ? role : `${role}: ${variable}`},\n`;
  });
  const body = definitions.join("");
  const helpers = ["hasLength", "hasMembers", "isUnique", "lazily"].filter((one) => body.includes(`${one}(`));
  return `import * as z from "zod/mini";
import { ${helpers.join(", ")} } from "./schema-kit.ts";
${spelt.size > 0 ? `import type { components } from "./types.ts";\n` : ""}
function buildSchemas() {
${body}  return {
${entries.join("")}  };
}

/** Each as a function that makes it at the first call. ${about} */
export const ${name} = /* @__PURE__ */ buildSchemas();
`;
}

/** The compiler goes down its stack along references to find a type, so after so many it is spelt out. A circle needs that, too. */
const LONGEST_CHAIN = 25;

function endsOfChains(schemas: Schemas, names: readonly string[]): Set<string> {
  const ends = new Set<string>();
  const lengths = new Map<string, number>();
  const lengthOf = (name: string): number => {
    const known = lengths.get(name);
    if (known !== undefined) return known;
    lengths.set(name, 0);
    const length = Math.max(0, ...[...refsIn(schemas[name] ?? {})].map((one) => lengthOf(one) + 1));
    if (length >= LONGEST_CHAIN) ends.add(name);
    lengths.set(name, length >= LONGEST_CHAIN ? 0 : length);
    return lengths.get(name) ?? 0;
  };
  names.forEach(lengthOf);
  return ends;
}

function isRecursive(schemas: Schemas, name: string): boolean {
  return reachable(schemas, refsIn(schemas[name] ?? {})).has(name);
}

/** Writes one schema as an expression. `ref` writes a reference. */
export class Emitter {
  readonly #side: Side;
  readonly #ref: (name: string) => string;

  constructor(side: Side, ref: (name: string) => string) {
    this.#side = side;
    this.#ref = ref;
  }

  expression(schema: Schema): string {
    if (schema.$ref !== undefined) return this.#ref(refName(schema.$ref));
    const branches = branchesOf(schema);
    if (branches) return this.#union(branches, schema.oneOf !== undefined);
    if (isNever(schema)) return "z.never()";
    if (schema.enum) return literals(schema.enum);
    const types = typesOf(schema);
    if (types.length === 0) return "z.unknown()";
    return either(types.map((type) => this.#ofType(type, schema)));
  }

  /** Of several that may overlap, exactly one has to fit where the document says `oneOf`. */
  #union(branches: readonly Schema[], isExclusive: boolean): string {
    const expressions = branches.map((branch) => this.expression(branch));
    if (!isExclusive || areDisjoint(branches)) return either(expressions);
    const others = expressions.filter((one) => one !== "z.null()");
    const only = others.length === 1 ? (others[0] ?? "") : `z.xor([${others.join(", ")}])`;
    return others.length < expressions.length ? `z.nullable(${only})` : only;
  }

  #ofType(type: string, schema: Schema): string {
    switch (type) {
      case "null":
        return "z.null()";
      case "string":
        return checked("z.string()", [
          ...lengthCheck(schema.minLength, schema.maxLength),
          ...(schema.pattern === undefined
            ? []
            : [`z.regex(new RegExp(${JSON.stringify(schema.pattern)}, "u"))`]),
        ]);
      case "number":
      case "integer":
        return checked(type === "number" ? "z.number()" : "z.int()", boundChecks(schema));
      case "array":
        return checked(`z.array(${schema.items ? this.expression(schema.items) : "z.unknown()"})`, [
          ...(schema.minItems === undefined ? [] : [`z.minLength(${schema.minItems})`]),
          ...(schema.maxItems === undefined ? [] : [`z.maxLength(${schema.maxItems})`]),
          ...(schema.uniqueItems === true ? ["isUnique()"] : []),
        ]);
      case "object":
        return checked(this.#object(schema), membersCheck(schema.minProperties, schema.maxProperties));
      default:
        return "z.boolean()";
    }
  }

  #object({ properties, required, additionalProperties: others }: Schema): string {
    if (!properties) {
      if (others === false) return "z.strictObject({})";
      return `z.record(z.string(), ${typeof others === "object" ? this.expression(others) : "z.unknown()"})`;
    }
    const members = Object.entries(properties)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, schema]) => {
        const member = this.expression(schema).replaceAll("\n", "\n  ");
        return `  ${ownName(name)}: ${required?.includes(name) ? member : `z.exactOptional(${member})`},\n`;
      });
    const shape = `{\n${members.join("")}}`;
    if (typeof others === "object") return `z.catchall(z.object(${shape}), ${this.expression(others)})`;
    const isClosed = this.#side === "answer" || others === false;
    return `z.${isClosed ? "strictObject" : "looseObject"}(${shape})`;
  }
}

// A literal with a plain `__proto__` would have another prototype, and no such member.
const ownName = (name: string): string => (name === "__proto__" ? '["__proto__"]' : memberName(name));

function either(expressions: readonly string[]): string {
  const distinct = [...new Set(expressions)];
  if (distinct.includes("z.unknown()")) return "z.unknown()";
  const others = distinct.filter((one) => one !== "z.null()");
  const [first] = others;
  if (first === undefined) return distinct.length > 0 ? "z.null()" : "z.never()";
  const union = others.length > 1 ? `z.union([${others.join(", ")}])` : first;
  return others.length < distinct.length ? `z.nullable(${union})` : union;
}

function literals(values: readonly unknown[]): string {
  const texts = values.filter((value) => typeof value === "string");
  const figures = values.filter((value) => typeof value === "number" || typeof value === "boolean");
  const list = (ones: readonly unknown[]) => ones.map((one) => JSON.stringify(one)).join(", ");
  return either([
    ...(texts.length > 0 ? [`z.enum([${list(texts)}])`] : []),
    ...(figures.length > 0 ? [`z.literal([${list(figures)}])`] : []),
    ...(values.includes(null) ? ["z.null()"] : []),
  ]);
}

const checked = (expression: string, checks: readonly string[]): string =>
  checks.length > 0 ? `${expression}.check(${checks.join(", ")})` : expression;

const BOUNDS: readonly [keyword: string, check: string][] = [
  ["minimum", "z.minimum"],
  ["maximum", "z.maximum"],
  ["exclusiveMinimum", "z.gt"],
  ["exclusiveMaximum", "z.lt"],
  ["multipleOf", "z.multipleOf"],
];

const boundChecks = (schema: Schema): string[] =>
  BOUNDS.flatMap(([keyword, check]) =>
    schema[keyword] === undefined ? [] : [`${check}(${schema[keyword]})`],
  );

/** Characters, as JSON Schema counts them; zod counts units of UTF-16. */
const lengthCheck = (least: unknown, most: unknown): string[] =>
  least === undefined && most === undefined
    ? []
    : [`hasLength(${[least ?? 0, most ?? []].flat().join(", ")})`];

const membersCheck = (least: unknown, most: unknown): string[] =>
  least === undefined && most === undefined
    ? []
    : [`hasMembers(${[least ?? 0, most ?? []].flat().join(", ")})`];

/** Whether no value can fit two of them: by their types, or by a member that names each. */
function areDisjoint(branches: readonly Schema[]): boolean {
  return branches.every((a, index) => branches.slice(index + 1).every((b) => isDisjoint(a, b)));
}

function isDisjoint(a: Schema, b: Schema): boolean {
  if (a.$ref !== undefined || b.$ref !== undefined || branchesOf(a) || branchesOf(b)) return false;
  const [ours, theirs] = [kindsOf(a), kindsOf(b)];
  if (ours.size > 0 && theirs.size > 0 && ![...ours].some((kind) => theirs.has(kind))) return true;
  return Object.entries(a.properties ?? {}).some(([name, own]) => {
    const other = b.properties?.[name];
    const isThere = a.required?.includes(name) && b.required?.includes(name);
    return isThere && own.enum && other?.enum && !own.enum.some((value) => other.enum?.includes(value));
  });
}

function kindsOf(schema: Schema): Set<string> {
  const kinds = schema.enum
    ? schema.enum.map((value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value))
    : typesOf(schema);
  return new Set(kinds.map((kind) => (kind === "integer" ? "number" : kind)));
}

/** The text of schema-kit.ts, without its header. */
export const schemaKit = `import * as z from "zod/mini";

/** A function that makes its value at the first call: importing schemas costs nothing, and only what is used is made. */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Bounds of a text in characters, as JSON Schema counts them. */
export const hasLength = (least: number, most: number = Number.POSITIVE_INFINITY): z.core.$ZodCheck<string> =>
  z.refine<string>(
    (text) => {
      if (text.length < least) return false;
      if (text.length > 2 * most) return false;
      const length = [...text].length;
      return length >= least && length <= most;
    },
    { error: \`expected \${least} to \${most} characters\` },
  );

export const hasMembers = (least: number, most: number = Number.POSITIVE_INFINITY): z.core.$ZodCheck<object> =>
  z.refine<object>(
    (value) => {
      const count = Object.keys(value).length;
      return count >= least && count <= most;
    },
    { error: \`expected \${least} to \${most} members\` },
  );

/** No two items alike, whatever the order of their members. */
export const isUnique = (): z.core.$ZodCheck<readonly unknown[]> =>
  z.refine<readonly unknown[]>((items) => new Set(items.map(canonical)).size === items.length, {
    error: "expected items of which no two are alike",
  });

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  ) ?? "";
`;
