/** What satisfies two schemas of the one form: `allOf`, and keywords beside a reference or a union. */
import { finish } from "./finish.ts";
import { branchesOf, isNever, never, refName, type Schema, splitNotes, typesOf } from "./schema.ts";

export interface Intersecting {
  /** What a name stands for; `undefined` while it is being read. */
  resolve(name: string): Schema | undefined;
  note(place: string, problem: string): void;
}

// Beyond this a product of unions is no longer a description of anything. Most of them fit nothing, and fall away.
const MOST_COMBINATIONS = 10_000;

export function intersect(a: Schema, b: Schema, context: Intersecting, place: string): Schema {
  return new Merge(context, place).both(a, b, []);
}

class Merge {
  readonly #context: Intersecting;
  readonly #place: string;
  #combinations = 0;

  constructor(context: Intersecting, place: string) {
    this.#context = context;
    this.#place = place;
  }

  /** `trail`: the names that are being merged, to stop at one that contains itself. */
  both(a: Schema, b: Schema, trail: readonly string[]): Schema {
    if (isNever(a) || isNever(b)) return never();
    if (a.$ref !== undefined && a.$ref === b.$ref) return { ...b, ...a };
    const union = branchesOf(a) ? a : branchesOf(b) ? b : undefined;
    // Before references are followed, so that a thing meets itself among the branches.
    if (union) return this.#union(union, union === a ? b : a, trail);
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (one.$ref === undefined) continue;
      const name = refName(one.$ref);
      const target = this.#context.resolve(name);
      // Each side may lead to it once.
      if (!target || trail.filter((one) => one === name).length > 1)
        return this.#giveUp(one, `it contains itself through ${name}`);
      const { notes } = splitNotes(one);
      const resolved = this.both({ ...target, ...notes }, other, [...trail, name]);
      return resolved;
    }
    return this.#plain(a, b, trail);
  }

  #giveUp(kept: Schema, reason: string): Schema {
    this.#context.note(this.#place, `what is asked beside a part is not checked, as ${reason}`);
    return kept;
  }

  /** Exactly one of the branches and the other, or any of them and the other: each branch asks the other too. */
  #union(union: Schema, other: Schema, trail: readonly string[]): Schema {
    const key = union.anyOf ? "anyOf" : "oneOf";
    const branches = branchesOf(union) ?? [];
    // What is one of the branches is all that both admit.
    const same = other.$ref !== undefined && branches.find(({ $ref }) => $ref === other.$ref);
    if (same && union.anyOf) return { ...splitNotes(union).notes, ...splitNotes(same).notes, ...other };
    this.#combinations += branches.length;
    if (this.#combinations > MOST_COMBINATIONS)
      return this.#giveUp(union, `there are over ${MOST_COMBINATIONS} combinations`);
    const merged = branches
      .map((branch) => this.both(branch, other, trail))
      .filter((branch) => !isNever(branch));
    const { notes } = splitNotes({ ...splitNotes(other).notes, ...splitNotes(union).notes });
    if (merged.length === 0) return never();
    const [only = {}] = merged;
    return merged.length === 1 ? { ...only, ...notes } : { ...notes, [key]: merged };
  }

  #plain(a: Schema, b: Schema, trail: readonly string[]): Schema {
    const result: Schema = { ...b, ...a };
    const types = commonTypes(a, b);
    if (types) {
      if (types.length === 0) return never();
      result.type = types.length === 1 ? (types[0] ?? []) : types;
    }
    if (a.enum && b.enum) {
      const others = new Set(b.enum.map((value) => JSON.stringify(value)));
      result.enum = a.enum.filter((value) => others.has(JSON.stringify(value)));
      if (result.enum.length === 0) return never();
    }
    for (const key of LOWER) keep(result, key, a[key], b[key], Math.max);
    for (const key of UPPER) keep(result, key, a[key], b[key], Math.min);
    this.#special(result, a, b);
    if (a.items && b.items) result.items = finish(this.both(a.items, b.items, trail));
    this.#members(result, a, b, trail);
    return lacksMember(result) ? never() : result;
  }

  #special(result: Schema, a: Schema, b: Schema): void {
    if (a.uniqueItems === true || b.uniqueItems === true) result.uniqueItems = true;
    const [one, other] = [a.pattern, b.pattern];
    // Each is searched for by itself, wherever it begins.
    if (typeof one === "string" && typeof other === "string" && one !== other)
      result.pattern = `^(?=[^]*?(?:${one}))(?=[^]*?(?:${other}))`;
    const [step, otherStep] = [Number(a.multipleOf ?? 0), Number(b.multipleOf ?? 0)];
    if (step > 0 && otherStep > 0 && step !== otherStep) {
      if (Number.isInteger(step) && Number.isInteger(otherStep))
        result.multipleOf = leastCommonMultiple(step, otherStep);
      else this.#context.note(this.#place, `multipleOf ${otherStep} beside ${step} is not checked`);
    }
  }

  #members(result: Schema, a: Schema, b: Schema, trail: readonly string[]): void {
    if (a.required || b.required)
      result.required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])];
    if (a.properties || b.properties) {
      const properties = new Map(Object.entries(a.properties ?? {}));
      for (const [name, schema] of Object.entries(b.properties ?? {})) {
        const known = properties.get(name);
        properties.set(name, known ? finish(this.both(known, schema, trail)) : schema);
      }
      result.properties = Object.fromEntries(properties);
    }
    const [one, other] = [a.additionalProperties, b.additionalProperties];
    if (typeof one === "object" && typeof other === "object")
      result.additionalProperties = finish(this.both(one, other, trail));
    else if (one === false || other === false) result.additionalProperties = false;
    else if (typeof one === "object" || typeof other === "object")
      result.additionalProperties = typeof one === "object" ? one : (other ?? true);
    // To the letter no object could have the members that only the other part names. It never means that.
    if (hasOthers(a, b) || hasOthers(b, a))
      this.#context.note(
        this.#place,
        "a part of allOf that is closed is taken to know the members of the others",
      );
  }
}

const LOWER = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const UPPER = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

function keep(
  result: Schema,
  key: string,
  a: unknown,
  b: unknown,
  choose: (a: number, b: number) => number,
): void {
  if (typeof a === "number" && typeof b === "number") result[key] = choose(a, b);
}

/** `undefined`: any type. */
function commonTypes(a: Schema, b: Schema): string[] | undefined {
  if (a.type === undefined) return b.type === undefined ? undefined : typesOf(b);
  if (b.type === undefined) return typesOf(a);
  const [ours, theirs] = [typesOf(a), typesOf(b)];
  const common = ours.filter(
    (type) => theirs.includes(type) || (type === "integer" && theirs.includes("number")),
  );
  if (
    ours.includes("number") &&
    theirs.includes("integer") &&
    !common.includes("integer") &&
    !theirs.includes("number")
  )
    common.push("integer");
  return common;
}

/** An object that must have a member which nothing fits: two kinds of thing that a `type` tells apart. */
const lacksMember = ({ type, required = [], properties = {} }: Schema): boolean =>
  type === "object" &&
  required.some((name) => Object.hasOwn(properties, name) && isNever(properties[name] ?? {}));

const hasOthers = (closed: Schema, other: Schema): boolean =>
  closed.additionalProperties === false &&
  Object.keys(other.properties ?? {}).some((name) => !Object.hasOwn(closed.properties ?? {}, name));

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
