/** The drift check: samples go in one by one, findings come out at the end. */
import { expectDocument } from "../../openapi/arguments.ts";
import type { OpenApiDocument } from "../../openapi/document.ts";
import { isBreaking, type Problem } from "../base/problem.ts";
import { hostOf, madeAt, type Sample, type SampleSink, type UnusableInput } from "../base/sample.ts";
import { quote, quoteUrl } from "../privacy/quote.ts";
import { compareSample, type Part, type Uncompared } from "./compare.ts";
import { DayCounts, type Finding, FindingCollector, groupKey } from "./findings.ts";
import { createCatalogue } from "./identify.ts";
import { bySeverity, withoutTwins } from "./twins.ts";

/** What the drift check found. */
export interface DriftReport {
  /** The document that the answers were compared with. */
  document: string;
  /** True where only what breaks this client is told, and presence: the document is another service's. */
  clientOnly?: true;
  /** Bodies and events that were compared. */
  samples: number;
  /** What was not an answer of this service, as images in a HAR file. */
  skipped: number;
  /** Answers that are not compared, for the document does not have what was asked; the first fifty kinds of them. */
  undescribed: Undescribed[];
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

/** Answers of something that the document does not describe. */
export interface Undescribed {
  /** `POST https://api.example.com/v1/rerank`, without its query. */
  asked: string;
  /** `url`: the document has no such operation. `events`: it does not say what the events of its stream are. */
  lacks: "url" | "events";
  /** Answers, or events. */
  count: number;
}

/** How many samples of one schema there were. */
export interface SchemaSummary {
  /** The schema's name in the document. */
  name: string;
  /** What was compared: what came, or what was sent. */
  side: "answer" | "request" | "other";
  /** The host that answered, where the samples tell it. */
  host?: string;
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
  /** Whether this client can't read the answer there. */
  breaksClient: boolean;
}

export interface DriftCheck extends SampleSink {
  /** Bodies and events so far. */
  readonly samples: number;
  /** What was found so far. */
  report(): DriftReport;
}

const MAX_UNUSABLE = 20;
const MAX_UNDESCRIBED = 50;
// A browser's recording may have any number of them.
const MAX_HOSTS = 200;
const OTHER_HOSTS = "(other hosts)";

/** Compares single answers with a document, without collecting. */
export function createAnswerCheck(
  document: OpenApiDocument,
): (sample: Omit<Sample, "source">) => SchemaProblem[] {
  expectDocument("createAnswerCheck", "document", document);
  const catalogue = createCatalogue(document);
  return (sample) => {
    const compared = compareSample(catalogue, { ...sample, source: "" });
    if (!Array.isArray(compared)) return [];
    return compared.flatMap(({ schema, problems, side }) =>
      problems.map((problem) => ({
        ...problem,
        schema,
        breaking: side !== "request" && isBreaking(problem),
        breaksClient: problem.breaksClient === true,
      })),
    );
  };
}

/** Looks at each sample beside what it was compared as. */
export type Onlooker = (sample: Sample, parts: readonly Part[]) => void;

/** A check against this document; give it samples, then ask for the report. */
export function createDriftCheck(document: OpenApiDocument, onlooker?: Onlooker): DriftCheck {
  expectDocument("createDriftCheck", "document", document);
  const catalogue = createCatalogue(document);
  const collector = new FindingCollector();
  const schemas = new Map<string, Tally>();
  const unusable: UnusableInput[] = [];
  const undescribed = new Map<string, Undescribed>();
  let [samples, taken, skipped, unusableCount] = [0, 0, 0, 0];
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  const count = ({ schema, problems, isCounted, side }: Part, host: string, time: number | undefined) => {
    const key = groupKey(host, schema);
    let entry = schemas.get(key);
    if (!entry) {
      entry = { name: schema, side, host, samples: 0, fitting: 0, days: new DayCounts() };
      schemas.set(key, entry);
    }
    if (isCounted) {
      entry.fitting = Math.max(0, entry.fitting - 1);
      return;
    }
    entry.samples++;
    if (problems.length === 0) entry.fitting++;
    entry.days.add(time);
  };

  const hosts = new Set<string>();
  const hostFor = (url: string | undefined): string => {
    const host = hostOf(url);
    if (!hosts.has(host) && hosts.size >= MAX_HOSTS) return OTHER_HOSTS;
    hosts.add(host);
    return host;
  };

  const fault = (input: UnusableInput) => {
    unusableCount++;
    if (unusable.length < MAX_UNUSABLE) unusable.push(input);
  };

  const pass = (sample: Sample, lacks: Uncompared) => {
    const { source, line, foreign, method = "GET", url = "" } = sample;
    // Its stream is told as a whole.
    if (lacks === "url" && sample.kind === "event") return;
    if (lacks !== "unlike") {
      const asked = `${method.toUpperCase()} ${quoteUrl(url).split(/[?#]/, 1)[0]}`;
      const entry = undescribed.get(asked) ?? { asked, lacks, count: 0 };
      entry.count++;
      if (undescribed.has(asked) || undescribed.size < MAX_UNDESCRIBED) undescribed.set(asked, entry);
    } else if (!foreign) {
      const message = `expected an answer that the document describes, found ${quote(sample.value) || "nothing"}`;
      fault({ source, ...(line === undefined ? {} : { line }), message });
      return;
    }
    skipped++;
  };

  return {
    get samples() {
      return samples;
    },
    add(sample) {
      const compared = compareSample(catalogue, sample);
      if (!Array.isArray(compared)) {
        pass(sample, compared);
        return;
      }
      onlooker?.(sample, compared);
      if (compared.length === 0) return;
      const time = timeOf(sample);
      const host = hostFor(sample.url);
      const number = taken++;
      if (sample.kind !== "stream") samples++;
      if (time !== undefined) [from, to] = [Math.min(from, time), Math.max(to, time)];
      for (const part of compared) {
        count(part, host, time);
        for (const problem of part.problems) collector.add(part, problem, sample, { number, time, host });
      }
    },
    unusable: fault,
    skip() {
      skipped++;
    },
    report() {
      const totals = new Map([...schemas].map(([key, entry]) => [key, entry.samples]));
      return {
        document: document.source,
        samples,
        skipped,
        undescribed: [...undescribed.values()],
        ...(Number.isFinite(from)
          ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
          : {}),
        schemas: [...schemas.values()].map(({ days, host, ...entry }) => ({
          ...entry,
          ...(host !== "" && { host }),
          days: days.list(),
        })),
        findings: bySeverity(withoutTwins(collector.list(totals))),
        crowded: collector.crowded,
        unusable,
        unusableCount,
      };
    },
  };
}

interface Tally {
  name: string;
  side: Part["side"];
  host: string;
  samples: number;
  fitting: number;
  days: DayCounts;
}

function timeOf({ time, value, stream }: Sample): number | undefined {
  const made = madeAt(value);
  if (stream && made !== undefined) stream.time = made;
  return time ?? made ?? stream?.time;
}
