/** What of a value does not fit, and where. */
import type { JsonSchema } from "../base/types.ts";
import { MAX_DEPTH } from "../base/values.ts";
import { formatPath } from "./json-schema-walk.ts";

/** A place in the value: the root, or a member of the place above. */
export interface Place {
  readonly parent: Place | undefined;
  readonly key: PropertyKey;
  /** What was found of a value that is no object, by the schemas that a `$ref` names. */
  judged?: Map<Node, Findings>;
}

/** A schema made ready: each of its keywords is one check. */
export interface Node {
  readonly checks: Check[];
}
export type Check = (value: unknown, place: Place, run: Run) => void;

/** Makes a check of a keyword's argument; nothing where it checks nothing. */
export type Keyword = (argument: unknown, schema: JsonSchema, nodes: Nodes) => Check | undefined;
export interface Nodes {
  node(schema: unknown): Node;
  /** What a `$ref` names. */
  ref(pointer: string): Node;
}

/** The text of a problem, made when it is told. `levels`: how many levels of alternatives it may go into. */
type Say = (levels: number) => string;

/** So many problems are told; of more, how many there are. */
const MOST_TOLD = 10;
const LONGEST = 300;
const LEVELS_TOLD = 2;

export class Findings {
  count = 0;
  readonly #told: { place: Place; say: Say }[] = [];

  add(place: Place, say: Say): void {
    this.count++;
    if (this.#told.length < MOST_TOLD) this.#told.push({ place, say });
  }

  addAll(others: Findings): void {
    this.count += others.count;
    for (const one of others.#told) if (this.#told.length < MOST_TOLD) this.#told.push(one);
  }

  /** The first problems as `path: expected …`. */
  texts(most = MOST_TOLD, levels = LEVELS_TOLD): string[] {
    return this.#told
      .slice(0, most)
      .map(({ place, say }) => `${cut(formatPath(pathOf(place)))}: ${cut(say(levels))}`);
  }

  /** The same, with how many more there are. */
  all(): string[] {
    const texts = this.texts();
    return this.count > texts.length ? [...texts, `and ${this.count - texts.length} more`] : texts;
  }
}

const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

function pathOf(place: Place): PropertyKey[] {
  const path: PropertyKey[] = [];
  for (let at = place; at.parent; at = at.parent) path.push(at.key);
  return path.reverse();
}

/** One validation of one value. */
export class Run {
  findings = new Findings();
  #depth = 0;
  /** What was found of an object or list. A value that was parsed has each at one place alone. */
  readonly #judged = new Map<object, Map<Node, Findings>>();

  fail(place: Place, say: Say): void {
    this.findings.add(place, say);
  }

  apply(node: Node, value: unknown, place: Place): void {
    if (this.#depth === MAX_DEPTH) {
      this.fail(place, () => `nested deeper than ${MAX_DEPTH} levels`);
      return;
    }
    this.#depth++;
    for (const check of node.checks) check(value, place, this);
    this.#depth--;
  }

  applyTo(node: Node, value: unknown, parent: Place, key: PropertyKey): void {
    this.apply(node, value, { parent, key });
  }

  /** What a branch finds, apart from the whole. */
  judge(node: Node, value: unknown, place: Place): Findings {
    const outer = this.findings;
    this.findings = new Findings();
    this.apply(node, value, place);
    const found = this.findings;
    this.findings = outer;
    return found;
  }

  fits(node: Node, value: unknown, place: Place): boolean {
    return this.judge(node, value, place).count === 0;
  }

  /**
   * What a schema that a `$ref` names finds: judged once for each value, however many ways lead there. Without that, two
   * alternatives that both refer to the same schema would double the work at each level of the value.
   */
  judgeOnce(node: Node, value: unknown, place: Place): Findings {
    const judged = this.#judgedAt(value, place);
    let found = judged.get(node);
    if (!found) {
      found = this.judge(node, value, place);
      judged.set(node, found);
    }
    return found;
  }

  #judgedAt(value: unknown, place: Place): Map<Node, Findings> {
    if (typeof value !== "object" || value === null) {
      place.judged ??= new Map();
      return place.judged;
    }
    let judged = this.#judged.get(value);
    if (!judged) {
      judged = new Map();
      this.#judged.set(value, judged);
    }
    return judged;
  }
}
