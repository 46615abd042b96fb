/** One sample beside the document: which schema it is for, and how it differs. */
import { findOperation, findResponse, type Operation, type ResponseEntry } from "../../openapi/operations.ts";
import type { CheckedRole } from "../../provider/base/reads.ts";
import { isObject } from "../../provider/base/values.ts";
import type { Problem } from "../base/problem.ts";
import type { Sample } from "../base/sample.ts";
import { isQuoted } from "../privacy/quote.ts";
import { clientRole, findClientProblems } from "./client.ts";
import type { Catalogue, NamedSchema } from "./identify.ts";

const EVENT_STREAM = "(event stream)";
const ANY_OPERATION = "(any operation)";

/** What differs, under the schema that it belongs to. */
export interface Part {
  schema: string;
  problems: Problem[];
  /** What it is a part of; a status and an unknown event are of neither. */
  side: "answer" | "request" | "other";
  /** The operation as the document has it, where it is known. */
  operation?: string;
  /** As the document lists it, where the sample tells none. */
  status?: string;
  /** What this client reads it as. */
  role?: CheckedRole;
  /** It belongs to a sample that was counted before: an event to its stream. */
  isCounted?: true;
}

/** All parts of one sample; otherwise why it is not compared. */
export type Compared = Part[] | Uncompared;

/**
 * - `unlike`: it is like nothing that the document describes.
 * - `url`: the document has no such operation.
 * - `events`: the document does not say what the events of this operation are.
 */
export type Uncompared = "unlike" | "url" | "events";

export function compareSample(catalogue: Catalogue, sample: Sample): Compared {
  if (sample.kind === "end" || (sample.kind === "event" && sample.value === "[DONE]")) return [];
  const { method, url } = sample;
  const operation = url === undefined ? undefined : findOperation(catalogue.operations, method ?? "GET", url);
  // What stands at another URL may look like an answer of this one, and is none.
  if (url !== undefined && !operation) return "url";
  if (sample.kind === "event") return compareEvent(catalogue, sample, operation);
  const parts =
    sample.kind === "stream"
      ? compareStream(catalogue, sample, operation)
      : compareBody(catalogue, sample, operation);
  if (!Array.isArray(parts)) return parts;
  return [...compareRequest(catalogue, sample, operation ?? askedFor(catalogue, sample, parts)), ...parts];
}

/** Without a URL, the answer tells what was asked for; of a stream, that it is one. */
function askedFor(catalogue: Catalogue, { kind }: Sample, parts: readonly Part[]): Operation | undefined {
  if (kind === "stream") return catalogue.streaming;
  const answer = parts.find(({ side, role }) => side === "answer" && role !== undefined);
  return answer && catalogue.operationOf(answer.schema)?.operation;
}

/** What was sent, where it was taken: a service that refuses a request says so itself. */
function compareRequest(
  catalogue: Catalogue,
  { request, status }: Sample,
  operation: Operation | undefined,
): Part[] {
  const schema = operation?.request;
  if (!operation || schema === undefined || request == null || (status ?? 200) >= 400) return [];
  const named = catalogue.named(schema, `${operation.label} request`);
  return [
    { schema: named.name, problems: named.compare(request), side: "request", operation: operation.label },
  ];
}

/** The stream as a whole; its events come as samples of their own. */
function compareStream(catalogue: Catalogue, { status }: Sample, operation: Operation | undefined): Part[] {
  const answered = status === undefined ? [] : compareStatus(catalogue, status, operation);
  return operation ? answered : [...answered, { schema: EVENT_STREAM, problems: [], side: "other" }];
}

function compareBody(catalogue: Catalogue, sample: Sample, operation: Operation | undefined): Compared {
  const { value, status } = sample;
  const answered = status === undefined ? [] : compareStatus(catalogue, status, operation);
  const response = operation && status !== undefined ? findResponse(operation, status) : undefined;
  if (operation && response) {
    const isEmpty = value === undefined || value === "";
    if (response.body === undefined || (isEmpty && sample.truncated)) return answered;
    // A page of text with an error's status is a gateway's, not the service's: callers must expect it anyway.
    if (typeof value === "string" && !isEmpty && (status ?? 0) >= 400) return answered;
    const schema = catalogue.named(response.body, `${operation.label} ${status}`);
    const role = (status ?? 0) < 400 ? clientRole(operation.label, "body") : undefined;
    return [...answered, compareWith(schema, isEmpty ? undefined : value, operation.label, role)];
  }
  const schema = catalogue.identify(value);
  if (schema) return [...answered, compareIdentified(catalogue, schema, value)];
  // A page of HTML with a status that the document does not list is told by the status alone.
  return answered.some(({ problems }) => problems.length > 0) ? answered : "unlike";
}

