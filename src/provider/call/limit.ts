/** Each try asks the limiter for a permit first, and reports what it used afterwards. */
import { signalOf } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type { EventListener } from "../base/events.ts";
import type { AnswerHead, Call, CallOutcome, Layer, WaitBudget } from "../base/layer.ts";
import type { Permit, RateLimiter } from "../base/limits.ts";
import type { Usage } from "../base/types.ts";
import type { CallRequest } from "../limits/limiter.ts";
import type { Observer } from "./observe.ts";

/** `limiterFor` gives the limiter of a model. */
export function limit(
  limiterFor: (model: string) => RateLimiter,
  { emit, queued }: Pick<Observer, "emit" | "queued">,
  clock: Clock,
): Layer {
  // A try that comes again keeps the place in the queue that its first one had. The tries of a call share their waits.
  const lastPermits = new WeakMap<WaitBudget, Permit>();
  return async (call, next) => {
    if (call.tokens === undefined) return next(call);
    const limiter = limiterFor(call.model);
    queued(call.id);
    const request: CallRequest = {
      tokens: call.tokens,
      priority: call.options.priority,
      signal: signalOf(call.abort),
      retryOf: lastPermits.get(call.waits),
      maxWaitMs: call.waits.leftMs,
      maxQueueMs: call.options.maxQueueMs,
      ...(call.endsAt !== undefined && { deadlineMs: Math.max(0, call.endsAt - clock.now()) }),
      saysMaxWait: call.options.maxWaitMs !== undefined,
    };
    const permit = await limiter.acquire(request);
    // It ended while it took its turn: nothing is sent, so there is no try.
    if (call.abort.reason) {
      permit.release({ sent: false });
      throw call.abort.reason;
    }
    lastPermits.set(call.waits, permit);
    if (permit.waitedMs > 0) tellWait(call, permit, emit);
    let head: AnswerHead | undefined;
    const handler = {
      onAnswer: (answer: AnswerHead) => {
        head = answer;
        permit.answered();
        // A failed answer tells more in its body, which has not been read yet.
        const { status, rateLimits: snapshot } = answer;
        if (status >= 200 && status < 300) limiter.feedback({ status, snapshot, permit });
        call.handler.onAnswer(answer);
      },
      onEnd: (outcome: CallOutcome) => {
        const { error, usage } = outcome;
        if (error) fail(limiter, permit, head, error, usage);
        else permit.release({ usedTokens: usage?.totalTokens });
        call.handler.onEnd(outcome);
      },
    };
    try {
      return await next({ ...call, handler });
    } catch (fault) {
      if (LlmError.is(fault)) fail(limiter, permit, head, fault, undefined);
      else permit.release();
      throw fault;
    }
  };
}

function tellWait(call: Call, permit: Permit, emit: EventListener): void {
  const { id, operation, model, attempt, waits } = call;
  const { waitedMs, pausedMs = waitedMs } = permit;
  // The time in the own line has a bound of its own.
  waits.spend(pausedMs);
  emit({ type: "limitWait", callId: id, operation, model, attempt, waitMs: waitedMs });
}

function fail(
  limiter: RateLimiter,
  permit: Permit,
  head: AnswerHead | undefined,
  error: LlmError,
  usage: Usage | undefined,
): void {
  const { status, refusal, retryAfterMs } = error;
  if (head && status !== undefined && status >= 400) {
    limiter.feedback({ status, snapshot: head.rateLimits, refusal, retryAfterMs, permit });
  }
  permit.release(usedBy(error, head !== undefined, usage));
}

/** Faults after which the server never saw the request. */
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/**
 * What a failed try used. A refused one used no tokens; one that broke off later may have used all that it reserved, so
 * its estimate stands.
 */
function usedBy(error: LlmError, answered: boolean, usage: Usage | undefined) {
  if (!answered) return { sent: !NEVER_SENT.test(error.code ?? "") };
  if (usage) return { sent: true, usedTokens: usage.totalTokens };
  return error.status !== undefined && error.status >= 400 ? { sent: true, usedTokens: 0 } : { sent: true };
}
