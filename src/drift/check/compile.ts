/** A schema as a function that compares values with it. */
import type { OpenApiDocument } from "../../openapi/document.ts";
import { includesValue } from "../../openapi/flatten.ts";
import { jsonType } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import { brief } from "../base/json.ts";
import { formatPlace, type Problem } from "../base/problem.ts";
import { nameOf, quoteKind } from "../privacy/quote.ts";
import { type Branch, branchByTag, createNodeReader, type Node, tagsOf, typeWords } from "./nodes.ts";
import { best, type Difference, type Steps, segmentsOf, weigh, withoutRepeats } from "./union.ts";

export interface Comparer {
  /** Every difference between the value and the schema; an empty list when it fits. */
  compare(value: unknown): Problem[];
  /** How far the value is from the schema: 0 when it fits. Comparable between schemas. */
  distance(value: unknown): number;
}

/** A compiler for the schemas of one document; equal schema objects are compiled once. */
export function createCompiler(document: OpenApiDocument): (schema: unknown) => Comparer {
  const nodeOf = createNodeReader(document);
  return (schema) => {
    const differences = (value: unknown) => new Comparison(nodeOf).ofNode(nodeOf(schema), value, 0);
    return {
      compare: (value) =>
        differences(value).map(({ steps, ...rest }) => ({ ...rest, place: formatPlace(segmentsOf(steps)) })),
      distance: (value) => weigh(differences(value)),
    };
  };
}

const NONE: readonly Difference[] = [];

// A recursive schema goes as deep as the answer does, and no answer is that deep.
const MAX_DEPTH = 200;

/** The comparison of one answer. */
class Comparison {
  readonly #nodeOf: (schema: unknown) => Node;
  /**
   * What was found of each object to which several ways may lead: the branches of a union, or several patterns that a
   * name fits. Without this, what lies at the depth n would be compared two to the power of n times.
   */
  readonly #known = new Map<Node, Map<object, readonly Difference[]>>();

  constructor(nodeOf: (schema: unknown) => Node) {
    this.#nodeOf = nodeOf;
  }

  ofNode(node: Node, value: unknown, depth: number): readonly Difference[] {
    if (depth > MAX_DEPTH) return NONE;
    const type = jsonType(value);
    const fitting = node.byType.get(type);
    if (!fitting) return [ofType(node, value, type)];
    const [only] = fitting;
    if (only && fitting.length === 1) return this.#ofBranch(only, value, depth);
    return this.#once(node, value, () => this.#ofUnion(node, fitting, value, depth));
  }

