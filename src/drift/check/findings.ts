/** Findings: the same difference at the same place is one, however many samples have it. */

import type { JsonObject } from "../../openapi/json.ts";
import type { CheckedRole } from "../../provider/base/reads.ts";
import { formatPlace, isBreaking, KIND_WORDS, type Problem, type ProblemKind } from "../base/problem.ts";
import type { Sample } from "../base/sample.ts";
import { isQuoted, quotable, quote } from "../privacy/quote.ts";
import { Inference } from "./infer.ts";

/** One difference at one place, with how often it was seen. */
export interface Finding {
  /** The same in every run for the same finding: what a baseline lists. */
  key: string;
  /** The schema's name in the document; of a status or an event, the operation or `(event stream)`. */
  schema: string;
  /** What differs: what came, or what was sent. */
  side: "answer" | "request" | "other";
  /** The host that answered, where the samples tell it. */
  host?: string;
  /** Where in the answer: `choices[].message.content`; `[]` is any index. */
  place: string;
  /** What kind of difference. */
  kind: ProblemKind;
  /** The kind in words. */
  problem: string;
  /** Whether a caller who trusts the document can break. */
  breaking: boolean;
  /** Whether it breaks this client: it can't read the answer there, or what it reads there is gone. */
  breaksClient: boolean;
  /** What the document says; of what vanished or appeared, how often it was there before. */
  expected: string;
  /** What came instead. */
  found: string;
  /** Samples that have it. */
  count: number;
  /** Samples of this schema. */
  of: number;
  /** `count / of`, from 0 to 1. */
  share: number;
  /** ISO 8601; absent when no sample told its time. */
  firstSeen?: string;
  /** ISO 8601. */
  lastSeen?: string;
  /** A value at the place, as one short line of JSON, texts told by their length; empty for a missing field. */
  example: string;
  /** Up to three samples that have it, without texts and keys. */
  samples: FindingSample[];
  /** Days (`2025-11-02`, UTC) and how many samples had it then. */
  days: [day: string, count: number][];
  /** What `suggestChanges` needs to know. */
  evidence: Evidence;
  /** What is told in this one: the same in the other form of an answer (whole, or as a stream), or another side of it. */
  also?: Finding[];
  /** What this client reads the answer as. */
  role?: CheckedRole;
  /** Of what vanished or appeared: the kind of answer in the profile of presence. */
  presenceOf?: string;
  /** The actions of an OpenAPI Overlay, in YAML, that make the document fit it; see `withNextSteps`. */
  correction?: string;
  /** The baseline has it. */
  accepted?: true;
}

/** What the answers showed, for a change to the document. */
export interface Evidence {
  /** JSON pointer, in the document as written, of the schema to change; empty when there is none. */
  site: string;
  /** The name of the missing or unknown field. */
  field?: string;
  /** The new value of an enum, when there is one and not many. */
  value?: unknown;
  /** A schema that fits the values seen at the place, as 3.0 and 3.1 write it; absent for a missing field. */
  schema?: {
    /** As OpenAPI 3.0 writes it. */
    "3.0": JsonObject;
    /** As OpenAPI 3.1 writes it. */
    "3.1": JsonObject;
  };
}

/** An answer that has the finding. */
export interface FindingSample {
  /** The file, or `(standard input)`. */
  source: string;
  /** From 1, where it is known. */
  line?: number;
  /** ISO 8601, where it is known. */
  time?: string;
  /** The value at the place, texts told by their length. */
  value: unknown;
}

interface Group
  extends Omit<
    Finding,
    "of" | "share" | "days" | "firstSeen" | "lastSeen" | "also" | "presenceOf" | "correction"
  > {
  inference: Inference | undefined;
  first: number;
  last: number;
  days: DayCounts;
  /** The number of the last sample that was counted, so that a place met twice in one sample counts once. */
  lastSample: number;
}

/** What a problem is of. */
export interface Subject {
  schema: string;
  side: Finding["side"];
  role?: CheckedRole;
}

/** One text for a host and a name. */
export const groupKey = (host: string, name: string): string => `${host}\n${name}`;

// Random field names or values must not make the memory grow: beyond these, findings share a row.
const MAX_FINDINGS = 5_000;
const MAX_NAMES_OF_ONE_PARENT = 64;
const MAX_VALUES_OF_ONE_PLACE = 32;
const MAX_SAMPLES = 3;
const OTHER_VALUES = "(other values)";

export const DAY_MS = 86_400_000;
const MAX_DAYS = 4_000;

/** How many samples there were on each day. */
export class DayCounts {
  readonly counts = new Map<number, number>();

  add(time: number | undefined): void {
    if (time === undefined) return;
    const day = Math.floor(time / DAY_MS);
    const count = this.counts.get(day);
    if (count !== undefined || this.counts.size < MAX_DAYS) this.counts.set(day, (count ?? 0) + 1);
  }

  list(): [day: string, count: number][] {
    const sorted = [...this.counts].sort(([a], [b]) => a - b);
    return sorted.map(([day, count]) => [new Date(day * DAY_MS).toISOString().slice(0, 10), count]);
  }
}

/** Collects problems into findings, in memory that has a bound. */
export class FindingCollector {
  readonly #groups = new Map<string, Group>();
  readonly #names = new Map<string, number>();
  #described: { sample: Sample; description: FindingSample } | undefined;
  /** Problems that had no room of their own; they are in rows that name no field or value. */
  crowded = 0;

