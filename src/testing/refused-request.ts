/** Says where a request does not fit the document, worded as Groq words it. */
import { valueAt } from "../provider/base/values.ts";

interface Issue {
  code?: string | undefined;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  errors?: Issue[][];
}

/** The first issue; within messages, the branch that fits best. */
export function describeMisfit(issues: readonly object[], body: unknown): string {
  if (typeof body !== "object" || body === null) return "request body is not valid JSON";
  const [issue] = issues as readonly Issue[];
  if (!issue) return "invalid request";
  const place = issue.path.map(String).join(".");
  // A message is one of several forms; where one of them nearly fits, the issue is that form's.
  const inner = issue.code === "invalid_union" ? bestBranch(issue.errors ?? []) : issue;
  if (place.startsWith("messages.")) {
    const role = valueAt(body, [...issue.path.slice(0, 2), "role"]);
    const what = inner?.code === "unrecognized_keys" ? unsupported(inner) : `value does not fit`;
    return `'${place}' : for 'role:${String(role)}' the following must be satisfied[('${place}' : ${what})]`;
  }
  if (inner?.code === "unrecognized_keys") {
    return place === "" ? unsupported(inner) : `'${place}' : ${unsupported(inner)}`;
  }
  if (valueAt(body, issue.path) === undefined) return `'${place}' : property '${place}' is missing`;
  return `'${place}' : ${issue.message}`;
}

const unsupported = (issue: Issue) =>
  (issue.keys ?? []).map((key) => `property '${key}' is unsupported`).join(", ");

/** The branch that the message was meant for has the fewest issues. */
function bestBranch(branches: Issue[][]): Issue | undefined {
  const fitting = branches.filter((branch) => !branch.some(({ path }) => path[0] === "role"));
  return (fitting[0] ?? branches[0])?.[0];
}
