/** Whether an answer holds what the adapter needs, by the loose generated schemas. */
import type * as z from "zod/mini";
import { looseSchemas, type Schemas } from "../../generated/schemas.ts";
import { LlmError } from "../base/error.ts";
import { valueAt } from "../base/values.ts";
import { isPlainChunk } from "../stream/plain-chunk.ts";
import { compileFits, type Fits } from "./fits.ts";

/** The answers that the adapter reads. */
export type AnswerSchema =
  | "CreateChatCompletionResponse"
  | "CreateChatCompletionStreamResponse"
  | "CreateEmbeddingResponse"
  | "ListModelsResponse"
  | "Model";

export type Answer<N extends AnswerSchema> = z.output<ReturnType<Schemas[N]>>;

/** The answer as its type, or `InvalidResponse` that says what was expected where. */
export function check<N extends AnswerSchema>(
  name: N,
  body: unknown,
  about: { status?: number; requestId?: string | undefined } = {},
): Answer<N> {
  const problem = findProblem(name, body);
  // The loose schemas convert nothing: what fits is what came.
  if (problem === undefined) return body as Answer<N>;
  throw new LlmError("InvalidResponse", `The answer is no ${name}: ${problem}`, about);
}

/** What keeps a value from fitting, with its place; `undefined` when it fits. */
export function findProblem(name: AnswerSchema, body: unknown): string | undefined {
  // A stream is thousands of these: the schema alone would cost twice what reading and parsing them does.
  if (name === "CreateChatCompletionStreamResponse" && isPlainChunk(body)) return undefined;
  if (fitsOf(name)(body)) return undefined;
  const result = looseSchemas[name]().safeParse(body);
  return result.success ? undefined : describe(result.error.issues[0], body);
}

const compiled = new Map<AnswerSchema, Fits>();

function fitsOf(name: AnswerSchema): Fits {
  const known = compiled.get(name);
  if (known) return known;
  const fits = compileFits(looseSchemas[name]());
  compiled.set(name, fits);
  return fits;
}

/** Types only, never values: an answer may repeat a prompt. */
function describe(issue: z.core.$ZodIssue | undefined, body: unknown): string {
  if (!issue) return "it does not fit";
  const place = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  const expected = issue.code === "invalid_type" ? issue.expected : "another form";
  return `expected ${expected} at ${place.replace(/^\./, "") || "its root"}, got ${typeName(valueAt(body, issue.path))}`;
}

function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
