/** Whether an answer holds what the adapter needs, by the generated checks. */
import { checks } from "../../generated/checks.ts";
import type { Answers } from "../../generated/wire.ts";
import { LlmError } from "../base/error.ts";
import type { Redact } from "../base/redact.ts";
import { boundedCopy } from "./bounded.ts";
import { readWords } from "./error-body.ts";

/** The answers that the adapter reads. */
export type AnswerSchema = keyof typeof checks;

export type Answer<N extends AnswerSchema> = Answers[N];

/** What is known of an answer beside its body. */
interface About {
  status?: number;
  requestId?: string | undefined;
  /** Removes secrets from what the server said. Default: nothing is removed. */
  redact?: Redact;
}

/**
 * The answer as its type, or `InvalidResponse` that says what was expected where, and what the server said instead: then
 * `body` has all of it.
 */
export function check<N extends AnswerSchema>(name: N, body: unknown, about: About = {}): Answer<N> {
  const problem = findProblem(name, body);
  // The check converts nothing: what fits is what came.
  if (problem === undefined) return body as Answer<N>;
  throw noAnswer(`The answer is no ${name}: ${problem}`, body, about);
}

/** An answer of success that is none: what the server said in it is in the message, and the body in `body`. */
export function noAnswer(
  message: string,
  body: unknown,
  { status, requestId, redact = (text) => text }: About,
): LlmError {
  const words = readWords(body, redact);
  // An answer that says nothing of itself holds a model's words, and those are nobody's but the caller's.
  if (words === undefined) return new LlmError("InvalidResponse", message, { status, requestId });
  const told = { status, requestId, body: boundedCopy(body, redact) };
  return new LlmError("InvalidResponse", `${message} (${words})`, told);
}

/** What keeps a value from fitting, with its place; `undefined` when it fits. */
export function findProblem(name: AnswerSchema, body: unknown): string | undefined {
  const problem = checks[name](body);
  if (!problem) return undefined;
  const place = problem.place.replace(/^\./, "") || "its root";
  return `expected ${problem.expected} at ${place}, got ${problem.got}`;
}
