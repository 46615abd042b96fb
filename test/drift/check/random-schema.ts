/**
 * Random schemas with a value that fits each, and the faults that can be planted in that value. Schema, value and
 * faults come from one model, so a test knows where each fault must be found without asking the comparer.
 */

import type { ProblemKind } from "../../../src/drift/base/problem.ts";
import type { JsonObject } from "../../../src/openapi/json.ts";

export interface Expected {
  place: string;
  kind: ProblemKind;
}

export type FaultName = "dropped" | "added" | "renamed" | "retyped" | "nulled" | "new enum value";

export interface Fault {
  name: FaultName;
  /** Plants it in the value that it belongs to. */
  plant(): void;
  expected: Expected[];
}

export interface RandomCase {
  document: JsonObject;
  value: JsonObject;
  faults: Fault[];
}

/** Mulberry32: the same numbers for the same seed, on every machine. */
export function createRandom(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    integer: (from: number, to: number) => from + Math.floor(next() * (to - from + 1)),
    chance: (share: number) => next() < share,
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T,
  };
}

export type Random = ReturnType<typeof createRandom>;

/** Where a value stands, to put another in its place. */
interface Holder {
  set(value: unknown): void;
}

interface Made {
  schema: JsonObject;
  value: unknown;
}

/** A document with one answer schema, `Answer`, a value for it, and its faults. */
export function randomCase(seed: number, version: "3.0" | "3.1"): RandomCase {
  const maker = new Maker(createRandom(seed), version);
  const { schema, value } = maker.object("", 0);
  const response = {
    description: "",
    content: { "application/json": { schema: { $ref: "#/components/schemas/Answer" } } },
  };
  const document = {
    openapi: version === "3.0" ? "3.0.3" : "3.1.0",
    info: { title: "random", version: "1" },
    paths: { "/answer": { get: { responses: { "200": response } } } },
    components: { schemas: { ...maker.components, Answer: schema } },
  };
  return { document, value: value as JsonObject, faults: maker.faults };
}

class Maker {
  readonly faults: Fault[] = [];
  readonly components: JsonObject;
  readonly #random: Random;
  readonly #version: "3.0" | "3.1";
  readonly #count: { names: number };

  constructor(random: Random, version: "3.0" | "3.1", components: JsonObject = {}, count = { names: 0 }) {
    this.#random = random;
    this.#version = version;
    this.components = components;
    this.#count = count;
  }

  object(place: string, depth: number, tag?: string): Made {
    const random = this.#random;
    const value: JsonObject = {};
    const properties: JsonObject = {};
    const required: string[] = [];
    if (tag !== undefined) {
      properties.type = { type: "string", enum: [tag] };
      required.push("type");
      value.type = tag;
    }
    for (let count = random.integer(2, 4); count > 0; count--) {
      const name = `f${this.#count.names++}`;
      const inner = place === "" ? name : `${place}.${name}`;
      const isNullable = random.chance(0.3);
      const isRequired = random.chance(0.6) || tag === undefined;
      const field: Holder = {
        set: (next) => {
          value[name] = next;
        },
      };
      const made = this.any(inner, depth + 1, field);
      value[name] = made.value;
      properties[name] = this.#dress(isNullable ? this.#nullable(made.schema) : made.schema);
      if (isRequired) required.push(name);
      this.#faultsOfField(value, name, inner, isRequired, isNullable);
    }
    const unknown = place === "" ? "planted" : `${place}.planted`;
    this.faults.push({
      name: "added",
      plant: () => {
        value.planted = { anything: [1] };
      },
      expected: [{ place: unknown, kind: "unknown" }],
    });
    return { schema: { type: "object", properties, required }, value };
  }

