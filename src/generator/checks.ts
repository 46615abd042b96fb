/**
 * Emits checks.ts: for each answer that a call reads, a plain function that says whether it holds what the adapter needs.
 * They admit what wire.ts describes (a test holds the two together), without zod, copies or `eval`.
 */
import { runtimeFor } from "./checks-runtime.ts";
import { isName, memberName } from "./names.ts";
import {
  branchesOf,
  GenerateError,
  isNever,
  refName,
  refTo,
  type Schema,
  type Schemas,
  typesOf,
} from "./schema.ts";

/** An expression that holds of a value which fits, and the name of what it expects. */
interface Test {
  expected: string;
  holds(value: string): string;
}

/** What a value may be, each reference and union followed: any of these. */
interface Check {
  any: boolean;
  /** Apart from the tests: a member that may be absent is asked for both at once. */
  nullable: boolean;
  tests: Test[];
  /** Functions of the generated file. */
  calls: string[];
}

const text: Test = { expected: "string", holds: (value) => `typeof ${value} === "string"` };
// Not all that JSON.parse gives for a number is one: 1e999 becomes Infinity.
const number: Test = { expected: "number", holds: (value) => `Number.isFinite(${value})` };
const scalars: ReadonlyMap<string, Test> = new Map([
  ["string", text],
  ["number", number],
  ["integer", number],
  ["boolean", { expected: "boolean", holds: (value) => `typeof ${value} === "boolean"` }],
]);
const array: Test = { expected: "array", holds: (value) => `Array.isArray(${value})` };
const object: Test = { expected: "object", holds: (value) => `isObject(${value})` };

const nothing: Test = { expected: "nothing", holds: () => "false" };

const anything: Check = { any: true, nullable: true, tests: [], calls: [] };
const onlyNull: Check = { any: false, nullable: true, tests: [], calls: [] };
const only = (...tests: Test[]): Check => ({ any: false, nullable: false, tests, calls: [] });
const byCall = (name: string): Check => ({ any: false, nullable: false, tests: [], calls: [name] });

/** The text of checks.ts, without its header: a check for each of the roots, and the functions that they call. */
export function emitChecks(
  schemas: Schemas,
  roots: readonly string[],
  about = "What a call checks of an answer: gives the first place that the adapter could not go on with, or `undefined`.",
): string {
  const emitter = new CheckEmitter(schemas);
  const entries = roots.map((root) => `  ${memberName(root)}: ${emitter.root(root)},\n`);
  const functions = emitter.functions().join("\n");
  return `${runtimeFor(functions)}
${functions}
/** ${about} */
export const checks = {
${entries.join("")}} satisfies Record<string, (value: unknown) => Problem | undefined>;
`;
}

class CheckEmitter {
  readonly #schemas: Schemas;
  readonly #taken = new Set<string>();
  // A function has its name before it is written, as a schema may contain itself.
  readonly #names = { array: new Map<Schema, string>(), object: new Map<Schema, string>() };
  /** By the names of a union's parts. */
  readonly #unions = new Map<string, string>();
  readonly #waiting: (() => string)[] = [];

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  /** The name of the function that checks a component. */
  root(name: string): string {
    const check = this.#check(refTo(name), name, name);
    const [call] = check.calls;
    if (call !== undefined && check.calls.length === 1 && check.tests.length === 0 && !check.nullable)
      return call;
    return this.#function(`root ${name}`, name, () => this.#asks(check, name, "value", true, ""));
  }

