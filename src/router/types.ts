/** What a router is given, and what it tells. */
import type { Clock } from "../provider/base/clock.ts";
import type { LlmError, LlmErrorKind } from "../provider/base/error.ts";
import type { RateLimitState } from "../provider/base/limits.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type {
  ChatOptions,
  ChatResponse,
  ChatStream,
  ChatStreamOptions,
  CompletionOptions,
  CompletionResponse,
  EmbeddingResponse,
  EmbedOptions,
  Message,
  ModelInfo,
} from "../provider/base/types.ts";
import type { BudgetOptions } from "./budget-types.ts";

/** What a router is asked to do. */
export type RouterOperation = "chat" | "chatStream" | "complete" | "embed";

/** What belongs to the call or to the router, so that a candidate can't change it. */
export type CallOwned =
  | "signal"
  | "maxRetries"
  | "maxWaitMs"
  | "maxQueueMs"
  | "deadlineMs"
  | "priority"
  | "id";

/** A provider, and what is particular about asking it. */
export interface RouterCandidate {
  /** Anything that is an `LlmProvider`; another router too. */
  provider: LlmProvider;
  /** In routes, events and errors. Default: `config.name` of the provider; a second one of that name gets `#2`. */
  name?: string | undefined;
  /** For `order: "weighted"`: how often it is asked first, against the other weights. 0: only when the others failed or have no room. Default 1. */
  weight?: number | undefined;
  /** Of chats: what this candidate is asked instead of what the call says. Its `model` above all. */
  options?: Omit<ChatOptions, CallOwned> | undefined;
  /** The same for `embed`. */
  embedOptions?: Omit<EmbedOptions, CallOwned> | undefined;
  /**
   * Tokens that fit into one call, prompt and completion. After `ContextLengthExceeded` and `RequestTooLarge` only those are
   * asked where more fits. Default: `contextWindow` of its model in `listModels`, which is read when it is needed.
   */
  maxContext?: number | undefined;
  /** US dollars per token, for a budget. Default: `pricing` of its model in `listModels`. */
  price?: TokenPrice | undefined;
}

/** US dollars per token. */
export interface TokenPrice {
  /** Of the prompt. */
  prompt: number;
  /** Of the answer. Default 0. */
  completion?: number | undefined;
  /** Of prompt tokens that came from the cache. Default: as `prompt`. */
  inputCacheRead?: number | undefined;
}

/** A candidate as an order function sees it. */
export interface CandidateState {
  /** Its name in routes and events. */
  readonly name: string;
  /** The provider itself. */
  readonly provider: LlmProvider;
  /** As it was given; default 1. */
  readonly weight: number;
  /** Tokens that fit into one call, where it was given. */
  readonly maxContext: number | undefined;
  /** Milliseconds that its own limiter would make a call wait; 0: it could go now. */
  readonly waitMs: number;
  /** Milliseconds that it rests after failures; 0: it does not. */
  readonly restMs: number;
  /** Calls of this router that it works on. */
  readonly active: number;
}

/** What an order function is told of the call. */
export interface OrderContext {
  /** What is asked. */
  operation: RouterOperation;
  /** `model` of the call's options. */
  model: string | undefined;
}

/** Gives the candidates in the order in which to ask them; who is left out is not asked. Called for each choice. */
export type OrderFunction = (
  candidates: readonly CandidateState[],
  context: OrderContext,
) => readonly CandidateState[];

/**
 * Whom to ask first among those that could go now.
 *
 * - `listed`: the first in the list.
 * - `weighted`: at random, by `weight`.
 * - `leastWait`: whose limiter makes the call wait least; among equals, who has the fewest calls under way.
 */
export type Order = "listed" | "weighted" | "leastWait" | OrderFunction;

/**
 * What follows from a failure.
 *
 * - `next`: another candidate is asked; this one may be again, where the error is retryable.
 * - `rest`: the same, and this one rests for `breaker.longRestMs`.
 * - `larger`: another is asked only where more fits (see `maxContext`).
 * - `throw`: the call fails with it; where another candidate is at work on it (`hedgeAfterMs`), only if that fails too.
 */
export type ErrorAction = "next" | "rest" | "larger" | "throw";

/** What an error policy is told beside the error. */
export interface ErrorContext {
  /** The name of the one that failed. */
  candidate: string;
  /** What was asked. */
  operation: RouterOperation;
  /** How often this call has asked this candidate. */
  tries: number;
}

/** Overrides what follows from an error: for kinds, or by a function; `undefined` leaves it as it is by default. */
export type ErrorPolicy =
  | { readonly [Kind in LlmErrorKind]?: ErrorAction }
  | ((error: LlmError, context: ErrorContext) => ErrorAction | undefined);