  #once(node: Node, value: unknown, compare: () => readonly Difference[]): readonly Difference[] {
    if (typeof value !== "object" || value === null) return compare();
    const known = this.#known.get(node) ?? new Map<object, readonly Difference[]>();
    this.#known.set(node, known);
    const found = known.get(value) ?? compare();
    known.set(value, found);
    return found;
  }

  /** Those of the branch that fits best, and only of that one. */
  #ofUnion(node: Node, branches: readonly Branch[], value: unknown, depth: number): readonly Difference[] {
    const tags = tagsOf(node);
    const tagged = isObject(value) ? branchByTag(tags, value) : undefined;
    if (tagged) return this.#ofBranch(tagged, value, depth);
    const trials: (readonly Difference[])[] = [];
    for (const branch of branches) {
      const trial = this.#ofBranch(branch, value, depth);
      if (trial.length === 0) return NONE;
      trials.push(trial);
    }
    return best(trials, tags);
  }

  #ofBranch(branch: Branch, value: unknown, depth: number): readonly Difference[] {
    const { values, source } = branch;
    if (values && !values.has(value) && !includesValue(source.values ?? [], value)) {
      const expected = (source.values ?? []).map((item) => brief(item)).join(", ");
      const found = quoteKind(value);
      return [{ kind: "enum", steps: undefined, expected, found, value, site: source.sites.values }];
    }
    if (Array.isArray(value)) return this.#ofItems(branch, value, depth);
    return isObject(value) ? this.#ofObject(branch, value, depth) : NONE;
  }

  #ofItems(branch: Branch, value: readonly unknown[], depth: number): readonly Difference[] {
    const { prefixItems } = branch.source;
    const found: Difference[] = [];
    for (const [index, item] of value.entries()) {
      const node = index < prefixItems.length ? this.#nodeOf(prefixItems[index]) : branch.items?.();
      if (node) addBelow(found, "[]", this.ofNode(node, item, depth + 1));
    }
    return found;
  }

  #ofObject(branch: Branch, value: Record<string, unknown>, depth: number): readonly Difference[] {
    const found: Difference[] = [];
    for (const name of branch.required) if (!Object.hasOwn(value, name)) found.push(ofMissing(branch, name));
    let unlisted: Difference | undefined;
    let unknown = 0;
    for (const name of Object.keys(value)) {
      const child = branch.properties.get(name)?.();
      if (child) addBelow(found, name, this.ofNode(child, value[name], depth + 1));
      else if (!isUnknown(branch, name)) this.#addFurther(found, branch, name, value[name], depth + 1);
      else if (unknown++ < MAX_UNKNOWN) found.push(ofUnknown(branch, nameOf(name), value[name]));
      else unlisted ??= ofUnknown(branch, "*", value[name]);
    }
    if (unlisted) found.push({ ...unlisted, more: unknown - MAX_UNKNOWN });
    return found;
  }

  /** A property that the document does not name, and foresees: of a pattern, or a member of a map. */
  #addFurther(found: Difference[], branch: Branch, name: string, value: unknown, depth: number): void {
    const shown = nameOf(name);
    const patterns = branch.source.patterns.filter(({ pattern }) => pattern.test(name));
    if (patterns.length > 0) {
      const nodes = [...new Set(patterns.map(({ schema }) => this.#nodeOf(schema)))];
      const inner = nodes.map((node) => this.#once(node, value, () => this.ofNode(node, value, depth)));
      // What breaks two patterns alike is told once.
      addBelow(found, shown, inner.length > 1 ? withoutRepeats(inner.flat()) : (inner[0] ?? NONE));
    } else if (branch.rest) {
      addBelow(found, "*", this.ofNode(branch.rest(), value, depth));
    }
  }
}

// Nobody reads more of one object, and somebody may send as many as he likes.
const MAX_UNKNOWN = 500;

const isUnknown = (branch: Branch, name: string): boolean =>
  branch.isClosed && !branch.rest && !branch.source.patterns.some(({ pattern }) => pattern.test(name));

/** `*` stands for names that a report must not tell, or that are too many. */
const ofUnknown = (branch: Branch, shown: string, value: unknown): Difference => ({
  kind: "unknown",
  steps: { name: shown, below: undefined },
  ...(shown === "*" ? {} : { field: shown }),
  expected: "no such field",
  found: jsonType(value),
  value,
  site: branch.source.sites.properties,
});

/** Adds what was found one level deeper. */
function addBelow(found: Difference[], name: string, inner: readonly Difference[]): void {
  for (const difference of inner) {
    const steps: Steps = { name, below: difference.steps };
    found.push({ ...difference, steps });
  }
}

function ofType(node: Node, value: unknown, type: ReturnType<typeof jsonType>): Difference {
  const kind = type === "null" ? "null" : "type";
  const sites = node.branches[0]?.source.sites;
  const site = (kind === "type" && node.branches.length === 1 && sites?.types) || sites?.own || "";
  return { kind, steps: undefined, expected: typeWords(node.branches), found: type, value, site };
}

function ofMissing(branch: Branch, field: string): Difference {
  const child = branch.properties.get(field)?.();
  return {
    kind: "missing",
    steps: { name: field, below: undefined },
    field,
    expected: child ? typeWords(child.branches) : "a value",
    found: "",
    value: undefined,
    site: branch.source.sites.required.get(field) ?? "",
  };
}