/** Under the operation that answers so. */
function compareIdentified(catalogue: Catalogue, schema: NamedSchema, value: unknown): Part {
  const owner = catalogue.operationOf(schema.name);
  const isError = owner === undefined || /^([45]|default)/.test(owner.status);
  const role = isError ? undefined : clientRole(owner.operation.label, owner.part);
  const part = compareWith(schema, value, owner?.operation.label, role);
  return owner ? { ...part, status: owner.status } : part;
}

function compareWith(
  schema: NamedSchema,
  value: unknown,
  operation: string | undefined,
  role: CheckedRole | undefined,
): Part {
  const about = {
    schema: schema.name,
    side: "answer" as const,
    ...(operation !== undefined && { operation }),
    ...(role && { role }),
  };
  const missing: Problem = {
    kind: "missing",
    place: "(root)",
    expected: "a body",
    found: "",
    value,
    site: "",
  };
  if (value === undefined)
    return { ...about, problems: [role ? { ...missing, breaksClient: true } : missing] };
  return { ...about, problems: role ? forClient(schema.compare(value), role, value) : schema.compare(value) };
}

/** The differences, with those marked that this client can't read; what it can't read though it fits is one more. */
function forClient(problems: Problem[], role: CheckedRole, value: unknown): Problem[] {
  const unread = new Map(findClientProblems(role, value).map((problem) => [problem.place, problem]));
  if (unread.size === 0) return problems;
  const marked = problems.map((problem): Problem => {
    const isUnread = problem.kind !== "unknown" && unread.delete(problem.place);
    return isUnread ? { ...problem, breaksClient: true } : problem;
  });
  return [
    ...marked,
    ...[...unread.values()].map(
      ({ place, expected, got }): Problem => ({
        kind: "client",
        place,
        expected,
        found: got,
        value: undefined,
        site: "",
        breaksClient: true,
      }),
    ),
  ];
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
  const problems = isListed ? [] : [problem];
  return [{ schema: operation?.label ?? ANY_OPERATION, problems, side: "other" }];
}

function compareEvent(catalogue: Catalogue, sample: Sample, operation: Operation | undefined): Compared {
  const inner = dataOf(sample.value);
  // Some servers put a fault into an ordinary event: what it holds says what it is.
  const isFault = isObject(inner) && "error" in inner && !("choices" in inner);
  const event = sample.event ?? (isFault ? "error" : "message");
  const label = operation?.label;
  // Whichever is nearer to what the document says: it may describe the whole event.
  const meant = (schema: NamedSchema) =>
    inner === sample.value || schema.distance(sample.value) <= schema.distance(inner) ? sample.value : inner;
  const streams = eventMaps(operation ? [operation] : catalogue.operations);
  for (const events of streams) {
    const described = events.get(event);
    if (!described) continue;
    const schema = catalogue.named(described, `${event} event`);
    const value = meant(schema);
    if (event !== "message") return [compareWith(schema, value, label, undefined)];
    if (operation) return [compareWith(schema, value, label, clientRole(operation.label, "event"))];
    return [compareIdentified(catalogue, schema, value)];
  }
  if (streams.length === 0 && event === "message" && operation) {
    // Many documents say of a chat's stream that it is a text, and have its chunk among their schemas.
    const role = clientRole(operation.label, "event");
    if (!role || catalogue.chunk === undefined) return "events";
    const schema = catalogue.named(catalogue.chunk, "message event");
    return [compareWith(schema, meant(schema), label, role)];
  }
  const schema = catalogue.identify(inner);
  const compared = schema ? [compareIdentified(catalogue, schema, inner)] : [];
  if (streams.length === 0 && event === "message") return schema ? compared : "unlike";
  const known = [...new Set(streams.flatMap((events) => [...events.keys()]))].join(", ") || "message";
  const shown = isQuoted(event) ? event : "*";
  const problem: Problem = {
    kind: "event",
    place: `(event: ${shown})`,
    expected: `events: ${known}`,
    found: shown,
    value: sample.value,
    site: shown === event && operation?.responses.has("200") ? `${operation.site}/200` : "",
  };
  return [
    { schema: label ?? EVENT_STREAM, problems: [problem], side: "other", isCounted: true },
    ...compared,
  ];
}

const ENVELOPE = new Set(["data", "event", "id", "retry"]);

/**
 * The event's data. Some recorders, and some servers, put the whole event into it, as several documents describe it:
 * `{ event, data }`.
 */
export function dataOf(value: unknown): unknown {
  if (!isObject(value) || !isObject(value.data)) return value;
  return Object.keys(value).every((name) => ENVELOPE.has(name)) ? value.data : value;
}

const eventMaps = (operations: readonly Operation[]): Map<string, unknown>[] =>
  operations.flatMap(({ responses }) =>
    [...responses.values()].flatMap(({ events }: ResponseEntry) => (events ? [events] : [])),
  );