/** When a candidate rests, and how long. */
export interface BreakerOptions {
  /** Failures in a row after which a candidate rests; with `hedgeAfterMs` also so many calls in a row that another answered first. Default 5. */
  failures?: number | undefined;
  /** Or this share of the last calls, from 0 to 1. Default 0.5. */
  share?: number | undefined;
  /** How many calls are "the last". Default 50. */
  lastCalls?: number | undefined;
  /** How many calls must have ended before the share counts. Default 20. */
  minCalls?: number | undefined;
  /** Milliseconds of rest; doubled with each probe that fails. A server's `retryAfterMs` goes before. Default 1000. */
  restMs?: number | undefined;
  /** Milliseconds; most that doubling leads to. Default 60 000. */
  maxRestMs?: number | undefined;
  /** Milliseconds of rest after a refused key, permission or quota. Default 300 000. */
  longRestMs?: number | undefined;
}

/** What a router is told. */
export interface RouterOptions {
  /** In the router's `config`, and in errors. Default `router`. */
  name?: string | undefined;
  /** Default `listed`. */
  order?: Order | undefined;
  /** What follows from an error, where that should be other than by default. */
  onError?: ErrorPolicy | undefined;
  /** When a candidate rests, and how long. */
  breaker?: BreakerOptions | undefined;
  /**
   * Milliseconds that a call may wait at a candidate's own limiter before the next is asked. Default 0: it waits only where
   * no candidate could take it now, and then for the first that can.
   */
  patienceMs?: number | undefined;
  /**
   * Milliseconds after which a second candidate is asked too, when the first has not begun to answer: a chat whole, a stream
   * its first chunk. Who answers first wins, the other is cancelled. Default: never.
   */
  hedgeAfterMs?: number | undefined;
  /** How often a call may ask a candidate again that failed. Default 2. Those not asked yet come before. */
  maxRetries?: number | undefined;
  /** Milliseconds that a call may wait after failures: for a rest to end, or before it asks again. Default 60 000. */
  maxWaitMs?: number | undefined;
  /** Milliseconds that a call may wait because all candidates are at their limits. Default 600 000. */
  maxQueueMs?: number | undefined;
  /** Calls that may wait. Default 10 000. */
  maxQueue?: number | undefined;
  /** Milliseconds for a whole call, streams to their end; a call's own `deadlineMs` goes before. Default: no bound but the others. */
  deadlineMs?: number | undefined;
  /** What may be spent in each period. */
  budget?: BudgetOptions | undefined;
  /** Receives what happens. What it throws is ignored. */
  onEvent?: ((event: RouterEvent) => void) | undefined;
  /** Default: the system's. */
  clock?: Clock | undefined;
  /** From 0 to 1; for weights and jitter. */
  random?: (() => number) | undefined;
}

// ---------------------------------------------------------------- what it tells

/** One time that a candidate was asked. */
export interface Asked {
  /** Its name. */
  candidate: string;
  /**
   * `answered`; `failed`, with the kind of its error; `outrun`: another answered first, so it was cancelled; `cancelled`: by
   * the caller or the deadline.
   */
  outcome: "answered" | "failed" | "outrun" | "cancelled";
  /** Milliseconds from the beginning of the call. */
  atMs: number;
  /** Milliseconds that it took; of a stream, to its first chunk. */
  durationMs: number;
  /** It was asked because another was slow to begin. */
  hedge?: true;
  /** The kind of its error. */
  kind?: LlmErrorKind;
  /** HTTP status of the failure. */
  status?: number;
  /** From `x-request-id` of the failure: quote it to the vendor's support. */
  requestId?: string;
  /** Where the candidate is a router: whom it asked. */
  route?: Route;
}

/** Who answered a call, and who was asked. */
export interface Route {
  /** Name of the candidate; absent where none did. */
  answeredBy?: string;
  /** In the order in which they were asked. Who was passed over, at its limit or at rest, is not in it. */
  asked: Asked[];
  /** US dollars, where a budget knows the price: of the answer, without what failed tries may have cost. */
  costUsd?: number;
}

/** A chat's answer, and who gave it. */
export interface RoutedChatResponse extends ChatResponse {
  /** Who was asked, and who answered. */
  route: Route;
}

/** A completion, and who gave it. */
export interface RoutedCompletionResponse extends CompletionResponse {
  /** Who was asked, and who answered. */
  route: Route;
}

/** Embeddings, and who gave them. */
export interface RoutedEmbeddingResponse extends EmbeddingResponse {
  /** Who was asked, and who answered. */
  route: Route;
}

/** A stream whose candidate may change until its first chunk, and no more from there. */
export interface RoutedChatStream extends ChatStream {
  readonly response: Promise<RoutedChatResponse>;
}

