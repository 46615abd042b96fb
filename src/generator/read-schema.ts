/** From the schemas of a document to the one form. What can't be read costs its own place, and is noted. */
import type { OpenApiDocument } from "../openapi/document.ts";
import { below, JSON_TYPES, pointerSegments } from "../openapi/json.ts";
import { isObject, valueAt } from "../provider/base/values.ts";
import { finish } from "./finish.ts";
import { type Intersecting, intersect } from "./intersect.ts";
import { NOTES, never, placed, refName, refTo, type Schema, splitNotes } from "./schema.ts";

/** Something that is left out of what is generated, at a JSON pointer of the document as written. */
export interface Note {
  place: string;
  problem: string;
}

/** Keywords that a schema is held to, but that have no counterpart in what is generated. */
const UNCHECKED = new Set([
  ...["not", "if", "then", "else", "contains", "minContains", "maxContains", "prefixItems"],
  ...["patternProperties", "propertyNames", "dependentRequired", "dependentSchemas"],
  ...["unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"],
]);

const isFigure = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;
const isFlag = (value: unknown): boolean => typeof value === "boolean";

/** Keywords with a plain value: what it must be. */
const PLAIN = new Map<string, { expected: string; fits(value: unknown): boolean }>([
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map(
    (key) => [key, { expected: "a number", fits: isFigure }] as const,
  ),
  ["multipleOf", { expected: "a number above 0", fits: (value) => isFigure(value) && Number(value) > 0 }],
  ...["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"].map(
    (key) => [key, { expected: "a whole number", fits: isCount }] as const,
  ),
  ["uniqueItems", { expected: "true or false", fits: isFlag }],
  ["pattern", { expected: "a regular expression", fits: isPattern }],
]);

function isPattern(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    new RegExp(value, "u");
    return true;
  } catch {
    return false;
  }
}

// Each level takes some of the stack of whatever prints it. A reference takes less: it is printed where it leads.
const MOST_INSIDE = 100;
const MOST_IN_ALL = 600;

export class SchemaReader implements Intersecting {
  readonly notes: Note[] = [];
  readonly #document: OpenApiDocument;
  /** By the reference as it is written. */
  readonly #names = new Map<string, string>();
  readonly #schemas = new Map<string, Schema | undefined>();
  /** Schemas around the one that is read: written around it, and all, with those that refer to it. */
  #depth = { inside: 0, inAll: 0 };

  constructor(document: OpenApiDocument) {
    this.#document = document;
  }

  /** Everything that was referred to, by name, in order of the names. */
  get schemas(): Record<string, Schema> {
    const entries = [...this.#schemas].flatMap(([name, schema]) => (schema ? [[name, schema] as const] : []));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A schema in the one form. `place` is its pointer, should it have none of its own. */
  read(value: unknown, place: string): Schema {
    return finish(this.#read(value, place));
  }

  /** Gives a schema that stands at a place of its own a name, so that it can be referred to. */
  name(wanted: string, schema: Schema): string {
    const name = this.#freeName(wanted);
    this.#schemas.set(name, schema);
    return name;
  }

  /** What a name stands for; `undefined` while it is being read, for then it contains itself. */
  resolve(name: string): Schema | undefined {
    return this.#schemas.get(name);
  }

  note(place: string, problem: string): void {
    this.notes.push({ place, problem });
  }

  #read(value: unknown, near: string): Schema {
    if (value === undefined || value === true) return {};
    if (value === false) return never();
    const place = (isObject(value) && this.#document.pointers.get(value)) || near;
    if (!isObject(value)) {
      this.note(place, `expected a schema, got ${JSON.stringify(value)}`);
      return {};
    }
    const { inside, inAll } = this.#depth;
    if (inside >= MOST_INSIDE || inAll >= MOST_IN_ALL) {
      this.note(
        place,
        `stands in ${inside >= MOST_INSIDE ? inside : inAll} schemas, one in the other, so anything passes here`,
      );
      return {};
    }
    this.#depth = { inside: inside + 1, inAll: inAll + 1 };
    const schema = this.#readObject(value, place);
    this.#depth = { inside, inAll };
    return schema;
  }

  #readObject(value: Record<string, unknown>, place: string): Schema {
    const own: Schema = {};
    const unions: Schema[] = [];
    const parts: Schema[] = [];
    for (const [keyword, said] of Object.entries(value)) {
      const at = below(place, keyword);
      if (keyword === "$ref") parts.push(this.#reference(said, place));
      else if (keyword === "allOf") parts.push(...this.#list(said, at));
      else if (keyword === "anyOf" || keyword === "oneOf") {
        const branches = this.#list(said, at);
        if (branches.length > 0) unions.push({ [keyword]: branches });
      } else this.#keyword(own, keyword, said, at);
    }
    const { notes, rest } = splitNotes(own);
    return placed(this.#all(notes, [...parts, rest, ...unions], place), place);
  }

  #keyword(own: Schema, keyword: string, said: unknown, place: string): void {
    const plain = PLAIN.get(keyword);
    if (plain) {
      if (plain.fits(said)) own[keyword] = said;
      else this.note(place, `expected ${plain.expected}, got ${brief(said)}`);
    } else if (NOTES.has(keyword)) {
      if (keyword !== "description" || typeof said === "string") own[keyword] = said;
    } else if (UNCHECKED.has(keyword)) {
      this.note(place, `${keyword} is not checked`);
    } else this.#structure(own, keyword, said, place);
  }

  #structure(own: Schema, keyword: string, said: unknown, place: string): void {
    switch (keyword) {
      case "type":
        this.#types(own, said, place);
        break;
      case "const":
        this.#values(own, [said], place);
        break;
      case "enum":
        if (Array.isArray(said)) this.#values(own, said, place);
        else this.note(place, `expected a list, got ${brief(said)}`);
        break;
      case "required":
        // `required: true` of a property is a habit from elsewhere, and means nothing here.
        if (Array.isArray(said)) own.required = said.filter((name) => typeof name === "string");
        break;
      case "properties":
        if (isObject(said)) own.properties = this.#properties(said, place);
        else this.note(place, `expected an object, got ${brief(said)}`);
        break;
      case "additionalProperties":
        own.additionalProperties = typeof said === "boolean" ? said : this.read(said, place);
        break;
      case "items":
        if (Array.isArray(said)) this.note(place, "a list of items is not checked");
        else own.items = this.read(said, place);
        break;
      default:
      // Vendors' own words and annotations: harmless.
    }
  }

  #types(own: Schema, said: unknown, place: string): void {
    const types: unknown[] = [said].flat();
    // In one order, null last.
    const known = [...JSON_TYPES.slice(1), "null"].filter((type) => types.includes(type));
    if (known.length < types.length || known.length === 0)
      this.note(place, `expected types of JSON Schema, got ${brief(said)}`);
    else own.type = known.length === 1 ? (known[0] ?? []) : known;
  }

  #values(own: Schema, values: unknown[], place: string): void {
    if (values.every((value) => value === null || typeof value !== "object")) own.enum = values;
    else this.note(place, "that only certain lists or objects are valid is not checked");
  }

  #properties(said: Record<string, unknown>, place: string): Record<string, Schema> {
    return Object.fromEntries(
      Object.entries(said).map(([name, schema]) => [name, this.read(schema, below(place, name))]),
    );
  }

