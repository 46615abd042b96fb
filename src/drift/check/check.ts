/** The drift check: samples go in one by one, findings come out at the end. */
import { expectDocument } from "../../openapi/arguments.ts";
import type { OpenApiDocument } from "../../openapi/document.ts";
import { isBreaking, type Problem } from "../base/problem.ts";
import { madeAt, type Sample, type SampleSink, type UnusableInput } from "../base/sample.ts";
import { quote } from "../privacy/quote.ts";
import { compareSample, type Part } from "./compare.ts";
import { DayCounts, type Finding, FindingCollector } from "./findings.ts";
import { createCatalogue } from "./identify.ts";

/** What the drift check found. */
export interface DriftReport {
  /** The document that the answers were compared with. */
  document: string;
  /** Bodies and events that were compared. */
  samples: number;
  /** What was not an answer of this service, as images in a HAR file. */
  skipped: number;
  /** The times of the samples, ISO 8601. */
  from?: string;
  /** The time of the last one. */
  to?: string;
  /** What the samples were. */
  schemas: SchemaSummary[];
  /** Breaking ones first. */
  findings: Finding[];
  /** Problems that share a finding because there were too many of their kind. */
  crowded: number;
  /** The first twenty lines or files that could not be used, and how many there were. */
  unusable: UnusableInput[];
  /** All of them. */
  unusableCount: number;
}

/** How many samples of one schema there were. */
export interface SchemaSummary {
  /** The schema's name in the document. */
  name: string;
  /** Bodies or events. */
  samples: number;
  /** Samples without any difference. */
  fitting: number;
  /** Days (`2025-11-02`, UTC) and how many came then. */
  days: [day: string, count: number][];
}

/** A problem with the schema that the answer was compared with. */
export interface SchemaProblem extends Problem {
  /** The schema's name in the document. */
  schema: string;
  /** Whether a caller who trusts the document can break. */
  breaking: boolean;
}

export interface DriftCheck extends SampleSink {
  /** Bodies and events so far. */
  readonly samples: number;
  /** What was found so far. */
  report(): DriftReport;
}

const MAX_UNUSABLE = 20;
/** Compares single answers with a document, without collecting. */
export function createAnswerCheck(
  document: OpenApiDocument,
): (sample: Omit<Sample, "source">) => SchemaProblem[] {
  expectDocument("createAnswerCheck", "document", document);
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
  expectDocument("createDriftCheck", "document", document);
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
