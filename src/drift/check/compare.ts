/** One sample beside the document: which schema it is for, and how it differs. */
import { findOperation, findResponse, type Operation, type ResponseEntry } from "../../openapi/operations.ts";
import { isObject } from "../../provider/base/values.ts";
import type { Problem } from "../base/problem.ts";
import type { Sample } from "../base/sample.ts";
import { isQuoted } from "../privacy/quote.ts";
import type { Catalogue, NamedSchema } from "./identify.ts";

const EVENT_STREAM = "(event stream)";
const ANY_OPERATION = "(any operation)";

/** What differs, under the schema that it belongs to. */
export interface Part {
  schema: string;
  problems: Problem[];
  /** It belongs to a sample that was counted before: an event to its stream. */
  isCounted?: true;
}

/** All parts of one sample; undefined when nothing in the document describes it. */
export type Compared = Part[] | undefined;

export function compareSample(catalogue: Catalogue, sample: Sample): Compared {
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
