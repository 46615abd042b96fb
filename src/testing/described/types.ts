/** What the embedded Groq needs of a document. */
import type { Answer } from "../answer.ts";
import type { ReceivedRequest } from "../received.ts";
import type { ErrorReply } from "../reply.ts";

/**
 * How much is in the bodies that are made from a document's schemas. `minimal`: only what is required, null where null is allowed,
 * lists as short as they may be. `maximal`: every member, lists of two, and each value of an enum and each branch of a union in
 * turn, null last.
 */
export type Bodies = "minimal" | "maximal";

/** How a document is answered by. */
export interface AnswersOptions {
  /** How much is in each body. */
  bodies: Bodies;
  /** Any whole number: which value of an enum, or branch of a union, comes first. */
  seed: number;
}

/** A document that an embedded Groq can answer by. */
export interface ServedDocument {
  /** Where it came from. */
  readonly source: string;
  /** Labels of what it answers, such as `POST /chat/completions`. */
  readonly operations: readonly string[];
  /** A model that its chat takes, where it names them and takes no other. */
  readonly model: string | undefined;
  /** A server of it. */
  answers(options: AnswersOptions): DocumentAnswers;
}

/** The answers, one after the other. */
export interface DocumentAnswers {
  /** The next answer to such a request; with an error that one, in the document's shape. */
  answer(request: ReceivedRequest, error?: ErrorReply["error"]): Answer;
  /** Whether every value of an enum and every branch of a union that was met has been sent. */
  readonly isSpent: boolean;
}
