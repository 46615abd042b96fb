/**
 * Values that fit a schema of a document, as bare or as full as it allows. Nothing is left to chance: the same document, kind and
 * seed always give the same values, in the same order.
 */
import { formsOf } from "../../generator/find.ts";
import {
  branchesOf,
  isNever,
  isNull,
  refName,
  type Schema,
  type Schemas,
  typesOf,
} from "../../generator/schema.ts";
import { compileJsonSchema, type Validator } from "../../provider/schema/json-schema.ts";
import { sampleText, smallestNumber } from "../sample-json.ts";
import type { Bodies } from "./types.ts";

/** What a place should hold, where its schema allows that. */
export interface Wish {
  value?: unknown;
  /** There, and not null, though it need not be. */
  isThere?: boolean;
  /** Left out where it may be, unless a `value` is wished for that fits. */
  isAbsent?: boolean;
  /** Values of an enum that are not taken. */
  avoid?: RegExp;
  /** Of a list. */
  length?: number;
  members?: Readonly<Record<string, Wish>>;
  item?: (index: number) => Wish;
}

interface Place {
  /** Of the member that holds the value. */
  name: string;
  wish: Wish;
  /** The names of the schemas around, to stop at one that contains itself. */
  trail: readonly string[];
  /** Of a list's items that must differ: which one it is. */
  nth?: number;
}

/** Only an endless value would fit. */
const ENDLESS = Symbol("endless");
const NOTHING: Wish = {};

export class Sampler {
  readonly #schemas: Schemas;
  readonly #bodies: Bodies;
  readonly #seed: number;
  /** By what is chosen from: how many choices there are, and how often was chosen. */
  readonly #turns = new Map<string, { count: number; taken: number }>();
  readonly #ids = new WeakMap<object, number>();
  readonly #validators = new WeakMap<Schema, Validator>();
  #lastId = 0;

  constructor(schemas: Schemas, bodies: Bodies, seed = 0) {
    this.#schemas = schemas;
    this.#bodies = bodies;
    this.#seed = seed;
  }

