/**
 * Whether a value fits a JSON Schema (2020-12, and what draft-07 spells alike).
 *
 * Written here because no validator was found that could be given a schema and an answer that both come from outside, in a
 * bundle for a worker. Ajv compiles code from strings, which workers forbid. `@cfworker/json-schema` 4.1.6, measured by
 * `npm run measure:schemas` (FIGURES):
 * FIGURES2
 * `format` is an annotation, as the specification has it. Keywords that would change the verdict and are not checked here
 * (`unevaluatedProperties`, `$dynamicRef`, references to other documents) are refused, with what to write instead.
 */
import type { JsonSchema } from "../base/types.ts";
import { isObject } from "../base/values.ts";
import { type Check, type Node, type Nodes, Run } from "./findings.ts";
import { resolveRef } from "./json-schema-walk.ts";
import { KEYWORDS } from "./keywords.ts";

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
      const check = KEYWORDS.get(keyword)?.(argument, schema, this);
      if (check) checks.push(check);
    }
    return node;
  }

  ref(pointer: string): Node {
    return this.node(resolveRef(this.#root, pointer));
  }
}