/** An `LlmProvider` made of several. Every method fails with `LlmError` only; `routeOf` tells who was asked before. */
export interface Router extends LlmProvider {
  chat(messages: readonly Message[], options?: ChatOptions): Promise<RoutedChatResponse>;
  /**
   * Throws for messages that are none, and for options of a call that are wrong. What only a candidate can tell, as a misspelt
   * option, is told by the loop, and by `response`.
   */
  chatStream(messages: readonly Message[], options?: ChatStreamOptions): RoutedChatStream;
  complete(prompt: string, options?: CompletionOptions): Promise<RoutedCompletionResponse>;
  embed(input: readonly string[], options?: EmbedOptions): Promise<RoutedEmbeddingResponse>;
  /** Of all candidates that answer; an id that several have is told once, as the first has it. */
  listModels(options?: Parameters<LlmProvider["listModels"]>[0]): Promise<ModelInfo[]>;
  /** Of the candidate that could take a call first. Its `waiting` has those that wait here too. */
  readonly rateLimitState: RateLimitState;
  /** How each candidate stands. */
  readonly candidates: readonly CandidateState[];
}

interface OwnEvent {
  /** Which router tells it: `name` of its configuration. */
  router: string;
}

interface AskEvent extends OwnEvent {
  /** One number for each call, the same over all candidates. */
  callId: number;
  /** What is asked. */
  operation: RouterOperation;
  /** Who is asked. */
  candidate: string;
}

/** What `onEvent` receives: no key, no prompt, no answer in it. */
export type RouterEvent =
  | (AskEvent & {
      type: "asked";
      /** Because another is slow to begin. */
      hedge?: true;
    })
  /** It was not asked after all: its own limiter had no room, the budget none for it, or it went to rest meanwhile. */
  | (AskEvent & {
      type: "refused";
      /** Why not. */
      kind: LlmErrorKind;
      /** Milliseconds that its limiter would have made the call wait. */
      waitMs?: number;
    })
  /** It failed, and this follows. */
  | (AskEvent & {
      type: "failed";
      /** What went wrong. */
      kind: LlmErrorKind;
      /** HTTP status, where an answer came. */
      status?: number;
      /** Milliseconds that it took. */
      durationMs: number;
      /** What follows. */
      action: ErrorAction;
    })
  /** Another candidate is asked than before. `hedge`: because that one is slow. */
  | (AskEvent & {
      type: "changed";
      /** Who was asked before. */
      from: string;
      /** Why another is asked. */
      reason: LlmErrorKind | "hedge";
    })
  /** Another answered first. */
  | (AskEvent & {
      type: "outrun";
      /** Milliseconds that it had worked. */
      durationMs: number;
    })
  /** The call is answered; of a stream, to its end. `durationMs` is that of the whole call. */
  | (AskEvent & {
      type: "answered";
      /** Milliseconds of the whole call. */
      durationMs: number;
      /** How often candidates were asked. */
      asked: number;
      /** US dollars, where a budget knows the price. */
      costUsd?: number;
    })
  /** A call waited for a candidate: at its limit, or at rest. */
  | (OwnEvent & {
      type: "waited";
      /** One number for each call. */
      callId: number;
      /** What is asked. */
      operation: RouterOperation;
      /** Milliseconds that it waited. */
      waitMs: number;
    })
  /** Code that the application handed in failed, and no call failed with it. */
  | (OwnEvent & {
      type: "fault";
      /** What failed: `budget.store`, `clock`, `random`, or `onError` of a stream that had begun. */
      of: string;
      /** What it threw, or rejected with. */
      message: string;
    })
  /** A candidate rests, is tried by one call, or serves again. */
  | (OwnEvent & {
      type: "breaker";
      /** Which one. */
      candidate: string;
      /** `open`: it rests; `halfOpen`: one call tries it; `closed`: it serves. */
      state: "open" | "halfOpen" | "closed";
      /** Milliseconds of the rest. */
      restMs?: number;
      /** The failure that led to it. */
      kind?: LlmErrorKind;
    })
  /** The budget refused a call; `store`: its store could not be reached; `price`: a model's price is not known. */
  | (OwnEvent & {
      type: "budget";
      problem: "spent";
      /** US dollars in the period that runs. */
      spentUsd: number;
      /** Milliseconds until it ends. */
      resetMs: number;
    })
  | (OwnEvent & {
      type: "budget";
      problem: "store";
      /** What went wrong. */
      message: string;
    })
  | (OwnEvent & {
      type: "budget";
      problem: "price";
      /** The candidate that has the model. */
      candidate: string;
      /** The model without a price. */
      model: string;
    });

/** As its parts tell it: they do not know the router's name. */
export type UnnamedEvent = RouterEvent extends infer Event
  ? Event extends RouterEvent
    ? Omit<Event, "router">
    : never
  : never;