  /** Whether every choice that was met has been taken in each way. */
  get isSpent(): boolean {
    return [...this.#turns.values()].every(({ count, taken }) => taken >= count);
  }

  /** Null for a schema that nothing fits. */
  sample(schema: Schema, wish: Wish = NOTHING, name = "value"): unknown {
    const value = this.#value(schema, { name, wish, trail: [] });
    return value === ENDLESS ? null : value;
  }

  /** What keeps a value from fitting, as `$.path: expected …`; empty when it fits. */
  misfits(schema: Schema, value: unknown): string[] {
    let validator = this.#validators.get(schema);
    if (!validator) {
      validator = compileJsonSchema({ ...schema, components: { schemas: this.#schemas } });
      this.#validators.set(schema, validator);
    }
    return validator(value);
  }

  #fits(schema: Schema, value: unknown): boolean {
    return this.misfits(schema, value).length === 0;
  }

  #value(schema: Schema, place: Place): unknown {
    const { wish } = place;
    if ("value" in wish && this.#fits(schema, wish.value)) return wish.value;
    if (schema.$ref !== undefined) {
      const name = refName(schema.$ref);
      const target = this.#schemas[name];
      if (!target || place.trail.includes(name)) return ENDLESS;
      return this.#value(target, { ...place, trail: [...place.trail, name] });
    }
    const branches = branchesOf(schema);
    if (branches) return this.#branch(schema, branches, place);
    if (isNever(schema)) return ENDLESS;
    if (schema.enum) {
      const left = schema.enum.filter(
        (one) => !(wish.avoid && typeof one === "string" && wish.avoid.test(one)),
      );
      const values = this.#ordered(left.length > 0 ? left : schema.enum, place, (one) => one === null);
      return this.#choose(schema, "enum", values, place);
    }
    const types = this.#ordered(typesOf(schema), place, (one) => one === "null");
    return this.#ofType(schema, this.#choose(schema, "type", types, place) ?? "string", place);
  }

  /** The branch whose turn it is; the next one where that is endless. */
  #branch(schema: Schema, branches: readonly Schema[], place: Place): unknown {
    const known = branches.filter((branch) => this.#hasWished(branch, place.wish));
    const ordered = this.#ordered(known.length > 0 ? known : branches, place, isNull);
    const first = this.#choose(schema, "branch", ordered, place);
    let only: unknown = ENDLESS;
    for (const branch of [first, ...ordered]) {
      const value = branch === undefined ? ENDLESS : this.#value(branch, place);
      if (value === ENDLESS) continue;
      // What fits two branches is none of the values that `oneOf` admits.
      if (!schema.oneOf || this.#fits(schema, value)) return value;
      if (only === ENDLESS) only = value;
    }
    return only;
  }

  /** Whether a branch has all the members that must be there, at any depth. */
  #hasWished(branch: Schema, wish: Wish): boolean {
    const wished = Object.entries(wish.members ?? {}).filter(([, { isThere }]) => isThere);
    const item = wish.item?.(0);
    if (wished.length === 0 && !item) return true;
    return formsOf(this.#schemas, branch).some(
      ({ properties = {}, items }) =>
        wished.every(([name, inner]) => {
          const member = properties[name];
          return member !== undefined && this.#hasWished(member, inner);
        }) &&
        (!item || (items !== undefined && this.#hasWished(items, item))),
    );
  }

  /** Null first where as little as possible is wanted, last where as much; not at all where something must be there. */
  #ordered<T>(options: readonly T[], { wish }: Place, isNothing: (option: T) => boolean): T[] {
    const others = options.filter((one) => !isNothing(one));
    const nothing = options.filter(isNothing);
    if (wish.isThere && others.length > 0) return others;
    return this.#bodies === "minimal" ? [...nothing, ...others] : [...others, ...nothing];
  }

  #choose<T>(schema: Schema, what: string, options: readonly T[], { nth = 0 }: Place): T | undefined {
    if (options.length < 2 || this.#bodies === "minimal") return options[nth % options.length];
    let id = this.#ids.get(schema);
    if (id === undefined) {
      id = ++this.#lastId;
      this.#ids.set(schema, id);
    }
    const key = `${id} ${what} ${options.length}`;
    const turn = this.#turns.get(key) ?? { count: options.length, taken: 0 };
    this.#turns.set(key, turn);
    return options[(this.#seed + turn.taken++) % options.length];
  }

  #ofType(schema: Schema, type: string, place: Place): unknown {
    switch (type) {
      case "object":
        return this.#object(schema, place);
      case "array":
        return this.#array(schema, place);
      case "null":
        return null;
      case "boolean":
        return this.#choose(schema, "boolean", [true, false], place);
      case "integer":
        return smallestNumber(schema, true);
      case "number":
        return smallestNumber(schema, false);
      default:
        return sampleText(schema, place.name);
    }
  }

  #object(schema: Schema, { name: own, wish, trail }: Place): unknown {
    const { properties = {}, required = [], additionalProperties: others } = schema;
    const result: [string, unknown][] = [];
    for (const [name, member] of Object.entries(properties)) {
      const inner = wish.members?.[name] ?? NOTHING;
      const isRequired = required.includes(name);
      if (!isRequired && !this.#isGiven(member, inner)) continue;
      const value = this.#value(member, { name, wish: inner, trail });
      if (value !== ENDLESS) result.push([name, value]);
      else if (isRequired) return ENDLESS;
    }
    const least = Math.max(Number(schema.minProperties ?? 0), this.#bodies === "maximal" ? 1 : 0);
    if (typeof others === "object" || others === true)
      while (result.length < least) {
        const name = `${own}_${result.length + 1}`;
        const value = this.#value(others === true ? { type: "string" } : others, {
          name,
          wish: NOTHING,
          trail,
        });
        if (value === ENDLESS) break;
        result.push([name, value]);
      }
    // Not by assignment: a member may be called `__proto__`.
    return Object.fromEntries(result);
  }

  /** Whether a member that is not required is there. */
  #isGiven(member: Schema, wish: Wish): boolean {
    if (wish.isThere) return true;
    if (this.#bodies === "minimal") return false;
    return !wish.isAbsent || ("value" in wish && this.#fits(member, wish.value));
  }

  #array(schema: Schema, { name, wish, trail }: Place): unknown {
    const least = Number(schema.minItems ?? 0);
    const most = Number(schema.maxItems ?? Number.POSITIVE_INFINITY);
    const wanted = wish.length ?? (this.#bodies === "minimal" ? 0 : 2);
    const length = Math.min(most, Math.max(least, wanted));
    const isUnique = schema.uniqueItems === true;
    const items = new Map<string | number, unknown>();
    for (let index = 0; index < length; index++) {
      const item = this.#value(schema.items ?? {}, {
        name: index === 0 ? name : `${name} ${index + 1}`,
        wish: wish.item?.(index) ?? NOTHING,
        trail,
        ...(isUnique && { nth: index }),
      });
      if (item === ENDLESS) return items.size >= least ? [...items.values()] : ENDLESS;
      items.set(isUnique ? JSON.stringify(item) : index, item);
    }
    return [...items.values()];
  }
}
