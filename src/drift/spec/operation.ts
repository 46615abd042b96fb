/** What changed in one operation, and all changes gathered. */

import type { UsedOperation } from "../../openapi/used.ts";
import {
  type ChangeLevel,
  type Direction,
  type Finding,
  formatSteps,
  levelOf,
  type PlacedFinding,
  type SpecChange,
} from "./change.ts";
import type { SchemaComparer } from "./schema.ts";

export type Comparers = Record<Direction, SchemaComparer>;

export interface Gatherer {
  add(subject: string, direction: Direction, finding: Finding, place?: string): void;
  addAll(subject: string, direction: Direction, found: readonly PlacedFinding[]): void;
  list(): SpecChange[];
}

const LEVELS: ChangeLevel[] = ["breaking", "additive", "annotation"];

/** Puts the places of one finding together; keeps the order in which they were met. */
export function createGatherer(): Gatherer {
  const changes = new Map<Finding, SpecChange>();
  const add: Gatherer["add"] = (subject, direction, finding, place = "(root)") => {
    const known = changes.get(finding);
    if (!known) changes.set(finding, { ...finding, direction, subject, place, also: [] });
    else if (known.subject !== subject || known.place !== place) {
      if (!known.also.some((other) => other.subject === subject && other.place === place))
        known.also.push({ subject, place });
    }
  };
  return {
    add,
    addAll(subject, direction, found) {
      for (const { finding, steps } of found) add(subject, direction, finding, formatSteps(steps));
    },
    list: () => [...changes.values()].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)),
  };
}

export function described(wasBefore: boolean): Finding {
  return wasBefore
    ? { kind: "content-removed", level: "annotation", text: "no longer described" }
    : { kind: "content-added", level: "annotation", text: "now described" };
}

export function compareOperation(
  label: string,
  before: UsedOperation | undefined,
  after: UsedOperation | undefined,
  schemas: Comparers,
  gathered: Gatherer,
): void {
  const request = `${label} request`;
  const report = (finding: Finding, place?: string) => gathered.add(request, "request", finding, place);
  if (!before || !after) {
    if (before) report({ kind: "operation-removed", level: "breaking", text: "operation removed" });
    if (after) report({ kind: "operation-added", level: "additive", text: "operation added" });
    return;
  }
  if (before.path !== after.path) {
    const [from, to] = [before.path, after.path];
    report({
      kind: "operation-moved",
      level: "breaking",
      before: from,
      after: to,
      text: `moved from ${from} to ${to}`,
    });
  }
  if (before.deprecated !== after.deprecated) {
    const text = after.deprecated ? "operation now deprecated" : "operation no longer deprecated";
    report({ kind: "deprecated", level: "annotation", text });
  }
  compareSecurity(before, after, report);
  compareParameters(before, after, schemas, gathered, request);
  compareBodies(before, after, schemas, gathered, request);
  compareResponses(before, after, schemas, gathered, `${label} response`);
}

type Report = (finding: Finding, place?: string) => void;

function compareSecurity(before: UsedOperation, after: UsedOperation, report: Report): void {
  const [from, to] = [before.security.join(" or ") || "none", after.security.join(" or ") || "none"];
  if (from === to) return;
  const stillTaken = before.security.every((scheme) => after.security.includes(scheme));
  const level = stillTaken && before.security.length > 0 ? "additive" : "breaking";
  const text = `authentication changed from ${from} to ${to}`;
  report({ kind: "required", level, before: from, after: to, text }, "authentication");
}

function compareParameters(
  before: UsedOperation,
  after: UsedOperation,
  schemas: Comparers,
  gathered: Gatherer,
  subject: string,
): void {
  for (const place of new Set([...before.parameters.keys(), ...after.parameters.keys()])) {
    const [old, current] = [before.parameters.get(place), after.parameters.get(place)];
    const report = (finding: Finding) => gathered.add(subject, "request", finding, place);
    if (old && current) {
      compareNeed(old.required, current.required, report);
      for (const { finding, steps } of schemas.request(old.schema, current.schema)) {
        const inner = formatSteps(steps);
        gathered.add(subject, "request", finding, inner === "(root)" ? place : `${place}.${inner}`);
      }
    } else if (old) report({ kind: "field-removed", level: "breaking", text: "parameter removed" });
    else {
      const level = current?.required ? "breaking" : "additive";
      const text = `new ${current?.required ? "required" : "optional"} parameter`;
      report({ kind: "field-added", level, text });
    }
  }
}

function compareNeed(was: boolean, is: boolean, report: (finding: Finding) => void): void {
  if (was === is) return;
  const [from, to] = was ? ["required", "optional"] : ["optional", "required"];
  const level = levelOf("request", is ? "narrower" : "wider");
  report({ kind: is ? "required" : "optional", level, before: from, after: to, text: `now ${to}` });
}

function compareBodies(
  before: UsedOperation,
  after: UsedOperation,
  schemas: Comparers,
  gathered: Gatherer,
  subject: string,
): void {
  const report = (finding: Finding) => gathered.add(subject, "request", finding);
  if (before.bodies.size > 0 && after.bodies.size > 0)
    compareNeed(before.bodyRequired, after.bodyRequired, report);
  for (const type of new Set([...before.bodies.keys(), ...after.bodies.keys()])) {
    if (before.bodies.has(type) && after.bodies.has(type)) {
      gathered.addAll(subject, "request", schemas.request(before.bodies.get(type), after.bodies.get(type)));
    } else if (before.bodies.has(type)) {
      report({
        kind: "content-removed",
        level: "breaking",
        before: type,
        text: `a ${type} body is no longer taken`,
      });
    } else {
      const isNew = before.bodies.size === 0 && after.bodyRequired;
      const text = `a ${type} body is now ${isNew ? "required" : "taken too"}`;
      report({ kind: "content-added", level: isNew ? "breaking" : "additive", after: type, text });
    }
  }
}

const isError = (status: string): boolean => /^[45]/.test(status) || status === "default";

function compareResponses(
  before: UsedOperation,
  after: UsedOperation,
  schemas: Comparers,
  gathered: Gatherer,
  subject: string,
): void {
  const report = (finding: Finding) => gathered.add(subject, "response", finding);
  const gone = [...before.responses.keys()].filter((status) => !after.responses.has(status));
  const come = [...after.responses.keys()].filter((status) => !before.responses.has(status));
  // An error must be expected whether or not it is listed; a success of a new kind is a new answer to understand.
  for (const [statuses, kind, words] of [
    [gone, "status-removed", "no longer listed"],
    [come, "status-added", "now listed"],
  ] as const) {
    const errors = statuses.filter(isError);
    const successes = statuses.filter((status) => !isError(status));
    const text = (list: string[]) => `status ${list.join(", ")} ${words}`;
    if (successes.length > 0) report({ kind, level: "breaking", text: text(successes) });
    if (errors.length > 0)
      report({ kind, level: kind === "status-added" ? "additive" : "annotation", text: text(errors) });
  }
  for (const [status, old] of before.responses) {
    const current = after.responses.get(status);
    if (!current) continue;
    const place = isError(status) ? `${subject} ${status}` : subject;
    if (old.body !== undefined && current.body !== undefined) {
      gathered.addAll(place, "response", schemas.response(old.body, current.body));
    } else if (old.body !== undefined && !isError(status)) {
      gathered.add(place, "response", {
        kind: "content-removed",
        level: "breaking",
        text: "the JSON body is gone",
      });
    } else if (old.body !== undefined || current.body !== undefined) {
      gathered.add(place, "response", described(old.body !== undefined));
    }
  }
}
