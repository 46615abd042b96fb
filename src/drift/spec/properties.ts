/** What changed in the fields of an object. */
import { type Finding, note, type PlacedFinding } from "./change.ts";
import { Found } from "./found.ts";
import type { Kind } from "./kind.ts";
import { findRenames, type Member, type Renames } from "./rename.ts";
import type { SchemaContext, Side } from "./schema-context.ts";
import type { Shape } from "./shape.ts";
import { signatureOf } from "./signature.ts";
import { typeText } from "./words.ts";

/** A field on one side: undefined where there is none. */
interface Field {
  schema: unknown;
  shape: Shape;
  required: boolean;
  /** Whether it never comes in this direction: `readOnly` is not sent, `writeOnly` not answered. */
  isSilent: boolean;
}

/** Gives the comparison of two objects' fields, named or not. */
export function compareProperties(context: SchemaContext): (before: Kind, after: Kind) => PlacedFinding[] {
  const { direction, read, compare, isSame, rule } = context;
  const origin = createOrigin();

  const fieldOf = (kind: Kind, name: string, side: Side): Field | undefined => {
    if (!kind.properties.has(name)) return undefined;
    const schema = kind.properties.get(name);
    const shape = read[side](schema);
    const isSilent = direction === "request" ? shape.readOnly : shape.writeOnly;
    return { schema, shape, required: kind.required.has(name), isSilent };
  };

  const onlyIn = (kind: Kind, other: Kind, side: Side): Member[] =>
    [...kind.properties.keys()].flatMap((name) => {
      const field = other.properties.has(name) ? undefined : fieldOf(kind, name, side);
      if (!field || field.isSilent) return [];
      const signature = () => `${field.required} ${signatureOf(read[side], field.schema)}`;
      return [{ name, schema: field.schema, signature }];
    });

  return (before, after) => {
    // The object's own changes first: of a recursion the outermost place is told.
    const found = new Found();
    const within: { name: string; found: readonly PlacedFinding[] }[] = [];
    const renames = findRenames(onlyIn(before, after, "before"), onlyIn(after, before, "after"), isSame);
    const names = [before.properties, after.properties, before.required, after.required];
    for (const name of new Set(names.flatMap((map) => [...map.keys()]))) {
      const [old, current] = [fieldOf(before, name, "before"), fieldOf(after, name, "after")];
      const report = (from: unknown, to: unknown, finding: Finding) =>
        found.add(origin(from, to, name, finding), name);
      if (old && current && !old.isSilent && !current.isSilent)
        within.push({ name, found: compare(old.schema, current.schema) });
      const isThere = [old, current].map((field) => field !== undefined && !field.isSilent);
      const change = fieldChange(name, old, current, renames);
      if (change) report(old?.schema, current?.schema, change);
      else if (isThere[0] === isThere[1] && (isThere[0] || (!old && !current))) {
        const [was, is] = [before.required.get(name), after.required.get(name)];
        if (!was !== !is) report(was, is, requiredChange(is !== undefined));
      }
    }
    comparePatterns(before, after, found);
    compareFurther(before, after, found);
    for (const { name, found: inner } of within) found.addBelow([name], inner);
    return found.list;
  };

  /** A field that is new, gone, or has another name. */
  function fieldChange(
    name: string,
    old: Field | undefined,
    current: Field | undefined,
    renames: Renames,
  ): Finding | undefined {
    const had = old && !old.isSilent;
    const has = current && !current.isSilent;
    if (has && !had) return renames.come.has(name) ? undefined : added(current, old !== undefined);
    if (!had || has) return undefined;
    if (current) {
      const word = direction === "request" ? "readOnly: no longer sent" : "writeOnly: no longer answered";
      return note(rule("field-closed"), `now ${word}`, typeText(old.shape), word);
    }
    const to = renames.gone.get(name);
    if (to !== undefined)
      return note(rule("field-renamed"), `field renamed to ${JSON.stringify(to)}`, name, to);
    return note(rule("field-removed"), `field removed (was ${typeText(old.shape)})`, typeText(old.shape));
  }

  function added({ shape, required }: Field, wasSilent: boolean): Finding {
    const word = required ? (direction === "request" ? "required" : "always there") : "optional";
    const silent = direction === "request" ? "readOnly" : "writeOnly";
    const what = wasSilent ? `field no longer ${silent}` : "new field";
    const text = `${what} (${word}, ${typeText(shape)})${shape.deprecated ? ", deprecated from the start" : ""}`;
    const name = required ? "required-field-added" : "field-added";
    return note(rule(name), text, undefined, typeText(shape));
  }

  function requiredChange(isRequired: boolean): Finding {
    const words = direction === "request" ? ["required", "optional"] : ["always there", "sometimes absent"];
    const [to, from] = isRequired ? words : [...words].reverse();
    return note(rule(isRequired ? "field-required" : "field-optional"), `now ${to}`, from, to);
  }

  function comparePatterns(before: Kind, after: Kind, found: Found): void {
    for (const pattern of new Set([...before.patterns.keys(), ...after.patterns.keys()])) {
      const [old, current] = [before.patterns.get(pattern), after.patterns.get(pattern)];
      if (old !== undefined && current !== undefined)
        found.addBelow(["*", { variant: pattern }], compare(old, current));
      else {
        const name = old === undefined ? "condition-added" : "condition-removed";
        const word =
          old === undefined ? "have a schema of their own now" : "no longer have a schema of their own";
        const text = `fields like ${JSON.stringify(pattern)} ${word}`;
        found.add(origin(old, current, pattern, note(rule(name), text)));
      }
    }
  }

  /** Fields that are not named. In answers they only add: a caller has to pass over what it does not know. */
  function compareFurther(before: Kind, after: Kind, found: Found): void {
    const [old, current] = [before.additional, after.additional];
    if (old === current) return;
    if (typeof old === "object" && typeof current === "object") {
      found.addBelow(["*"], compare(old, current));
      return;
    }
    const words = (rest: unknown, side: Side) =>
      rest === true ? "any" : rest === false ? "none" : `of type ${typeText(read[side](rest))}`;
    const [from, to] = [words(old, "before"), words(current, "after")];
    const text = `further fields: ${from} before, ${to} now`;
    const finding = note(rule(furtherRule(old, current)), text, from, to);
    found.add(origin(old, current, "", finding));
  }
}

function furtherRule(old: unknown, current: unknown) {
  if (current === false || (old === true && current !== true)) return "further-fields-narrowed";
  return old === false ? "further-fields-allowed" : "further-fields-widened";
}

/**
 * What a field became is the same change wherever its schema stands: where a hundred objects take it over by `allOf`, it is
 * told once. `from` and `to` are what the two documents have there.
 */
function createOrigin() {
  const known = new Map<unknown, Map<unknown, Map<string, Finding>>>();
  return (from: unknown, to: unknown, name: string, finding: Finding): Finding => {
    // Without a schema on either side there is nothing to know it by.
    if (typeof from !== "object" && typeof to !== "object") return finding;
    const row = known.get(from) ?? new Map<unknown, Map<string, Finding>>();
    known.set(from, row);
    const findings = row.get(to) ?? new Map<string, Finding>();
    row.set(to, findings);
    const key = `${finding.rule} ${name} ${finding.text}`;
    const first = findings.get(key) ?? finding;
    findings.set(key, first);
    return first;
  };
}
