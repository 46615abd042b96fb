/** The drift check: samples go in one by one, findings come out at the end. */
import type { OpenApiDocument } from "../../openapi/document.ts";
import { findOperation, findResponse, type Operation, type ResponseEntry } from "../../openapi/operations.ts";
import { isObject } from "../../provider/base/values.ts";
import { isBreaking, type Problem } from "../base/problem.ts";
import { madeAt, type Sample, type SampleSink, type UnusableInput } from "../base/sample.ts";
import { isQuoted, quote } from "../privacy/quote.ts";
import { DayCounts, type Finding, FindingCollector } from "./findings.ts";
import { type Catalogue, createCatalogue, type NamedSchema } from "./identify.ts";

export interface DriftReport {
  /** The document that the answers were compared with. */
  document: string;
  /** Bodies and events that were compared. */
  samples: number;
  /** What was not an answer of this service, as images in a HAR file. */
  skipped: number;
  /** The times of the samples, ISO 8601. */
  from?: string;
  to?: string;
  /** What the samples were. */
  schemas: SchemaSummary[];
  /** Breaking ones first. */
  findings: Finding[];
  /** Problems that share a finding because there were too many of their kind. */
  crowded: number;
  /** The first twenty lines or files that could not be used, and how many there were. */
  unusable: UnusableInput[];
  unusableCount: number;
}

export interface SchemaSummary {
  name: string;
  samples: number;
  /** Samples without any difference. */
  fitting: number;
  days: [day: string, count: number][];
}

/** A problem with the schema that the answer was compared with. */
export interface SchemaProblem extends Problem {
  schema: string;
  breaking: boolean;
}

export interface DriftCheck extends SampleSink {
  /** Bodies and events so far. */
  readonly samples: number;
  report(): DriftReport;
}

const MAX_UNUSABLE = 20;
const EVENT_STREAM = "(event stream)";
const ANY_OPERATION = "(any operation)";

/** What differs, under the schema that it belongs to. */
interface Part {
  schema: string;
  problems: Problem[];
  /** It belongs to a sample that was counted before: an event to its stream. */
  isCounted?: true;
}

/** All parts of one sample; undefined when nothing in the document describes it. */
type Compared = Part[] | undefined;

/** Compares single answers with a document, without collecting. */
export function createAnswerCheck(
  document: OpenApiDocument,
): (sample: Omit<Sample, "source">) => SchemaProblem[] {
  const catalogue = createCatalogue(document);
  return (sample) => {
    const compared = compareSample(catalogue, { ...sample, source: "" }) ?? [];
    return compared.flatMap(({ schema, problems }) =>
      problems.map((problem) => ({ ...problem, schema, breaking: isBreaking(problem) })),
    );
  };
}

/** A check against this document; give it samples, then ask for the report. */
export function createDriftCheck(document: OpenApiDocument): DriftCheck {
  const catalogue = createCatalogue(document);
  const collector = new FindingCollector();
  const schemas = new Map<string, { samples: number; fitting: number; days: DayCounts }>();
  const unusable: UnusableInput[] = [];
  let [samples, skipped, unusableCount] = [0, 0, 0];
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  const count = ({ schema, problems, isCounted }: Part, time: number | undefined) => {
    let entry = schemas.get(schema);
    if (!entry) {
      entry = { samples: 0, fitting: 0, days: new DayCounts() };
      schemas.set(schema, entry);
    }
    if (isCounted) {
      entry.fitting = Math.max(0, entry.fitting - 1);
      return;
    }
    entry.samples++;
    if (problems.length === 0) entry.fitting++;
    entry.days.add(time);
  };

  const fault = (input: UnusableInput) => {
    unusableCount++;
    if (unusable.length < MAX_UNUSABLE) unusable.push(input);
  };

  return {
    get samples() {
      return samples;
    },
    add(sample) {
      const compared = compareSample(catalogue, sample);
      if (!compared) {
        const { source, line, foreign } = sample;
        if (foreign) {
          skipped++;
          return;
        }
        const message = `expected an answer that the document describes, found ${quote(sample.value) || "nothing"}`;
        fault({ source, ...(line === undefined ? {} : { line }), message });
        return;
      }
      if (compared.length === 0) return;
      const time = timeOf(sample);
      const number = samples;
      if (sample.kind !== "stream") samples++;
      if (time !== undefined) [from, to] = [Math.min(from, time), Math.max(to, time)];
      for (const part of compared) {
        count(part, time);
        for (const problem of part.problems) collector.add(part.schema, problem, sample, number, time);
      }
    },
    unusable: fault,
    skip() {
      skipped++;
    },
    report() {
      const totals = new Map([...schemas].map(([name, entry]) => [name, entry.samples]));
      return {
        document: document.source,
        samples,
        skipped,
        ...(Number.isFinite(from)
          ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
          : {}),
        schemas: [...schemas].map(([name, { days, ...entry }]) => ({ name, ...entry, days: days.list() })),
        findings: collector.list(totals),
        crowded: collector.crowded,
        unusable,
        unusableCount,
      };
    },
  };
}

