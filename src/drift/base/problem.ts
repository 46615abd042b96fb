/** How an answer can differ from the document, and whether that can break whoever relies on the document. */
import { expectObject } from "../../openapi/arguments.ts";
import { printable } from "./json.ts";

/**
 * - `missing`: a required field is not there.
 * - `null`: null where the document does not allow it.
 * - `type`: another JSON type.
 * - `enum`: a value that the document does not list.
 * - `unknown`: a field that the document does not know.
 * - `event`: a kind of event that the document does not know in this stream, or a body of a kind that it does not know.
 * - `status`: a status that the document does not list for this operation.
 * - `client`: fits the document, and this client can't read it.
 * - `vanished`, `renamed`, `appeared`: against earlier answers; the document may allow it.
 */
export type ProblemKind =
  | "missing"
  | "null"
  | "type"
  | "enum"
  | "unknown"
  | "event"
  | "status"
  | "client"
  | "vanished"
  | "renamed"
  | "appeared";

/** One difference between an answer and the document. */
export interface Problem {
  /** What kind of difference. */
  kind: ProblemKind;
  /** Where in the answer: `choices[].message.content`; `[]` is any index, `(root)` the whole. */
  place: string;
  /** The name of the missing or unknown field; absent for other kinds. */
  field?: string;
  /** What the document says: types, values, or events. */
  expected: string;
  /** What came instead: a type, a value, an event's or status' name. Empty where the kind says it all. */
  found: string;
  /** The value at the place; undefined for a missing field. */
  value: unknown;
  /** JSON pointer, in the document as written, of the schema to change. Empty when there is none. */
  site: string;
  /** Unknown fields beside this one that are not listed: there were too many in one object. */
  more?: number;
  /** True where this client can't read the answer there. */
  breaksClient?: boolean;
}

/**
 * Whether a caller who trusts the document can break.
 *
 * Everything breaks that a validator made from the document would refuse, or for which generated types have no case:
 * so a new enum value too, which an exhaustive `switch` does not expect. A field more only adds. A status more adds
 * when it is an error's (callers must expect errors anyhow), and breaks when it is a success of a new kind.
 */
export function isBreaking(problem: Pick<Problem, "kind" | "found">): boolean {
  expectObject("isBreaking", "problem", problem);
  const { kind, found } = problem;
  if (FITTING.has(kind)) return false;
  if (kind === "status") return !/^[45]/.test(found);
  return true;
}

const FITTING: ReadonlySet<ProblemKind> = new Set(["unknown", "client", "vanished", "renamed", "appeared"]);

/** The kind as a report's words. */
export const KIND_WORDS: Record<ProblemKind, string> = {
  missing: "missing required field",
  null: "null where not allowed",
  type: "other type",
  enum: "value outside the enum",
  unknown: "unknown field",
  event: "unknown event",
  status: "unlisted status",
  client: "unreadable to this client",
  vanished: "vanished",
  renamed: "renamed",
  appeared: "appeared",
};

/** `["choices", "[]", "message"]` as `choices[].message`. */
export function formatPlace(segments: readonly string[]): string {
  let place = "";
  for (const segment of segments) {
    if (segment === "[]") place += "[]";
    else if (segment === "*" || /^[\w$-]+$/.test(segment)) place += place === "" ? segment : `.${segment}`;
    else place += `[${printable(JSON.stringify(segment))}]`;
  }
  return place === "" ? "(root)" : place;
}
