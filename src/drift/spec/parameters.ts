/** What changed in the parameters of an operation, and in the headers of an answer. */
import { type Finding, note } from "./change.ts";
import { type Context, guarded } from "./context.ts";
import type { Contract, Parameter } from "./contract.ts";
import { findRenames } from "./rename.ts";
import type { Direction } from "./rules.ts";
import type { SchemaComparer } from "./schema.ts";

export function compareParameters(
  { parameters: before }: Contract,
  { parameters: after }: Contract,
  subject: string,
  context: Context,
): void {
  const { gathered, schemas } = context;
  const renamed = renames(before, after, schemas.parameter);
  for (const place of new Set([...before.keys(), ...after.keys()])) {
    const [old, current] = [before.get(place), after.get(place)];
    const report = (finding: Finding) => gathered.addAlike(subject, "request", finding, place);
    if (old && current) {
      if (current.required && !old.required)
        report(note("parameter-required", "now required", "optional", "required"));
      if (old.required && !current.required)
        report(note("parameter-optional", "now optional", "required", "optional"));
      compareBoth(old, current, subject, place, "request", schemas.parameter, context);
    } else if (old) {
      const to = renamed.gone.get(place);
      report(
        to === undefined
          ? note("parameter-removed", "parameter removed")
          : note("parameter-renamed", `parameter renamed to ${to}`, place, to),
      );
    } else if (current && !renamed.come.has(place)) {
      const rule = current.required ? "required-parameter-added" : "parameter-added";
      report(note(rule, `new ${current.required ? "required" : "optional"} parameter`));
    }
  }
}

function renames(
  before: ReadonlyMap<string, Parameter>,
  after: ReadonlyMap<string, Parameter>,
  { signature, isSame }: SchemaComparer,
) {
  const onlyIn = (
    map: ReadonlyMap<string, Parameter>,
    other: ReadonlyMap<string, Parameter>,
    side: "before" | "after",
  ) =>
    [...map]
      .filter(([place]) => !other.has(place))
      .map(([name, parameter]) => {
        const { schema, required, style } = parameter;
        const where = name.split(".", 1)[0];
        return { name, schema, signature: () => `${where} ${required} ${style} ${signature(side, schema)}` };
      });
  return findRenames(onlyIn(before, after, "before"), onlyIn(after, before, "after"), isSame);
}

/** Of headers only what an answer without them means differs from parameters: their direction is turned around. */
export function compareHeaders(
  subject: string,
  before: ReadonlyMap<string, Parameter>,
  after: ReadonlyMap<string, Parameter>,
  context: Context,
): void {
  const { gathered, schemas } = context;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, current] = [before.get(name), after.get(name)];
    const place = `header.${name}`;
    const report = (finding: Finding) => gathered.addAlike(subject, "response", finding, place);
    if (old && current) {
      if (old.required && !current.required)
        report(note("header-optional", "may be absent", "always there", "sometimes absent"));
      if (current.required && !old.required)
        report(note("header-always", "always there now", "sometimes absent", "always there"));
      compareBoth(old, current, subject, place, "response", schemas.header, context);
    } else if (old) report(note("header-removed", "header removed"));
    else report(note("header-added", "new header"));
  }
}

function compareBoth(
  before: Parameter,
  after: Parameter,
  subject: string,
  place: string,
  direction: Direction,
  { compare, isSingle }: SchemaComparer,
  context: Context,
): void {
  const { gathered } = context;
  const report = (finding: Finding) => gathered.addAlike(subject, direction, finding, place);
  guarded(context, subject, direction, () => {
    const style = ({ style, explode }: Parameter) =>
      isSingle("before", before.schema) && isSingle("after", after.schema) ? style : `${style}, ${explode}`;
    const [from, to] = [style(before), style(after)];
    if (from !== to)
      report(note("parameter-style-changed", `written as ${to}, was written as ${from}`, from, to));
    gathered.addAll(subject, direction, compare(before.schema, after.schema), place);
  });
  if (before.deprecated !== after.deprecated)
    report(
      after.deprecated
        ? note(`${direction}-deprecated`, `now deprecated${after.sunset ? `, until ${after.sunset}` : ""}`)
        : note(`${direction}-undeprecated`, "no longer deprecated"),
    );
  else if (before.sunset !== after.sunset) report(sunsetChanged(direction, before.sunset, after.sunset));
}

export const sunsetChanged = (
  direction: Direction,
  from: string | undefined,
  to: string | undefined,
): Finding =>
  note(
    `${direction}-sunset-changed`,
    `ends ${to ?? "on no day that is named"}, was ${from ?? "not said"}`,
    from,
    to,
  );