  add(
    part: Subject,
    problem: Problem,
    sample: Sample,
    { number, time, host }: { number: number; time: number | undefined; host: string },
  ): void {
    const group = this.#group(part, host, problem);
    if (!group) return;
    group.inference?.add(problem.value);
    this.crowded += problem.more ?? 0;
    if (problem.breaksClient) group.breaksClient = true;
    if (group.lastSample === number) return;
    group.lastSample = number;
    group.count++;
    group.days.add(time);
    if (time !== undefined) {
      group.first = Math.min(group.first, time);
      group.last = Math.max(group.last, time);
    }
    // The chunks of one stream are much alike, so one of them will do.
    const isTelling = sample.kind === "body" || sample.source !== group.samples.at(-1)?.source;
    if (isTelling && group.samples.length < MAX_SAMPLES) group.samples.push(this.#describe(sample, time));
  }

  /** One answer may have thousands of differences; it is described once. */
  #describe(sample: Sample, time: number | undefined): FindingSample {
    if (this.#described?.sample !== sample)
      this.#described = { sample, description: describeSample(sample, time) };
    return this.#described.description;
  }

  /** All findings, by schema and place. `totals` has the samples of each schema. */
  list(totals: ReadonlyMap<string, number>): Finding[] {
    const findings = [...this.#groups.values()].map((group) =>
      toFinding(group, totals.get(groupKey(group.host ?? "", group.schema)) ?? 0),
    );
    return findings.sort(
      (a, b) => compare(a.schema, b.schema) || compare(a.place, b.place) || compare(a.key, b.key),
    );
  }

  #group(part: Subject, host: string, problem: Problem): Group | undefined {
    const at = (one: Problem) => groupKey(host, keyOf(part.schema, one));
    const present = this.#groups.get(at(problem));
    if (present) return present;
    const { problem: roomy, isCrowded } = this.#crowd(groupKey(host, part.schema), problem);
    if (isCrowded) this.crowded++;
    const shared = this.#groups.get(at(roomy));
    if (shared) return shared;
    if (this.#groups.size >= MAX_FINDINGS) {
      this.crowded++;
      return undefined;
    }
    const group = newGroup(part, host, roomy);
    this.#groups.set(at(roomy), group);
    return group;
  }

  /** The problem itself while there is room for another one like it, or else one that stands for the rest. */
  #crowd(schema: string, problem: Problem): { problem: Problem; isCrowded: boolean } {
    if (problem.kind === "unknown") {
      const parent = parentOf(problem);
      const isCrowded = this.#count(`${schema}\n${parent}\nunknown`) > MAX_NAMES_OF_ONE_PARENT;
      return {
        problem: isCrowded ? withoutField(problem, parent === "" ? "*" : `${parent}.*`) : problem,
        isCrowded,
      };
    }
    const isCrowded = this.#count(`${schema}\n${problem.place}\n${problem.kind}`) > MAX_VALUES_OF_ONE_PLACE;
    return { problem: isCrowded ? { ...problem, found: OTHER_VALUES } : problem, isCrowded };
  }

  #count(name: string): number {
    const count = (this.#names.get(name) ?? 0) + 1;
    if (this.#names.has(name) || this.#names.size < MAX_FINDINGS) this.#names.set(name, count);
    return count;
  }
}

const withoutField = ({ field: _, ...problem }: Problem, place: string): Problem => ({ ...problem, place });

const keyOf = (schema: string, { kind, place, found }: Problem) =>
  kind === "unknown" || kind === "missing" || kind === "null"
    ? `${schema} ${place} ${kind}`
    : `${schema} ${place} ${kind} ${found}`;

/** The place without its last name: of `choices[].message.text` it is `choices[].message`. */
function parentOf({ place, field = "*" }: Problem): string {
  const own = formatPlace([field]);
  const parent = place.endsWith(own) ? place.slice(0, -own.length) : place;
  return parent.endsWith(".") ? parent.slice(0, -1) : parent;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function newGroup({ schema, side, role }: Subject, host: string, problem: Problem): Group {
  const { kind, place, expected, found, site, field, value } = problem;
  // What is not quoted is no value of an enum either.
  const isOneValue =
    kind === "enum" && found !== OTHER_VALUES && (typeof value !== "string" || isQuoted(value));
  return {
    key: keyOf(schema, problem),
    schema,
    side,
    ...(role && { role }),
    ...(host !== "" && { host }),
    place,
    kind,
    problem: KIND_WORDS[kind],
    // What was sent and taken breaks nobody.
    breaking: side !== "request" && isBreaking(problem),
    breaksClient: problem.breaksClient === true,
    expected,
    found,
    count: 0,
    example: quote(value),
    samples: [],
    evidence: { site, ...(field === undefined ? {} : { field }), ...(isOneValue ? { value } : {}) },
    inference: kind === "unknown" || kind === "type" || kind === "event" ? new Inference() : undefined,
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    days: new DayCounts(),
    lastSample: -1,
  };
}

function describeSample({ source, line, value }: Sample, time: number | undefined): FindingSample {
  return {
    source,
    ...(line === undefined ? {} : { line }),
    ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
    value: quotable(value),
  };
}

function toFinding({ first, last, days, lastSample: _, inference, ...rest }: Group, of: number): Finding {
  const schema = inference && { "3.0": inference.schema("3.0"), "3.1": inference.schema("3.1") };
  return {
    ...rest,
    evidence: { ...rest.evidence, ...(schema ? { schema } : {}) },
    of,
    share: of === 0 ? 0 : rest.count / of,
    ...(Number.isFinite(first)
      ? { firstSeen: new Date(first).toISOString(), lastSeen: new Date(last).toISOString() }
      : {}),
    days: days.list(),
  };
}
