/** Events: one for each try and its end, one for the end of each call. */
import { applicationFault, LlmError, memberOf } from "../base/error.ts";
import type { EventListener, Operation, ProviderEvent } from "../base/events.ts";
import type { GuardedClock } from "../base/handed-in.ts";
import type { AnswerHead, Call, CallOutcome, Layer } from "../base/layer.ts";
import { kindOf } from "../base/values.ts";

type EndEvent = Extract<ProviderEvent, { type: "end" }>;
type ResponseEvent = Extract<ProviderEvent, { type: "response" }>;

export interface Observer {
  /** Around the call: tells its end. */
  call: Layer;
  /** Around each try: tells its request, and its response or error. */
  try: Layer;
  /** How other layers emit events. */
  emit: EventListener;
  /** A try begins to wait for the limit, be it for no time at all. */
  queued(callId: number): void;
  /** Tells the end of a call that failed before it began, by its input. */
  refused(call: Omit<CallFacts, "attempt">, error: unknown): void;
}

type CallFacts = Pick<Call, "id" | "operation" | "model" | "attempt" | "options">;

/** The sums of one call's events: tries, waits, usage. */
interface Tally {
  tries: number;
  waitedMs: number;
  /** The wait between two tries: how long it is to take, and since when it does. An abort may cut it short. */
  pause?: { ms: number; since: number } | undefined;
  /** When a try began to wait for the limit, and is neither let through nor refused yet. */
  queuedAt?: number | undefined;
  /** Of the answer to the last try. */
  status?: number | undefined;
  /** Tells the end of the try under way. */
  endTry?: ((outcome: CallOutcome) => void) | undefined;
}

/** `config` is the configuration's name; `listen` never throws. */
export function createObserver(
  clock: GuardedClock,
  config: string,
  listen: EventListener,
  redact: (text: string) => string,
): Observer {
  const tallies = new Map<number, Tally>();

  const emit = (event: ProviderEvent): void => {
    if ("callId" in event) {
      const tally = tallies.get(event.callId);
      // Its end was told: what still goes on in it is nobody's any more.
      if (!tally) return;
      count(event, tally, clock.now());
    }
    listen(event);
  };

  const tellEnd = (call: CallFacts, startedAt: number, tally: Tally, outcome: CallOutcome) => {
    const { error, usage, finishReason } = outcome;
    const now = clock.now();
    endPause(tally, now);
    endQueue(tally, now);
    const status = error?.status ?? tally.status;
    const { callId, operation, model } = factsOf(call);
    const { tries, waitedMs } = tally;
    const durationMs = now - startedAt;
    const event: EndEvent = { type: "end", callId, operation, model, config, tries, waitedMs, durationMs };
    // Of a call that was refused they may be anything.
    const id = memberOf(call.options, "id");
    if (typeof id === "string") event.id = id;
    if (error) event.kind = error.kind;
    if (status !== undefined) event.status = status;
    if (finishReason) event.finishReason = finishReason;
    if (usage) event.usage = usage;
    listen(event);
  };

  return {
    emit,

    queued(callId) {
      const tally = tallies.get(callId);
      if (!tally) return;
      const now = clock.now();
      endPause(tally, now);
      tally.queuedAt = now;
    },

    async call(call, next) {
      const startedAt = clock.now();
      const tally: Tally = { tries: 0, waitedMs: 0 };
      tallies.set(call.id, tally);
      const end = (outcome: CallOutcome) => {
        // An abort, and a layer that throws, end the call before its try knows.
        tally.endTry?.(outcome);
        if (!tallies.delete(call.id)) return;
        tellEnd(call, startedAt, tally, outcome);
      };
      const handler = {
        onAnswer: (answer: AnswerHead) => {
          tally.status = answer.status;
          call.handler.onAnswer(answer);
        },
        onEnd: (outcome: CallOutcome) => {
          end(outcome);
          call.handler.onEnd(outcome);
        },
      };
      try {
        if (clock.fault) throw clock.fault;
        const value = await next({ ...call, handler });
        if (!OWN_ANSWERS.has(call.operation)) demandAnswer(value);
        // A layer may have answered in place of the server: then no answer of a server ends.
        if (call.operation !== "chatStream") end({});
        return value;
      } catch (fault) {
        // Our own code throws only `LlmError`; anything else came from code that was handed in.
        const error = LlmError.is(fault) ? fault : applicationFault("A layer", fault, redact);
        end({ error });
        throw error;
      }
    },

    async try(call, next) {
      const startedAt = clock.now();
      const tally = tallies.get(call.id);
      const { callId, operation, model } = factsOf(call);
      const about = { callId, operation, model, attempt: call.attempt };
      let head: AnswerHead | undefined;
      const endTry = (outcome: CallOutcome) => {
        if (tally?.endTry !== endTry) return;
        tally.endTry = undefined;
        emit(endOfTry(outcome, head, Object.assign({ durationMs: clock.now() - startedAt }, about)));
      };
      if (tally) tally.endTry = endTry;
      emit(Object.assign({ type: "request" as const }, about));
      const handler = {
        onAnswer: (answer: AnswerHead) => {
          head = answer;
          call.handler.onAnswer(answer);
        },
        onEnd: (outcome: CallOutcome) => {
          endTry(outcome);
          call.handler.onEnd(outcome);
        },
      };
      try {
        const value = await next({ ...call, handler });
        // A layer may have answered in place of the server.
        if (call.operation !== "chatStream") endTry({});
        return value;
      } catch (fault) {
        if (LlmError.is(fault)) endTry({ error: fault });
        throw fault;
      }
    },

    refused(call, fault) {
      if (!LlmError.is(fault)) return;
      tellEnd({ ...call, attempt: 0 }, clock.now(), { tries: 0, waitedMs: 0 }, { error: fault });
    },
  };
}

