/** What changed between two schemas, for one direction of the wire. */
import { brief } from "../base/json.ts";
import { boundRule } from "./bounds.ts";
import { type Finding, note, type PlacedFinding } from "./change.ts";
import { createCovers } from "./covers.ts";
import { Found } from "./found.ts";
import type { Kind } from "./kind.ts";
import { compareProperties } from "./properties.ts";
import { type Direction, SPEC_RULES } from "./rules.ts";
import type { Readers, SchemaContext, Side } from "./schema-context.ts";
import type { Shape } from "./shape.ts";
import { signatureOf } from "./signature.ts";
import { type Pairing, pairKinds, variantName } from "./union.ts";
import { sameValues, without } from "./values.ts";
import { changeText, typeText, values } from "./words.ts";

export interface SchemaComparer {
  /** The same two kinds give the same `Finding` objects wherever they are met. */
  compare(before: unknown, after: unknown): PlacedFinding[];
  /** Whether the same values fit both. */
  isSame(before: unknown, after: unknown): boolean;
  /** Equal for schemas that may be the same, of either document. */
  signature(side: Side, schema: unknown): string;
  /** Whether a value is neither a list nor an object. */
  isSingle(side: Side, schema: unknown): boolean;
}

/**
 * A comparer of schemas of two documents. A recursion ends where it comes back to two kinds that are being compared.
 * `isText`: values are written as text, so that what was a number may be a text.
 */