function timeOf({ time, value, stream }: Sample): number | undefined {
  const made = madeAt(value);
  if (stream && made !== undefined) stream.time = made;
  return time ?? made ?? stream?.time;
}

function compareSample(catalogue: Catalogue, sample: Sample): Compared {
  const { method, url } = sample;
  const operation = url === undefined ? undefined : findOperation(catalogue.operations, method ?? "GET", url);
  if (sample.kind === "event") return compareEvent(catalogue, sample, operation);
  if (sample.kind === "stream") return compareStream(catalogue, sample, operation);
  return compareBody(catalogue, sample, operation);
}

/** The stream as a whole; its events come as samples of their own. */
function compareStream(catalogue: Catalogue, { status }: Sample, operation: Operation | undefined): Part[] {
  const answered = status === undefined ? [] : compareStatus(catalogue, status, operation);
  return operation ? answered : [...answered, { schema: EVENT_STREAM, problems: [] }];
}

function compareBody(catalogue: Catalogue, sample: Sample, operation: Operation | undefined): Compared {
  const { value, status } = sample;
  const answered = status === undefined ? [] : compareStatus(catalogue, status, operation);
  const response = operation && status !== undefined ? findResponse(operation, status) : undefined;
  if (response) {
    const isEmpty = value === undefined || value === "";
    if (response.body === undefined || (isEmpty && sample.truncated)) return answered;
    // A page of text with an error's status is a gateway's, not the service's: callers must expect it anyway.
    if (typeof value === "string" && !isEmpty && (status ?? 0) >= 400) return answered;
    const schema = catalogue.named(response.body, `${operation?.label} ${status}`);
    return [...answered, compareWith(schema, isEmpty ? undefined : value)];
  }
  const schema = catalogue.identify(value);
  if (schema) return [...answered, compareWith(schema, value)];
  // A page of HTML with a status that the document does not list is told by the status alone.
  return answered.some(({ problems }) => problems.length > 0) ? answered : undefined;
}

function compareWith(schema: NamedSchema, value: unknown): Part {
  if (value !== undefined) return { schema: schema.name, problems: schema.compare(value) };
  const missing: Problem = {
    kind: "missing",
    place: "(root)",
    expected: "a body",
    found: "",
    value,
    site: "",
  };
  return { schema: schema.name, problems: [missing] };
}

/** Under the operation when it is known; otherwise a status is unlisted when no operation lists it. */
function compareStatus(catalogue: Catalogue, status: number, operation: Operation | undefined): Part[] {
  const asked = operation ? [operation] : catalogue.operations;
  const isListed = asked.some((candidate) => findResponse(candidate, status) !== undefined);
  const listed = [...new Set(asked.flatMap(({ responses }) => [...responses.keys()]))].sort().join(", ");
  const problem: Problem = {
    kind: "status",
    place: "(status)",
    expected: listed || "none",
    found: String(status),
    value: status,
    site: operation?.site ?? "",
  };
  return [{ schema: operation?.label ?? ANY_OPERATION, problems: isListed ? [] : [problem] }];
}

function compareEvent(catalogue: Catalogue, sample: Sample, operation: Operation | undefined): Compared {
  const { value } = sample;
  if (value === "[DONE]") return [];
  // Some servers put a fault into an ordinary event: what it holds says what it is.
  const isFault = isObject(value) && "error" in value && !("choices" in value);
  const event = sample.event ?? (isFault ? "error" : "message");
  const streams = eventMaps(operation ? [operation] : catalogue.operations);
  for (const events of streams) {
    const described = events.get(event);
    if (described) return [compareWith(catalogue.named(described, `${event} event`), value)];
  }
  const schema = catalogue.identify(value);
  const compared = schema ? [compareWith(schema, value)] : [];
  if (event === "message" && streams.length === 0) return schema ? compared : undefined;
  const known = [...new Set(streams.flatMap((events) => [...events.keys()]))].join(", ") || "message";
  const shown = isQuoted(event) ? event : "*";
  const problem: Problem = {
    kind: "event",
    place: `(event: ${shown})`,
    expected: `events: ${known}`,
    found: shown,
    value,
    site: shown === event && operation?.responses.has("200") ? `${operation.site}/200` : "",
  };
  return [{ schema: operation?.label ?? EVENT_STREAM, problems: [problem], isCounted: true }, ...compared];
}

const eventMaps = (operations: readonly Operation[]): Map<string, unknown>[] =>
  operations.flatMap(({ responses }) =>
    [...responses.values()].flatMap(({ events }: ResponseEntry) => (events ? [events] : [])),
  );
