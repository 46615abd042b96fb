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

/** Expressions that hold of a value which fits, and of one which does not. */
interface Test {
  /** The name of what it expects. */
  expected: string;
  holds(value: string): string;
  fails(value: string): string;
  /** Of a constant: the test that admits all values of its type. */
  within?: Test | undefined;
  /** Fails of a value that may be absent or null. */
  failsOrNone?(value: string): string;
}

/** A function of the generated file that gives the problem of a value. */
interface Call {
  /** It, as a value. */
  name: string;
  of(value: string): string;
}

/** What a value may be, each reference and union followed: any of these. */
interface Check {
  any: boolean;
  /** Apart from the tests: a member that may be absent is asked for both at once. */
  nullable: boolean;
  tests: Test[];
  calls: Call[];
}

const byFunction = (expected: string, name: string): Test => ({
  expected,
  holds: (value) => `${name}(${value})`,
  fails: (value) => `!${name}(${value})`,
});
const scalar = (expected: string, name: string, holds: Test["holds"]): Test => ({
  expected,
  holds,
  fails: (value) => `not${name}(${value})`,
  failsOrNone: (value) => `not${name}OrNone(${value})`,
});

// Not all that JSON.parse gives for a number is one: 1e999 becomes Infinity.
const number = scalar("number", "Number", (value) => `Number.isFinite(${value})`);
const scalars: ReadonlyMap<string, Test> = new Map([
  ["string", scalar("string", "String", (value) => `typeof ${value} === "string"`)],
  ["number", number],
  ["integer", number],
  ["boolean", scalar("boolean", "Boolean", (value) => `typeof ${value} === "boolean"`)],
]);
const array = byFunction("array", "Array.isArray");
const object = byFunction("object", "isObject");
const nothing: Test = { expected: "nothing", holds: () => "false", fails: () => "true" };

const anything: Check = { any: true, nullable: true, tests: [], calls: [] };
const onlyNull: Check = { any: false, nullable: true, tests: [], calls: [] };
const only = (...tests: Test[]): Check => ({ any: false, nullable: false, tests, calls: [] });
const byCall = (...calls: Call[]): Check => ({ any: false, nullable: false, tests: [], calls });
const named = (name: string): Call => ({ name, of: (value) => `${name}(${value})` });

/** An expression that gives the problem of a value, if there is one, and the conditions under which it is asked for. */
interface Asked {
  when: string[];
  problem: string;
}

/** The text of checks.ts, without its header: a check for each of the roots, and the functions that they call. */
export function emitChecks(
  schemas: Schemas,
  roots: readonly string[],
  about = "What a call checks of an answer: gives the first place that the adapter could not go on with, or `undefined`.",
): string {
  const emitter = new CheckEmitter(schemas);
  const entries = roots.map((root) => `  ${memberName(root)}: ${emitter.root(root)},\n`);
  const functions = emitter.functions().join("\n");
  const names = roots.map((root) => quote(root)).join(" | ") || "never";
  return `${runtimeFor(functions + entries.join(""))}
${functions}
/** ${about} */
export const checks: Record<${names}, (value: unknown) => Problem | undefined> = {
${entries.join("")}};
`;
}

class CheckEmitter {
  readonly #schemas: Schemas;
  readonly #taken = new Set<string>();
  // A function has its name before it is written, as a schema may contain itself.
  readonly #names = { array: new Map<Schema, string>(), object: new Map<Schema, string>() };
  /** Of those names, the ones that a schema inside of their own asked for. */
  readonly #recursive = new Set<string>();
  /** By what they do. */
  readonly #functions = new Map<string, string>();
  readonly #waiting: (() => string)[] = [];

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  /** The name of the function that checks a component. */
  root(name: string): string {
    return this.#function(this.#check(refTo(name), name, name), name).name;
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
    if (known !== undefined) {
      this.#recursive.add(known);
      return byCall(named(known));
    }
    const own = this.#reserve(name);
    names.set(schema, own);
    if (type === "object" && schema.properties) {
      this.#waiting.push(() => written(own, this.#object(schema, name, where)));
      return byCall(named(own));
    }
    const all = type === "array" ? this.#items(schema, name, where) : this.#values(schema, name, where);
    if (all && this.#recursive.has(own)) {
      this.#waiting.push(() => written(own, [`return ${all.of("value")};`]));
      return byCall(named(own));
    }
    names.delete(schema);
    this.#taken.delete(own);
    return all ? byCall(all) : only(type === "array" ? array : object);
  }

