/** Whether an answer holds what the adapter needs, by the generated checks. */
import { checks } from "../../generated/checks.ts";
import type { Answers } from "../../generated/wire.ts";
import { LlmError } from "../base/error.ts";

/** The answers that the adapter reads. */
export type AnswerSchema = keyof typeof checks;

export type Answer<N extends AnswerSchema> = Answers[N];

/** The answer as its type, or `InvalidResponse` that says what was expected where. */
export function check<N extends AnswerSchema>(
  name: N,
  body: unknown,
  about: { status?: number; requestId?: string | undefined } = {},
): Answer<N> {
  const problem = findProblem(name, body);
  // The check converts nothing: what fits is what came.
  if (problem === undefined) return body as Answer<N>;
  throw new LlmError("InvalidResponse", `The answer is no ${name}: ${problem}`, about);
}

/** What keeps a value from fitting, with its place; `undefined` when it fits. */
export function findProblem(name: AnswerSchema, body: unknown): string | undefined {
  const problem = checks[name](body);
  if (!problem) return undefined;
  const place = problem.place.replace(/^\./, "") || "its root";
  return `expected ${problem.expected} at ${place}, got ${problem.got}`;
}
