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
  status?: number | undefined;
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
      if (tally) count(event, tally, clock.now());
    }
    listen(event);
  };

  const tellEnd = (call: CallFacts, startedAt: number, tally: Tally, outcome: CallOutcome) => {
    const { error, usage, finishReason } = outcome;
    const now = clock.now();
    endPause(tally, now);
    endQueue(tally, now);
    const status = error ? error.status : tally.status;
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
      if (clock.fault) throw clock.fault;
      const tally: Tally = { tries: 0, waitedMs: 0 };
      tallies.set(call.id, tally);
      const end = (outcome: CallOutcome) => {
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
      const { callId, operation, model } = factsOf(call);
      const about = { callId, operation, model, attempt: call.attempt };
      let head: AnswerHead | undefined;
      emit(Object.assign({ type: "request" as const }, about));
      const fail = ({ kind, status }: LlmError) =>
        emit({
          type: "error",
          ...about,
          kind,
          durationMs: clock.now() - startedAt,
          ...(status !== undefined && { status }),
          ...(head?.requestId !== undefined && { requestId: head.requestId }),
        });
      const handler = {
        onAnswer: (answer: AnswerHead) => {
          head = answer;
          call.handler.onAnswer(answer);
        },
        onEnd: (outcome: CallOutcome) => {
          const { error, usage, firstEventMs } = outcome;
          if (error) fail(error);
          else {
            const { status = 200, requestId } = head ?? {};
            const durationMs = clock.now() - startedAt;
            const event: ResponseEvent = Object.assign(
              { type: "response" as const, status, durationMs },
              about,
            );
            if (requestId !== undefined) event.requestId = requestId;
            if (usage) event.usage = usage;
            if (firstEventMs !== undefined) event.firstEventMs = firstEventMs;
            emit(event);
          }
          call.handler.onEnd(outcome);
        },
      };
      try {
        return await next({ ...call, handler });
      } catch (fault) {
        if (LlmError.is(fault)) fail(fault);
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
