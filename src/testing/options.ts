/** What an embedded Groq is told. */
import type { Bodies, ServedDocument } from "./described/types.ts";
import type { Fault } from "./faults.ts";
import type { LimitOptions } from "./limits.ts";
import type { WireModel } from "./models.ts";
import type { ReceivedRequest } from "./received.ts";
import type { ChatRequest, Reply } from "./reply.ts";

/** What an embedded Groq says, and what goes wrong there. */
export interface EmbeddedGroqOptions {
  /** The only key that is accepted. Default: any. */
  apiKey?: string;
  /** By their wire names. Default: those of the real one, as of this version. */
  models?: readonly WireModel[];
  /**
   * What the model says: one reply for all, a list to be used up in order, or a function of the request (its second
   * argument counts chats from 1). Without one, and after the list: an answer that is always the same for the same
   * request, which calls the first tool offered, gives JSON where it is asked for, and else repeats the prompt.
   */
  reply?: Reply | readonly Reply[] | ((request: ChatRequest, count: number) => Reply | undefined);
  /**
   * Answers by this document, as `readDocument` gives it: every operation with a body made from its schema, errors in its shape.
   * A request that does not fit the document is refused with 400. Of `reply` only errors, faults and delays count then, and of
   * `limits` and `models` nothing.
   */
  document?: ServedDocument;
  /** How much is in those bodies. Default: `minimal`. */
  bodies?: Bodies;
  /** Any whole number: which value of an enum, or branch of a union, comes first. Default: 0. */
  seed?: number;
  /** Spoils every answer, unless the reply has a fault of its own; a function decides for each request, counted from 1. */
  fault?: Fault | ((request: ReceivedRequest, count: number) => Fault | undefined);
  /** Refuses calls beyond them, as Groq does. Default: none. */
  limits?: LimitOptions;
  /** Milliseconds before each answer's head. */
  latencyMs?: number;
  /** How many of the latest requests are kept in `requests`. Default: all; a long run wants fewer. */
  keepRequests?: number;
  /** Milliseconds, for limits. Default: the process's clock. */
  now?: () => number;
}