export function createSchemaComparer(read: Readers, direction: Direction, isText = false): SchemaComparer {
  const covers = createCovers(isText, read);
  const knownShapes = new Map<Shape, Map<Shape, PlacedFinding[]>>();
  const knownKinds = new Map<Kind, Map<Kind, PlacedFinding[]>>();
  const rule: SchemaContext["rule"] = (name) => `${direction}-${name}`;

  const compare: SchemaComparer["compare"] = (before, after) =>
    memoised(knownShapes, read.before(before), read.after(after), compareShapes);

  const isSame: SchemaComparer["isSame"] = (before, after) =>
    compare(before, after).every(({ finding }) => SPEC_RULES[finding.rule].level === "annotation");

  const context: SchemaContext = { direction, read, compare, isSame, rule };
  const tell = compareProperties(context);

  const compareShapes = (before: Shape, after: Shape): PlacedFinding[] => {
    const found = new Found();
    const report = (finding: Finding) => found.add(finding);
    const pairing = pairKinds(before.kinds, after.kinds, read.before, read.after);

    compareTypes(before, after, pairing, report);
    for (const { before: old, after: current, label } of pairing.pairs) {
      // Between a type and any type there is no more to say than that.
      if (old.type !== current.type && [old.type, current.type].includes("any")) continue;
      const inner = memoised(knownKinds, old, current, compareKinds);
      found.addBelow(label === undefined ? [] : [{ variant: label }], inner);
    }
    const isAny = [before, after].some(({ kinds }) => kinds.some(({ type }) => type === "any"));
    if (before.nullable !== after.nullable && !isAny) {
      if (after.nullable) report(note(rule("null-allowed"), "may now be null", "not null", "null"));
      else report(note(rule("null-refused"), "may no longer be null", "null"));
    }
    compareAnnotations(before, after, report);
    return found.list;
  };

  /** Kinds without a counterpart: variants of a type that the other side has too, or other types. */
  const compareTypes = (
    before: Shape,
    after: Shape,
    { removed, added, tag }: Pairing,
    report: (finding: Finding) => void,
  ) => {
    const typesOf = ({ kinds }: Shape) => new Set(kinds.map(({ type }) => type));
    const [oldTypes, newTypes] = [typesOf(before), typesOf(after)];
    for (const kind of removed.filter(({ type }) => newTypes.has(type))) {
      const name = variantName(kind, tag, read.before);
      report(note(rule("variant-removed"), `variant ${name} removed`, name));
    }
    for (const kind of added.filter(({ type }) => oldTypes.has(type))) {
      const name = variantName(kind, tag, read.after);
      report(note(rule("variant-added"), `variant ${name} added`, undefined, name));
    }
    const isNarrower = before.kinds.some(
      (kind) => !after.kinds.some((other) => covers(other, kind, "after")),
    );
    const isWider = after.kinds.some((kind) => !before.kinds.some((other) => covers(other, kind, "before")));
    const [from, to] = [typeText(before), typeText(after)];
    if (!isWider && !isNarrower) return;
    const name = isWider && isNarrower ? "type-changed" : isWider ? "type-widened" : "type-narrowed";
    report(note(rule(name), `type changed from ${from} to ${to}`, from, to));
  };

  const compareKinds = (before: Kind, after: Kind): PlacedFinding[] => {
    const found = new Found();
    const report = (finding: Finding) => found.add(finding);
    if (before.deprecated !== after.deprecated)
      report(
        after.deprecated
          ? note(rule("deprecated"), "variant now deprecated")
          : note(rule("undeprecated"), "variant no longer deprecated"),
      );
    compareValues(before, after, report);
    compareBounds(before, after, report);
    if (before.type === "object" && after.type === "object") found.addBelow([], tell(before, after));
    if (before.type === "array" && after.type === "array") compareItems(before, after, found);
    return found.list;
  };

  const compareItems = (before: Kind, after: Kind, found: Found) => {
    const length = Math.max(before.prefix.length, after.prefix.length);
    for (let index = 0; index < length; index++) {
      const inner = compare(before.prefix[index] ?? before.items, after.prefix[index] ?? after.items);
      found.addBelow(["[]", { variant: `item ${index + 1}` }], inner);
    }
    found.addBelow(["[]"], compare(before.items, after.items));
  };

  const compareValues = (before: Kind, after: Kind, report: (finding: Finding) => void) => {
    const [old, current] = [before.values, after.values];
    if (old && current) {
      const [gone, come] = [without(old, current), without(current, old)];
      if (come.length > 0) {
        const text = `value ${values(come)} added`;
        report(note(rule("enum-value-added"), text, undefined, values(come)));
      }
      if (gone.length > 0)
        report(note(rule("enum-value-removed"), `value ${values(gone)} removed`, values(gone)));
    } else if (old) {
      const text = `no longer only ${values(old)}: any ${after.type}`;
      report(note(rule("enum-lifted"), text, values(old), after.type));
    } else if (current) {
      report(note(rule("enum-imposed"), `only ${values(current)} now`, before.type, values(current)));
    } else if (!sameValues(before.examples, after.examples)) {
      const text = "the values named as examples changed (any other is allowed, as before)";
      report(note(rule("examples-changed"), text, values(before.examples), values(after.examples)));
    }
  };

  const compareBounds = (before: Kind, after: Kind, report: (finding: Finding) => void) => {
    for (const keyword of new Set([...before.bounds.keys(), ...after.bounds.keys()])) {
      const [old, current] = [before.bounds.get(keyword), after.bounds.get(keyword)];
      if (old === current) continue;
      const text = changeText(keyword, brief(old), brief(current));
      report(note(rule(boundRule(before.type, keyword, old, current)), text, brief(old), brief(current)));
    }
    for (const keyword of new Set([...before.opaque.keys(), ...after.opaque.keys()])) {
      const [old, current] = [before.opaque.get(keyword), after.opaque.get(keyword)];
      if (old === current) continue;
      const name =
        old === undefined
          ? "condition-added"
          : current === undefined
            ? "condition-removed"
            : "condition-changed";
      const [from, to] = [old?.slice(0, 60), current?.slice(0, 60)];
      report(note(rule(name), changeText(keyword, from, to), from, to));
    }
  };

  const compareAnnotations = (before: Shape, after: Shape, report: (finding: Finding) => void) => {
    if (before.deprecated !== after.deprecated) {
      const until = after.sunset === undefined ? "" : `, until ${after.sunset}`;
      if (after.deprecated) report(note(rule("deprecated"), `now deprecated${until}`));
      else report(note(rule("undeprecated"), "no longer deprecated"));
    } else if (before.sunset !== after.sunset) {
      const [from, to] = [before.sunset, after.sunset];
      report(note(rule("sunset-changed"), changeText("x-sunset", from, to), from, to));
    }
    const [tag, newTag] = [before.discriminator, after.discriminator];
    if (tag !== newTag) {
      const name =
        tag === undefined || newTag === undefined ? "discriminator-noted" : "discriminator-changed";
      report(note(rule(name), changeText("discriminator", tag, newTag), tag, newTag));
    }
    // Null says the same as no default: nothing is put in its place.
    const [old, current] = [brief(before.default ?? undefined), brief(after.default ?? undefined)];
    if (old === current) return;
    // A request that leaves the field out means something else now. That a default is told, or no longer, changes nothing.
    const name = old !== "" && current !== "" ? "default-changed" : "default-noted";
    report(note(rule(name), changeText("default", old, current), old, current));
  };

  return {
    compare,
    isSame,
    signature: (side, schema) => signatureOf(read[side], schema),
    isSingle: (side, schema) =>
      read[side](schema).kinds.every(({ type }) => type !== "array" && type !== "object" && type !== "any"),
  };
}

/** What is being compared counts as the same, where a recursion comes back to it. */
function memoised<T>(
  known: Map<T, Map<T, PlacedFinding[]>>,
  before: T,
  after: T,
  compare: (before: T, after: T) => PlacedFinding[],
): PlacedFinding[] {
  const row = known.get(before) ?? new Map<T, PlacedFinding[]>();
  known.set(before, row);
  const earlier = row.get(after);
  if (earlier) return earlier;
  row.set(after, []);
  try {
    const found = compare(before, after);
    row.set(after, found);
    return found;
  } catch (error) {
    row.delete(after);
    throw error;
  }
}