  #list(said: unknown, place: string): Schema[] {
    if (Array.isArray(said)) return said.map((one, index) => this.#read(one, below(place, index)));
    this.note(place, `expected a list of schemas, got ${brief(said)}`);
    return [];
  }

  #reference(said: unknown, place: string): Schema {
    if (typeof said !== "string" || !said.startsWith("#")) {
      this.note(place, `the reference ${brief(said)} leaves the document, so anything passes here`);
      return {};
    }
    const known = this.#names.get(said);
    if (known !== undefined) return refTo(known);
    const segments = pointerSegments(said.slice(1));
    const target = valueAt(this.#document.root, segments);
    if (target === undefined) {
      this.note(place, `the reference ${said} points to nothing, so anything passes here`);
      return {};
    }
    const isComponent = segments.length === 3 && segments[0] === "components" && segments[1] === "schemas";
    const name = this.#freeName(isComponent ? (segments[2] ?? "") : segments.slice(-2).join("_"));
    this.#names.set(said, name);
    this.#schemas.set(name, undefined);
    const around = this.#depth;
    this.#depth = { ...around, inside: 0 };
    const schema = this.read(target, said.slice(1));
    this.#depth = around;
    if (this.#leadsTo(name, schema)) {
      this.note(said.slice(1), `${name} refers only to itself, so anything passes here`);
      this.#schemas.set(name, {});
    } else this.#schemas.set(name, schema);
    return refTo(name);
  }

  /** Whether a schema is a reference, by others or at once, to the name itself, and nothing more. */
  #leadsTo(name: string, schema: Schema): boolean {
    const met = new Set<string>();
    for (let at: Schema | undefined = schema; at?.$ref !== undefined; ) {
      const next = refName(at.$ref);
      if (next === name) return true;
      if (met.has(next)) return false;
      met.add(next);
      at = this.#schemas.get(next);
    }
    return false;
  }

  #freeName(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#schemas.has(name); i++) name = `${wanted}_${i}`;
    return name;
  }

  /** One schema that asks what all parts ask. Parts that ask nothing leave their notes. */
  #all(notes: Schema, parts: readonly Schema[], place: string): Schema {
    const asking: Schema[] = [];
    let added: Schema = {};
    for (const part of parts) {
      const { notes: own, rest } = splitNotes(part);
      if (Object.keys(rest).length === 0) added = { ...own, ...added };
      else asking.push(part);
    }
    const [first = {}, ...others] = asking;
    const merged = others.reduce((all, part) => intersect(all, part, this, place), first);
    return { ...merged, ...added, ...notes };
  }
}

/** A value of the document in an error's text. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
