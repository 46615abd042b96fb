/**
 * Whether a value fits a JSON Schema (2020-12, and what draft-07 spells alike).
 *
 * Written here because nothing was found that bears a schema and a value which both come from outside, as those of an MCP
 * server and of a model do. Ajv compiles code from strings, which workers forbid. `@cfworker/json-schema` 4.1.6, measured
 * beside this by `npm run measure:schemas`:
 *
 * |                                        | this           | @cfworker/json-schema |
 * | -------------------------------------- | -------------- | --------------------- |
 * | size, minified and gzipped             | 4.5 KB         | 6.4 KB                |
 * | arguments of a tool, each              | 1.4 µs         | 19 µs                 |
 * | recursive oneOf, 22 levels             | 3 ms           | stack overflow        |
 * | uniqueItems, 40,000 objects            | 0.2 s          | more than 10 s        |
 * | a value of 5,000 levels                | a problem      | stack overflow        |
 * | official test suite, 2020-12: right    | 976            | 1,217                 |
 * | … wrong, stopped by an exception       | 1, 0           | 32, 50                |
 * | … refused before anything is asked     | 322            | 0                     |
 *
 * What is refused would change the verdict and is not checked here: `unevaluatedProperties` and `unevaluatedItems`,
 * `$dynamicRef`, references to anchors and other documents; the error says what to write instead. `format` is an annotation,
 * as the specification has it.
 */
import type { JsonSchema } from "../base/types.ts";
import { isObject } from "../base/values.ts";
import { type Check, type Node, type Nodes, Run } from "./findings.ts";
import { resolveRef } from "./json-schema-walk.ts";
import { keywords } from "./keywords.ts";

/** What of a value does not fit, each as `path: expected …`; empty when it fits. At most ten are told. */
export type Validator = (value: unknown) => string[];

/** A schema made ready, once for all values. */
export function compileJsonSchema(schema: JsonSchema): Validator {
  const root = new Compiler(schema).node(schema);
  return (value) => {
    const run = new Run();
    run.apply(root, value, { parent: undefined, key: "" });
    return run.findings.all();
  };
}

/** As `compileJsonSchema`, for one value. */
export function validateJson(schema: JsonSchema, value: unknown): string[] {
  return compileJsonSchema(schema)(value);
}

const ANYTHING: Node = { checks: [] };
const NOTHING: Node = { checks: [(_value, place, run) => run.fail(place, () => "not allowed here")] };

class Compiler implements Nodes {
  readonly #root: JsonSchema;
  readonly #nodes = new Map<object, Node>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** A schema may stand in itself by `$ref`: its node is known before its checks are. */
  node(schema: unknown): Node {
    if (schema === false) return NOTHING;
    if (!isObject(schema)) return ANYTHING;
    const known = this.#nodes.get(schema);
    if (known) return known;
    const checks: Check[] = [];
    const node = { checks };
    this.#nodes.set(schema, node);
    for (const [keyword, argument] of Object.entries(schema)) {
      const check = keywords().get(keyword)?.(argument, schema, this);
      if (check) checks.push(check);
    }
    return node;
  }

  ref(pointer: string): Node {
    return this.node(resolveRef(this.#root, pointer));
  }
}
