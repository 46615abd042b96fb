/** What changed between two schemas, for one direction of the wire. */
import type { OpenApiDocument } from "../../openapi/document.ts";
import { includesValue } from "../../openapi/flatten.ts";
import { brief } from "../base/json.ts";
import { boundEffect } from "./bounds.ts";
import { type Direction, type Finding, levelOf, type PlacedFinding, type Step } from "./change.ts";
import { covers, type Kind } from "./kind.ts";
import { createShapeReader, type Shape } from "./shape.ts";
import { type Pairing, pairKinds, variantName } from "./union.ts";
import { changeText, note, sameValues, typeText, values } from "./words.ts";

export type SchemaComparer = (before: unknown, after: unknown) => PlacedFinding[];

/**
 * A comparer of schemas of two documents. The same two kinds give the same `Finding` objects wherever they are met, and
 * a recursion ends where it comes back to two kinds that are being compared.
 */
export function createSchemaComparer(
  oldDocument: OpenApiDocument,
  newDocument: OpenApiDocument,
  direction: Direction,
): SchemaComparer {
  const readOld = createShapeReader(oldDocument);
  const readNew = createShapeReader(newDocument);
  const known = new Map<Kind, Map<Kind, PlacedFinding[]>>();

  const compareSchemas: SchemaComparer = (before, after) => compareShapes(readOld(before), readNew(after));

  const compareShapes = (before: Shape, after: Shape): PlacedFinding[] => {
    const found: PlacedFinding[] = [];
    const report = (finding: Finding, steps: Step[] = []) => found.push({ finding, steps });
    const pairing = pairKinds(before.kinds, after.kinds, readOld, readNew);

    compareTypes(before, after, pairing, report);
    for (const { before: old, after: current, label } of pairing.pairs) {
      // Between a type and any type there is no more to say than that.
      if (old.type !== current.type && [old.type, current.type].includes("any")) continue;
      const inner = compareKinds(old, current);
      found.push(...inner.map(({ finding, steps }) => placed(finding, label, steps)));
    }
    const isAny = [before, after].some(({ kinds }) => kinds.some(({ type }) => type === "any"));
    if (before.nullable !== after.nullable && !isAny) {
      if (after.nullable)
        report(note("nullable", levelOf(direction, "wider"), "may now be null", "not null", "null"));
      else report(note("not-nullable", levelOf(direction, "narrower"), "may no longer be null", "null"));
    }
    compareAnnotations(before, after, report);
    return found;
  };

  /** Kinds without a counterpart: variants of a type that the other side has too, or other types. */
  const compareTypes = (
    before: Shape,
    after: Shape,
    { removed, added }: Pairing,
    report: (finding: Finding) => void,
  ) => {
    for (const kind of removed.filter(({ type }) => after.kinds.some((other) => other.type === type))) {
      const name = variantName(kind, sameType(before, kind), sameType(after, kind), readOld, readNew);
      report(note("variant-removed", levelOf(direction, "narrower"), `variant ${name} removed`, name));
    }
    for (const kind of added.filter(({ type }) => before.kinds.some((other) => other.type === type))) {
      const name = variantName(kind, sameType(after, kind), sameType(before, kind), readNew, readOld);
      report(note("variant-added", levelOf(direction, "wider"), `variant ${name} added`, undefined, name));
    }
    const isNarrower = before.kinds.some(
      ({ type }) => !after.kinds.some((other) => covers(other.type, type)),
    );
    const isWider = after.kinds.some(({ type }) => !before.kinds.some((other) => covers(other.type, type)));
    if (!isWider && !isNarrower) return;
    const effect = isWider && isNarrower ? "other" : isWider ? "wider" : "narrower";
    const [from, to] = [typeText(before), typeText(after)];
    report(note("type", levelOf(direction, effect), `type changed from ${from} to ${to}`, from, to));
  };

  const placed = (finding: Finding, label: string | undefined, steps: Step[]): PlacedFinding => ({
    finding,
    steps: label === undefined ? steps : [{ variant: label }, ...steps],
  });

  const compareKinds = (before: Kind, after: Kind): PlacedFinding[] => {
    const row = known.get(before) ?? new Map<Kind, PlacedFinding[]>();
    known.set(before, row);
    const earlier = row.get(after);
    if (earlier) return earlier;
    row.set(after, []);
    const found: PlacedFinding[] = [];
    const report = (finding: Finding, steps: Step[] = []) => found.push({ finding, steps });
    compareValues(before, after, report);
    compareBounds(before, after, report);
    if (before.type === "object" && after.type === "object") {
      compareProperties(before, after, found);
      compareFurther(before, after, found);
    }
    if (before.type === "array" && after.type === "array") {
      found.push(...under(["[]"], compareSchemas(before.items, after.items)));
    }
    const told = withFewPlaces(found);
    row.set(after, told);
    return told;
  };

  const compareValues = (before: Kind, after: Kind, report: (finding: Finding) => void) => {
    const [old, current] = [before.values, after.values];
    if (old && current) {
      const gone = old.filter((value) => !includesValue(current, value));
      const come = current.filter((value) => !includesValue(old, value));
      if (come.length > 0) {
        const text = `value ${values(come)} added`;
        report(note("enum", levelOf(direction, "wider"), text, undefined, values(come)));
      }
      if (gone.length > 0) {
        report(note("enum", levelOf(direction, "narrower"), `value ${values(gone)} removed`, values(gone)));
      }
    } else if (old) {
      const text = `no longer only ${values(old)}: any ${after.type}`;
      report(note("enum", levelOf(direction, "wider"), text, values(old), after.type));
    } else if (current) {
      const text = `only ${values(current)} now`;
      report(note("enum", levelOf(direction, "narrower"), text, before.type, values(current)));
    } else if (!sameValues(before.examples, after.examples)) {
      const text = "the values named as examples changed (any other is allowed, as before)";
      report(note("examples", "annotation", text, values(before.examples), values(after.examples)));
    }
  };

  const compareBounds = (before: Kind, after: Kind, report: (finding: Finding) => void) => {
    for (const keyword of new Set([...before.bounds.keys(), ...after.bounds.keys()])) {
      const [old, current] = [before.bounds.get(keyword), after.bounds.get(keyword)];
      if (old === current) continue;
      const effect = boundEffect(keyword, old, current);
      const level = effect ? levelOf(direction, effect) : "annotation";
      const text = changeText(keyword, brief(old), brief(current));
      report(note("constraint", level, text, brief(old), brief(current)));
    }
    for (const keyword of new Set([...before.opaque.keys(), ...after.opaque.keys()])) {
      const [old, current] = [before.opaque.get(keyword), after.opaque.get(keyword)];
      if (old === current) continue;
      const effect = old === undefined ? "narrower" : current === undefined ? "wider" : "other";
      const [from, to] = [old?.slice(0, 60), current?.slice(0, 60)];
      report(note("constraint", levelOf(direction, effect), changeText(keyword, from, to), from, to));
    }
  };

  const compareProperties = (before: Kind, after: Kind, found: PlacedFinding[]) => {
    const isSilent = ({ readOnly, writeOnly }: Shape) => (direction === "request" ? readOnly : writeOnly);
    const [old, current] = [before.properties, after.properties];
    for (const name of new Set([...old.keys(), ...current.keys(), ...before.required, ...after.required])) {
      const shapeBefore = old.has(name) ? readOld(old.get(name)) : undefined;
      const shapeAfter = current.has(name) ? readNew(current.get(name)) : undefined;
      const had = shapeBefore && !isSilent(shapeBefore) ? shapeBefore : undefined;
      const has = shapeAfter && !isSilent(shapeAfter) ? shapeAfter : undefined;
      const report = (finding: Finding) => found.push({ finding, steps: [name] });
      if (has && !had) report(fieldAdded(has, after.required.has(name)));
      else if (had && !has) report(fieldRemoved(had));
      else if ((had && has) || (!shapeBefore && !shapeAfter)) {
        compareRequired(before.required.has(name), after.required.has(name), report);
        if (had) found.push(...under([name], compareSchemas(old.get(name), current.get(name))));
      }
    }
  };

  const fieldAdded = (shape: Shape, isRequired: boolean): Finding => {
    const level = direction === "request" && isRequired ? "breaking" : "additive";
    const word = isRequired ? (direction === "request" ? "required" : "always there") : "optional";
    const text = `new field (${word}, ${typeText(shape)})${shape.deprecated ? ", deprecated from the start" : ""}`;
    return note("field-added", level, text, undefined, typeText(shape));
  };

  const fieldRemoved = (shape: Shape): Finding =>
    note("field-removed", "breaking", `field removed (was ${typeText(shape)})`, typeText(shape));

  const compareRequired = (was: boolean, is: boolean, report: (finding: Finding) => void) => {
    if (was === is) return;
    const words = direction === "request" ? ["required", "optional"] : ["always there", "sometimes absent"];
    const [from, to] = was ? words : [...words].reverse();
    const level = levelOf(direction, is ? "narrower" : "wider");
    report(note(is ? "required" : "optional", level, `now ${to}`, from, to));
  };

  /** Fields that are not named. In answers they only add: a caller has to pass over what it does not know. */
  const compareFurther = (before: Kind, after: Kind, found: PlacedFinding[]) => {
    const [old, current] = [before.additional, after.additional];
    if (old === current) return;
    if (typeof old === "object" && typeof current === "object") {
      found.push(...under(["*"], compareSchemas(old, current)));
      return;
    }
    const words = (rest: unknown) =>
      rest === true
        ? "any"
        : rest === false
          ? "none"
          : `of type ${typeText(rest === old ? readOld(rest) : readNew(rest))}`;
    const effect = current === false || (old === true && current !== true) ? "narrower" : "wider";
    const isHarmless = direction === "response" && (typeof old !== "object" || current === false);
    const level = isHarmless ? "additive" : levelOf(direction, effect);
    const [from, to] = [words(old), words(current)];
    const text = `further fields: ${from} before, ${to} now`;
    found.push({ finding: note("further-fields", level, text, from, to), steps: [] });
  };

  const compareAnnotations = (before: Shape, after: Shape, report: (finding: Finding) => void) => {
    if (before.deprecated !== after.deprecated) {
      report(note("deprecated", "annotation", after.deprecated ? "now deprecated" : "no longer deprecated"));
    }
    // Null says the same as no default: nothing is put in its place.
    const [old, current] = [brief(before.default ?? undefined), brief(after.default ?? undefined)];
    if (old === current) return;
    // A request that leaves the field out means something else now. That a default is told, or no longer, changes nothing.
    const isOther = direction === "request" && old !== "" && current !== "";
    report(
      note("default", isOther ? "breaking" : "annotation", changeText("default", old, current), old, current),
    );
  };

  return compareSchemas;
}

// A schema that two fields have, which two fields have, … stands in two to the power of n places.
const MAX_PLACES = 50;

function withFewPlaces(found: readonly PlacedFinding[]): PlacedFinding[] {
  const places = new Map<Finding, number>();
  return found.filter(({ finding }) => {
    const count = (places.get(finding) ?? 0) + 1;
    places.set(finding, count);
    return count <= MAX_PLACES;
  });
}

const sameType = (shape: Shape, kind: Kind): Kind[] => shape.kinds.filter(({ type }) => type === kind.type);

const under = (steps: Step[], found: readonly PlacedFinding[]): PlacedFinding[] =>
  found.map((item) => ({ finding: item.finding, steps: [...steps, ...item.steps] }));
