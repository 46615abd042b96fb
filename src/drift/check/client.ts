/** Whether this client can go on with an answer: its own checks, on what it makes of the answer before. */
import { checks, type Problem } from "../../generated/checks.ts";
import { type CheckedRole, type Member, READS, type Reads } from "../../provider/base/reads.ts";
import { isObject } from "../../provider/base/values.ts";
import { normalise } from "../../provider/wire/normalise.ts";
import { formatPlace } from "../base/problem.ts";

/** A place that the client can't read, as a finding has it. */
export interface ClientProblem {
  place: string;
  /** What the client needs there. */
  expected: string;
  /** The type that came, or `nothing`. */
  got: string;
}

// What one answer tells beyond these tells nothing more.
const MAX_PROBLEMS = 20;

/** All places of an answer that the client can't go on with; none when it reads the answer. */
export function findClientProblems(role: CheckedRole, body: unknown): ClientProblem[] {
  let value = normalise(role, body);
  const found: ClientProblem[] = [];
  let problem = checks[role](value);
  while (problem && found.length < MAX_PROBLEMS) {
    const path = pathOf(problem.place);
    found.push({ place: formatPlace(path.map(shown)), expected: problem.expected, got: problem.got });
    // A check tells its first fault: the others are found behind a value that stands in.
    value = withValue(value, path, standIn(problem));
    const next = checks[role](value);
    problem = next?.place.startsWith(problem.place) ? undefined : next;
  }
  return found;
}

/** What the client checks the answers of an operation with; undefined where it asks for no such answer. */
export function clientRole(label: string, part: "body" | "event"): CheckedRole | undefined {
  const [, method, path] =
    /^([A-Z]+) .*?(\/(?:chat\/completions|embeddings|models|models\/\{[^{}]+\}))$/.exec(label) ?? [];
  if (path === "/chat/completions")
    return method === "POST" ? (part === "event" ? "StreamChunk" : "ChatAnswer") : undefined;
  if (part === "event") return undefined;
  if (path === "/embeddings") return method === "POST" ? "EmbeddingAnswer" : undefined;
  if (method !== "GET" || path === undefined) return undefined;
  return path === "/models" ? "ModelList" : "Model";
}

// Read as values of unknown type, so the table of what is checked has none of them.
const READ_UNCHECKED = /^choices\[\]\.(message|delta)\.(reasoning|reasoning_content|thinking|annotations)$/;

/** Whether the client reads what stands at this place. */
export function isRead(role: CheckedRole, place: string): boolean {
  if (READ_UNCHECKED.test(place)) return true;
  let reads: Reads | Member | undefined = READS[role];
  for (const step of place.match(/\[\]|[^.[\]]+/g) ?? []) {
    if (!reads) return false;
    // What is read whole is read with all that is in it.
    if (!reads.of && !reads.each) return true;
    reads =
      step === "[]" ? reads.each : reads.of && Object.hasOwn(reads.of, step) ? reads.of[step] : undefined;
  }
  return reads !== undefined;
}

const shown = (step: string | number): string => (typeof step === "number" ? "[]" : step);

/** `.choices[0].message` as a path. */
const pathOf = (place: string): (string | number)[] =>
  [...place.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));

function standIn({ expected }: Problem): unknown {
  if (expected === "object") return {};
  if (expected === "array") return [];
  if (expected === "an item") return [{}];
  if (/\bstring\b/.test(expected)) return "";
  return /\bboolean\b/.test(expected) ? false : 0;
}

/** A copy that has another value at the path. */
function withValue(root: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(root))
    return root.map((item, index) => (index === step ? withValue(item, rest, value) : item));
  if (!isObject(root)) return root;
  return { ...root, [step]: withValue(Object.hasOwn(root, step) ? root[step] : undefined, rest, value) };
}