/** These give nothing, or what their caller makes of an answer. */
const OWN_ANSWERS: ReadonlySet<Operation> = new Set(["pullModel", "request"]);

type TryFacts = Omit<ResponseEvent, "type" | "status" | "requestId" | "usage" | "firstEventMs">;

function endOfTry(
  { error, usage, firstEventMs }: CallOutcome,
  { status, requestId }: Partial<AnswerHead> = {},
  about: TryFacts,
): ProviderEvent {
  const facts = requestId === undefined ? about : Object.assign({ requestId }, about);
  if (error) {
    const told = error.status ?? status;
    const failed = Object.assign({ type: "error" as const, kind: error.kind }, facts);
    return told === undefined ? failed : Object.assign(failed, { status: told });
  }
  const event: ResponseEvent = Object.assign({ type: "response" as const, status: status ?? 200 }, facts);
  if (usage) event.usage = usage;
  if (firstEventMs !== undefined) event.firstEventMs = firstEventMs;
  return event;
}

/** A layer may answer in place of the server, but not give nothing. */
function demandAnswer(value: unknown): void {
  if (typeof value === "object" && value !== null) return;
  throw new LlmError(
    "ConfigError",
    `layers: expected that a layer gives an answer, it gave ${kindOf(value)}`,
  );
}

const factsOf = ({ id, operation, model }: CallFacts) => ({ callId: id, operation, model });

function count(event: ProviderEvent, tally: Tally, now: number): void {
  if (event.type === "retry" && !event.paced) tally.pause = { ms: event.waitMs, since: now };
  else if (event.type === "limitWait") {
    tally.waitedMs += event.waitMs;
    tally.queuedAt = undefined;
  } else if (event.type === "request") {
    endPause(tally, now);
    tally.queuedAt = undefined;
    tally.status = undefined;
    tally.tries += 1;
  }
}

/** Counts the wait between two tries, as long as it was. */
function endPause(tally: Tally, now: number): void {
  if (tally.pause) tally.waitedMs += Math.min(tally.pause.ms, now - tally.pause.since);
  tally.pause = undefined;
}

/** Counts a wait for the limit that led to no try. Less than a millisecond is no wait, but the time that code takes. */
function endQueue(tally: Tally, now: number): void {
  const waited = tally.queuedAt === undefined ? 0 : now - tally.queuedAt;
  if (waited >= 1) tally.waitedMs += waited;
}