  functions(): string[] {
    const written: string[] = [];
    for (let write = this.#waiting.shift(); write; write = this.#waiting.shift()) written.push(write());
    return written;
  }

  /** `name` is that of the function, should it need one. */
  #check(schema: Schema, name: string, where: string, followed: readonly string[] = []): Check {
    if (schema.$ref !== undefined) {
      const target = refName(schema.$ref);
      const component = this.#schemas[target];
      if (!component) throw new GenerateError(`${where}: refers to ${target}, which is not there`);
      if (followed.includes(target)) throw new GenerateError(`${where}: ${target} refers only to itself`);
      return this.#check(component, target, `components/schemas/${target}`, [...followed, target]);
    }
    const branches = branchesOf(schema);
    if (branches) {
      const shapes = branches.filter((branch) => branch.type !== "null").length;
      return union(
        branches.map((branch, index) =>
          this.#check(branch, shapes > 1 ? `${name} ${index + 1}` : name, `${where}/${index}`, followed),
        ),
      );
    }
    if (isNever(schema)) return only(nothing);
    if (schema.enum) return ofValues(schema.enum);
    const types = typesOf(schema);
    return types.length === 0
      ? anything
      : union(types.map((type) => this.#ofType(type, schema, name, where)));
  }

  #ofType(type: string, schema: Schema, name: string, where: string): Check {
    if (type === "null") return onlyNull;
    const scalar = scalars.get(type);
    if (scalar) return only(scalar);
    if (type !== "array" && type !== "object")
      throw new GenerateError(`${where}: expected a type of JSON Schema, got ${type}`);
    const names = this.#names[type];
    const known = names.get(schema);
    if (known !== undefined) return byCall(known);
    const own = this.#reserve(name);
    names.set(schema, own);
    const lines =
      type === "array"
        ? this.#array(schema, name, where)
        : schema.properties
          ? () => this.#object(schema, name, where)
          : this.#map(schema, name, where);
    if (lines) {
      this.#waiting.push(() => written(own, lines()));
      return byCall(own);
    }
    names.delete(schema);
    this.#taken.delete(own);
    return only(type === "array" ? array : object);
  }

  /** Nothing where the items may be anything. */
  #array(schema: Schema, name: string, where: string): (() => string[]) | undefined {
    const items = this.#check(schema.items ?? {}, `${name} item`, `${where}/items`);
    if (items.any) return undefined;
    return () => [
      'if (!Array.isArray(value)) return wrong("array", value, "");',
      "for (let i = 0; i < value.length; i++) {",
      "  const item: unknown = value[i];",
      ...indent(this.#asks(items, `${name} item`, "item", true, "[${i}]")),
      "}",
    ];
  }

  #map({ additionalProperties }: Schema, name: string, where: string): (() => string[]) | undefined {
    const values = typeof additionalProperties === "object" ? additionalProperties : {};
    const check = this.#check(values, `${name} value`, `${where}/additionalProperties`);
    if (check.any) return undefined;
    return () => [
      'if (!isObject(value)) return wrong("object", value, "");',
      "for (const member of Object.values(value)) {",
      ...indent(this.#asks(check, `${name} value`, "member", true, ".*")),
      "}",
    ];
  }

  #object(schema: Schema, name: string, where: string): string[] {
    const lines = ['if (!isObject(value)) return wrong("object", value, "");'];
    for (const [key, property] of Object.entries(schema.properties ?? {}).sort(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      const check = this.#check(property, `${name} ${key}`, `${where}/properties/${key}`);
      const value = readMember(key);
      const place = isName(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
      lines.push(
        ...this.#asks(check, `${name} ${key}`, value, schema.required?.includes(key) === true, place),
      );
      if (property.minItems !== undefined)
        lines.push(
          `if (isEmpty(${value})) return { expected: "an item", got: "none", place: ${quote(place)} };`,
        );
    }
    return lines;
  }

  /** The statements that return the problem of the value at `place` inside of what is checked. */
  #asks(check: Check, name: string, value: string, isNeeded: boolean, place: string): string[] {
    const at = quote(place);
    if (check.any)
      return isNeeded && place
        ? [`if (${value} === undefined) return wrong("a value", ${value}, ${at});`]
        : [];
    const { nullable, tests } = check;
    const passes = isNeeded ? (nullable ? `${value} !== null` : "") : `${value} != null`;
    if (check.calls.length === 0) {
      const expected = [
        ...tests.map((one) => one.expected),
        ...(nullable && tests.length === 0 ? ["null"] : []),
      ];
      const conditions = [...(passes ? [passes] : []), ...tests.map((one) => negated(one.holds(value)))];
      return [
        `if (${conditions.join(" && ")}) return wrong(${quote([...new Set(expected)].join(" or "))}, ${value}, ${at});`,
      ];
    }
    const [call] = check.calls;
    const own = check.calls.length === 1 && tests.length === 0 ? call : this.#unionFunction(check, name);
    return [
      passes ? `if (${passes}) {` : "{",
      `  const problem = ${own}(${value});`,
      place ? `  if (problem) return under(${at}, problem);` : "  if (problem) return problem;",
      "}",
    ];
  }

  #unionFunction({ tests, calls }: Check, name: string): string {
    const key = [...tests.map(({ expected }) => expected), ...calls].join(" ");
    return this.#function(key, name, () => [
      ...tests.map((one) => `if (${one.holds("value")}) return undefined;`),
      ...calls.slice(1).map((call) => `if (!${call}(value)) return undefined;`),
      // Which of several forms was meant nobody knows: the first one's problem is told.
      `return ${calls[0]}(value);`,
    ]);
  }

  #function(key: string, name: string, lines: () => string[]): string {
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const own = this.#reserve(name);
    this.#unions.set(key, own);
    this.#waiting.push(() => written(own, lines()));
    return own;
  }

  /** `CompletionUsage prompt_tokens_details` as `checkCompletionUsagePromptTokensDetails`. */
  #reserve(name: string): string {
    const parts = name.split(/[^A-Za-z0-9]+/).map((part) => part.charAt(0).toUpperCase() + part.slice(1));
    const wanted = `check${parts.join("")}`;
    let own = wanted;
    for (let i = 2; this.#taken.has(own); i++) own = `${wanted}_${i}`;
    this.#taken.add(own);
    return own;
  }
}

function union(checks: readonly Check[]): Check {
  if (checks.some((check) => check.any)) return anything;
  const tests = new Map(checks.flatMap((check) => check.tests.map((one) => [one.holds("value"), one])));
  return {
    any: false,
    nullable: checks.some((check) => check.nullable),
    tests: [...tests.values()],
    calls: [...new Set(checks.flatMap((check) => check.calls))],
  };
}

function ofValues(values: readonly unknown[]): Check {
  const known = values.filter((value) => value !== null);
  const nullable = values.length > known.length;
  const tests = known.map((value) => ({
    expected: quote(value),
    holds: (of: string) => `${of} === ${quote(value)}`,
  }));
  return { ...only(...tests), nullable };
}

const written = (name: string, lines: readonly string[]): string =>
  `function ${name}(value: unknown): Problem | undefined {\n${indent([...lines, "return undefined;"]).join("\n")}\n}\n`;

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** A text as source; that of a place in an array has its index put in. */
const quote = (value: unknown): string =>
  typeof value === "string" && value.includes("${i}") ? `\`${value}\`` : JSON.stringify(value);

function readMember(key: string): string {
  const access = isName(key) ? `value.${key}` : `value[${quote(key)}]`;
  // What every object inherits did not come from the server.
  return key in Object.prototype ? `(Object.hasOwn(value, ${quote(key)}) ? ${access} : undefined)` : access;
}

function negated(expression: string): string {
  if (expression === "false") return "true";
  return expression.includes(" === ") ? expression.replace(" === ", " !== ") : `!${expression}`;
}