  #faultsOfField(
    value: JsonObject,
    name: string,
    place: string,
    isRequired: boolean,
    isNullable: boolean,
  ): void {
    const missing: Expected[] = isRequired ? [{ place, kind: "missing" }] : [];
    if (isRequired) this.faults.push({ name: "dropped", plant: () => delete value[name], expected: missing });
    if (!isNullable) {
      const plant = () => {
        value[name] = null;
      };
      this.faults.push({ name: "nulled", plant, expected: [{ place, kind: "null" }] });
    }
    const renamed = place.replace(/[^.]*$/, `renamed_${name}`);
    this.faults.push({
      name: "renamed",
      plant: () => {
        value[`renamed_${name}`] = value[name];
        delete value[name];
      },
      expected: [...missing, { place: renamed, kind: "unknown" }],
    });
  }

  any(place: string, depth: number, holder: Holder): Made {
    const kinds = [
      "string",
      "number",
      "integer",
      "boolean",
      "enum",
      "object",
      "array",
      "array",
      "array",
      "union",
      "shapes",
      "choice",
    ] as const;
    const kind = this.#random.pick(depth < 4 ? kinds : kinds.slice(0, 5));
    switch (kind) {
      case "object":
        this.#retype(place, holder, ["text", 5, true]);
        return this.object(place, depth);
      case "array":
        this.#retype(place, holder, ["text", 5, { not: "a list" }]);
        return this.#array(place, depth);
      case "union":
        this.#retype(place, holder, ["text", 5, []]);
        return this.#tagged(place, depth);
      case "shapes":
        this.#retype(place, holder, ["text", 5, []]);
        return this.#shapes(place, depth);
      case "choice":
        return this.#choice(place, depth, holder);
      case "enum":
        return this.#enumeration(place, holder);
      default:
        return this.#scalar(kind, place, holder);
    }
  }

  #scalar(type: "string" | "number" | "integer" | "boolean", place: string, holder: Holder): Made {
    const values = { string: "text", number: 1.5, integer: 7, boolean: false };
    const wrong = {
      string: [1, true, {}],
      number: ["1.5", false],
      integer: [1.5, "7"],
      boolean: ["false", 0],
    }[type];
    this.#retype(place, holder, wrong);
    return { schema: { type }, value: values[type] };
  }

  #enumeration(place: string, holder: Holder): Made {
    this.faults.push({
      name: "new enum value",
      plant: () => holder.set("planted value"),
      expected: [{ place, kind: "enum" }],
    });
    this.#retype(place, holder, [3, ["one"]]);
    return {
      schema: { type: "string", enum: ["one", "two", "three"] },
      value: this.#random.pick(["one", "two"]),
    };
  }

  #array(place: string, depth: number): Made {
    const list: unknown[] = [];
    const item = (index: number): Holder => ({
      set: (next) => {
        list[index] = next;
      },
    });
    const made = this.any(`${place}[]`, depth + 1, item(0));
    // Copies, so that a fault in one item is the only one.
    list.push(made.value, structuredClone(made.value), structuredClone(made.value));
    return { schema: { type: "array", items: this.#dress(made.schema) }, value: list };
  }

  /** Objects that a `type` field tells apart. */
  #tagged(place: string, depth: number): Made {
    const tags = ["alpha", "beta", "gamma"];
    const chosen = this.#random.integer(0, 2);
    // The branches that the value is not of have no faults of their own.
    const others = new Maker(this.#random, this.#version, this.components, this.#count);
    const made = tags.map((tag, index) => {
      const maker = index === chosen ? this : others;
      return maker.object(place, depth + 1, tag);
    });
    const value = made[chosen]?.value as JsonObject;
    this.faults.push({
      name: "new enum value",
      plant: () => {
        value.type = "planted value";
      },
      expected: [{ place: `${place}.type`, kind: "enum" }],
    });
    const key = this.#random.pick(["oneOf", "anyOf"]);
    return { schema: { [key]: made.map(({ schema }) => this.#dress(schema)) }, value };
  }

  /** Objects that only their fields tell apart. */
  #shapes(place: string, depth: number): Made {
    const others = new Maker(this.#random, this.#version, this.components, this.#count);
    const other = others.object(place, depth + 1);
    const made = this.object(place, depth + 1);
    const branches = [this.#dress(other.schema), this.#dress(made.schema)];
    return { schema: { anyOf: this.#random.chance(0.5) ? branches : branches.reverse() }, value: made.value };
  }

  /** A text, or a list, or an object: told apart by their types alone. */
  #choice(place: string, depth: number, holder: Holder): Made {
    this.#retype(place, holder, [5, true]);
    const chosen = this.#random.integer(0, 2);
    const list =
      chosen === 1 ? this.#array(place, depth + 1) : { schema: { type: "array", items: {} }, value: [] };
    const object = chosen === 2 ? this.object(place, depth + 1) : { schema: { type: "object" }, value: {} };
    const branches = [{ schema: { type: "string" }, value: "text" }, list, object];
    return { schema: { anyOf: branches.map(({ schema }) => schema) }, value: branches[chosen]?.value };
  }

  #retype(place: string, holder: Holder, wrong: readonly unknown[]): void {
    const value = this.#random.pick(wrong);
    this.faults.push({
      name: "retyped",
      plant: () => holder.set(value),
      expected: [{ place, kind: "type" }],
    });
  }

  /** The same schema in other clothes: as it is, behind a reference, or in an `allOf`. */
  #dress(schema: JsonObject): JsonObject {
    const clothes = this.#random.integer(0, 3);
    if (clothes > 1) return schema;
    const name = `S${this.#count.names++}`;
    this.components[name] = schema;
    const reference = { $ref: `#/components/schemas/${name}` };
    return clothes === 0 ? reference : { description: "The same.", allOf: [reference] };
  }

  #nullable(schema: JsonObject): JsonObject {
    if (this.#version === "3.0") return { ...schema, nullable: true };
    const isPlain = typeof schema.type === "string" && !("enum" in schema);
    return isPlain ? { ...schema, type: [schema.type, "null"] } : { anyOf: [schema, { type: "null" }] };
  }
}
