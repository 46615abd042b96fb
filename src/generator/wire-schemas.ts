/** The answers as the adapter reads them: of each role the places of the table, relaxed, under names of their own. */

import { type CheckedRole, type Member, READS, type Reads } from "../provider/base/reads.ts";
import { formsOf, inlined } from "./find.ts";
import { makeNullable, relax } from "./relax.ts";
import { placeOf, refName, refTo, type Schema, type Schemas, splitNotes, typesOf } from "./schema.ts";
import type { Api, Role } from "./select.ts";

export interface Wire {
  /** Closed in itself: refers to no component of the document. */
  schemas: Schemas;
  /** The roles that the document has, as far as the adapter could go on with them. */
  roles: CheckedRole[];
  /** Members of objects of the document that a call can't go on without, by object. */
  needed: ReadonlyMap<Schema, ReadonlySet<string>>;
  missing: Missing[];
}

/** A place that the adapter reads and the document does not have. */
export interface Missing {
  role: CheckedRole;
  /** Such as `choices[].message.reasoning`; empty for the answer itself. */
  place: string;
  isNeeded: boolean;
  /** Where the document has the object that could have it, and says nothing of it. */
  owner?: string | undefined;
}

export function wireSchemas({ schemas, roles }: Pick<Api, "schemas" | "roles">): Wire {
  const builder = new Builder(schemas);
  const present = Object.entries(READS).flatMap(([role, reads]) => {
    const name = roles.get(role as Role);
    if (name === undefined) return [];
    return builder.build(role as CheckedRole, name, reads) ? [role as CheckedRole] : [];
  });
  return { schemas: builder.schemas, roles: present, needed: builder.needed, missing: builder.missing };
}

class Builder {
  readonly schemas: Record<string, Schema> = {};
  readonly needed = new Map<Schema, Set<string>>();
  missing: Missing[] = [];
  readonly #components: Schemas;
  #role: CheckedRole = "ChatAnswer";

  constructor(components: Schemas) {
    this.#components = components;
  }

  /** False where a place that the adapter needs is not in the document. */
  build(role: CheckedRole, name: string, reads: Reads): boolean {
    this.#role = role;
    const made = this.#value(refTo(name), { ...reads, need: true }, "");
    if (!made) {
      this.missing.push({ role, place: "", isNeeded: true });
      return false;
    }
    if (refName(made.$ref ?? "") !== role) this.schemas[role] = made;
    return true;
  }

  /** Nothing where none of the forms that the document has is one that the adapter reads. */
  #value(schema: Schema, reads: Member, place: string): Schema | undefined {
    const tries = formsOf(this.#components, schema)
      .filter((form) => !isOnlyNull(form))
      .map((form) => this.#tried(() => this.#form(form, reads, place)));
    const good = tries.flatMap(({ made, missing }) => (made ? [{ made, missing }] : []));
    // Missing is what none of the forms has.
    const [first, ...others] = good.length > 0 ? good : tries;
    for (const one of first?.missing ?? [])
      if (others.every(({ missing }) => missing.some(({ place }) => place === one.place)))
        this.missing.push(one);
    const distinct = [...new Map(good.map(({ made }) => [JSON.stringify(made), made])).values()];
    const [only] = distinct;
    if (!only) return undefined;
    const union = distinct.length === 1 ? only : { anyOf: distinct };
    const { notes } = splitNotes(schema);
    return { ...(reads.as === undefined ? union : this.#named(reads.as, union)), ...notes };
  }

  /** What a step made, and what it found missing. */
  #tried(step: () => Schema | undefined): { made: Schema | undefined; missing: Missing[] } {
    const outer = this.missing;
    this.missing = [];
    const made = step();
    const { missing } = this;
    this.missing = outer;
    return { made, missing };
  }

  #form(form: Schema, reads: Member, place: string): Schema | undefined {
    if (reads.any) return {};
    if (reads.of) return form.properties ? this.#object(form, form.properties, reads.of, place) : undefined;
    if (!reads.each) return this.#whole(form, reads);
    if (!typesOf(form).includes("array")) return undefined;
    const items = this.#value(form.items ?? {}, reads.each, `${place}[]`);
    return items && { type: "array", items, ...(reads.need === "filled" && { minItems: 1 }) };
  }

  #object(
    form: Schema,
    known: Record<string, Schema>,
    reads: Readonly<Record<string, Member>>,
    place: string,
  ): Schema | undefined {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    let lacks = false;
    for (const [name, member] of Object.entries(reads)) {
      const at = place ? `${place}.${name}` : name;
      const schema = Object.hasOwn(known, name) ? known[name] : undefined;
      const made = schema && this.#value(schema, member, at);
      if (!made) {
        if (!made && this.missing.every((one) => one.place !== at))
          this.missing.push({
            role: this.#role,
            place: at,
            isNeeded: member.need !== undefined,
            owner: schema ? undefined : placeOf(form),
          });
        lacks ||= member.need !== undefined;
        continue;
      }
      properties[name] = member.need === undefined ? makeNullable(made) : made;
      if (member.need !== undefined) required.push(name);
    }
    // The adapter could not go on with one of these.
    if (lacks) return undefined;
    this.#note(form, required);
    const { notes } = splitNotes(form);
    return { ...notes, type: "object", properties, ...(required.length > 0 && { required }) };
  }

  /** Read in several places, a member is needed only if it is needed in each. */
  #note(form: Schema, required: readonly string[]): void {
    const known = this.needed.get(form);
    this.needed.set(form, new Set(known ? required.filter((name) => known.has(name)) : required));
  }

  /** A value that is read whole: with all that it refers to, for this is a copy that stands alone. */
  #whole(schema: Schema, reads: Member): Schema {
    const copied = inlined(this.#components, schema);
    const relaxed = relax(copied, () => new Set());
    return reads.need === "filled" ? { ...relaxed, minItems: 1 } : relaxed;
  }

  /** The same name for the same schema; another of its reading gets a name beside it. */
  #named(wanted: string, schema: Schema): Schema {
    const text = JSON.stringify(schema);
    let name = wanted;
    for (let i = 2; ; i++) {
      const known = this.schemas[name];
      if (known === undefined) this.schemas[name] = schema;
      if (known === undefined || JSON.stringify(known) === text) return refTo(name);
      name = `${wanted}${i}`;
    }
  }
}

const isOnlyNull = (schema: Schema): boolean =>
  (typesOf(schema).length === 1 && typesOf(schema)[0] === "null") ||
  (schema.enum?.length === 1 && schema.enum[0] === null);