  /** Nothing where the items may be anything. */
  #items(schema: Schema, name: string, where: string): Call | undefined {
    const items = this.#check(schema.items ?? {}, `${name} item`, `${where}/items`);
    if (items.any) return undefined;
    return items.calls.length === 0
      ? this.#list(items, name)
      : this.#all("each", this.#function(items, `${name} item`));
  }

  #values({ additionalProperties }: Schema, name: string, where: string): Call | undefined {
    const values = typeof additionalProperties === "object" ? additionalProperties : {};
    const check = this.#check(values, `${name} value`, `${where}/additionalProperties`);
    return check.any ? undefined : this.#all("eachValue", this.#function(check, `${name} value`));
  }

  #all(helper: string, call: Call): Call {
    return { name: `${helper} ${call.name}`, of: (value) => `${helper}(${value}, ${call.name})` };
  }

  /** The function for lists of what tests alone decide on: an embedding may have thousands of numbers. */
  #list(check: Check, name: string): Call {
    const key = `list ${keyOf(check)}`;
    const known = this.#functions.get(key);
    if (known !== undefined) return named(known);
    const own = this.#reserve(name);
    this.#functions.set(key, own);
    const fails = [
      ...(check.nullable ? ["item !== null"] : []),
      ...check.tests.map((one) => one.fails("item")),
    ];
    const lines = [
      'if (!Array.isArray(value)) return wrong("array", value);',
      `const at = value.findIndex((item) => ${fails.join(" && ")});`,
      `return at < 0 ? undefined : wrong(${expectedBy(check)}, value[at], \`[\${at}]\`);`,
    ];
    this.#waiting.push(() => written(own, lines));
    return named(own);
  }

  #object(schema: Schema, name: string, where: string): string[] {
    const problems = Object.entries(schema.properties ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, property]) => {
        const check = this.#check(property, `${name} ${key}`, `${where}/properties/${key}`);
        const value = readMember(key);
        const place = quote(isName(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
        const isNeeded = schema.required?.includes(key) === true;
        return [
          ...this.#problemOf(check, `${name} ${key}`, value, isNeeded, place),
          ...(property.minItems === undefined ? [] : [{ when: [], problem: `needItem(${value}, ${place})` }]),
        ];
      });
    return ['if (!isObject(value)) return wrong("object", value);', `return ${firstOf(problems)};`];
  }

  /** What gives the problem of a value; nothing where nothing can be wrong. */
  #problemOf(check: Check, name: string, value: string, isNeeded: boolean, place: string): Asked[] {
    if (check.any)
      return isNeeded
        ? [{ when: [`${value} === undefined`], problem: `wrong("a value", ${value}, ${place})` }]
        : [];
    const { nullable, tests, calls } = check;
    const [test, ...otherTests] = tests;
    if (test?.failsOrNone && otherTests.length + calls.length === 0 && !isNeeded)
      return [
        { when: [test.failsOrNone(value)], problem: `wrong(${expectedBy(check)}, ${value}, ${place})` },
      ];
    const passes = isNeeded ? (nullable ? [`${value} !== null`] : []) : [`${value} != null`];
    const [call, ...otherCalls] = calls;
    const isPlain = otherCalls.length === 0;
    const when = [...passes, ...(isPlain ? tests.map((one) => one.fails(value)) : [])];
    if (call === undefined) return [{ when, problem: `wrong(${expectedBy(check)}, ${value}, ${place})` }];
    const one = isPlain ? call : this.#function({ ...check, nullable: false }, name);
    return [{ when, problem: `under(${place}, ${one.of(value)})` }];
  }

  /** The function that gives the problem of a value by itself. */
  #function(check: Check, name: string): Call {
    const { any, nullable, tests, calls } = check;
    const [call, ...otherCalls] = calls;
    const isPlain = !nullable && tests.length + otherCalls.length === 0;
    if (call && isPlain && !call.name.includes(" ")) return call;
    const key = keyOf(check);
    const known = this.#functions.get(key);
    if (known !== undefined) return named(known);
    const own = this.#reserve(name);
    this.#functions.set(key, own);
    const passes = [
      ...(nullable ? ["value === null"] : []),
      ...tests.flatMap((one) => (one === nothing ? [] : [one.holds("value")])),
      ...otherCalls.map((one) => `!${one.of("value")}`),
    ];
    // Which of several forms was meant nobody knows: the first one's problem is told.
    const problem = call ? call.of("value") : `wrong(${expectedBy(check)}, value)`;
    this.#waiting.push(() =>
      any
        ? written(own, ["return undefined;"], "")
        : written(own, [
            ...(passes.length > 0 ? [`if (${passes.join(" || ")}) return undefined;`] : []),
            `return ${problem};`,
          ]),
    );
    return named(own);
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
  const all = [...tests.values()];
  const calls = new Map(checks.flatMap((check) => check.calls.map((one) => [one.name, one])));
  return {
    any: false,
    nullable: checks.some((check) => check.nullable),
    // Beside all values of a type, its constants say nothing.
    tests: all.filter((test) => !(test.within && all.includes(test.within))),
    calls: [...calls.values()],
  };
}

function ofValues(values: readonly unknown[]): Check {
  const known = values.filter((value) => value !== null);
  const nullable = values.length > known.length;
  const tests = known.map((value) => ({
    expected: quote(value),
    holds: (of: string) => `${of} === ${quote(value)}`,
    fails: (of: string) => `${of} !== ${quote(value)}`,
    within: scalars.get(typeof value),
  }));
  return { ...only(...tests), nullable };
}

const keyOf = ({ any, nullable, tests, calls }: Check): string =>
  JSON.stringify([any, nullable, tests.map(({ expected }) => expected), calls.map(({ name }) => name)]);

const written = (name: string, lines: readonly string[], parameter = "value: unknown"): string =>
  `function ${name}(${parameter}): Problem | undefined {\n${lines.map((line) => `  ${line}`).join("\n")}\n}\n`;

/** The first problem of several. */
function firstOf(asked: readonly Asked[]): string {
  const all = asked.map(({ when, problem }) => [...when, problem].join(" && "));
  // A condition that does not hold is no problem, but not `undefined` either.
  if (asked.at(-1)?.when.length !== 0) all.push("undefined");
  return all.length === 1 ? all.join() : `(\n    ${all.join(" ||\n    ")}\n  )`;
}

function expectedBy({ tests, nullable }: Check): string {
  const expected = tests.map((one) => one.expected);
  return quote([...new Set(expected.length === 0 && nullable ? ["null"] : expected)].join(" or "));
}

const quote = (value: unknown): string => JSON.stringify(value);

function readMember(key: string): string {
  const access = `value[${quote(key)}]`;
  // What every object inherits did not come from the server.
  return key in Object.prototype ? `(Object.hasOwn(value, ${quote(key)}) ? ${access} : undefined)` : access;
}
