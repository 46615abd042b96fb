/** The one retry loop: asks candidates until one answers, or nobody is left. */
import { unlessAborted } from "../provider/base/abort.ts";
import type { LlmError } from "../provider/base/error.ts";
import type { GuardedClock } from "../provider/base/handed-in.ts";
import type { CallOptions } from "../provider/base/types.ts";
import { invalidRequest, isObject, kindOf, reading, unreadable } from "../provider/base/values.ts";
import { Ask, costsNothing, type Plan } from "./ask.ts";
import type { Budget, Used } from "./budget.ts";
import { type CallBounds, RouterCall } from "./call.ts";
import type { Candidate } from "./candidate.ts";
import { checkCall } from "./check-options.ts";
import type { UsedTokens } from "./cost.ts";
import type { Line } from "./line.ts";
import { actionFor, isLocalRefusal, settleTrial } from "./policy.ts";
import { FOR_GOOD } from "./route.ts";
import type { ErrorAction, ErrorPolicy, RouterOperation, UnnamedEvent } from "./types.ts";

export interface DispatcherOptions {
  candidates: readonly Candidate[];
  line: Line;
  budget: Budget | undefined;
  bounds: CallBounds;
  policy: ErrorPolicy;
  patienceMs: number;
  hedgeAfterMs: number | undefined;
  clock: GuardedClock;
  random: () => number;
  emit: (event: UnnamedEvent) => void;
}

/** An answer, and the ask that brought it: whoever reads it to its end ends that too. */
export interface Answered<T> {
  answer: T;
  ask: Ask<T>;
}

const HEDGE_AGAIN_MS = 20;

/** Of the options of any call. */
export type RoutedOptions = CallOptions & {
  model?: string | undefined;
  maxQueueMs?: number | undefined;
};

export class Dispatcher {
  readonly #options: DispatcherOptions;
  #lastCallId = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** A call that has asked nobody yet. Close it when it is over. */
  begin(operation: RouterOperation, options: RoutedOptions): RouterCall {
    const { bounds, clock, random } = this.#options;
    clock.now();
    if (clock.fault) throw clock.fault;
    const given: unknown = options;
    if (!isObject(given)) throw invalidRequest("options", `expected an object, got ${kindOf(given)}`);
    return reading("options", () => {
      checkCall(options);
      const { maxRetries = bounds.maxRetries, maxWaitMs = bounds.maxWaitMs } = options;
      const { maxQueueMs = bounds.maxQueueMs, deadlineMs = bounds.deadlineMs } = options;
      const id = ++this.#lastCallId;
      return new RouterCall({
        ...{ id, operation, options, clock, random },
        bounds: { maxRetries, maxWaitMs, maxQueueMs, deadlineMs },
      });
    });
  }

  /** Rejects with `LlmError`, whose route is kept. */
  async run<T>(call: RouterCall, plan: Plan<T>): Promise<Answered<T>> {
    const { line } = this.#options;
    try {
      for (;;) {
        const answered = await line.next(call, (candidate) => this.#race(call, plan, candidate));
        if (answered) return answered;
      }
    } catch (error) {
      line.over();
      throw call.fails(unreadable("messages and options", error));
    }
  }

  /** The answer has come to its end: settles what it cost, and tells it. */
  finish<T>(call: RouterCall, ask: Ask<T>, answer: Used): void {
    const { clock, emit, line } = this.#options;
    ask.trial.succeeded();
    ask.tellsRoute(answer);
    const costUsd = ask.end(answer) ?? ask.asked.route?.costUsd;
    if (costUsd !== undefined) call.route.costUsd = costUsd;
    emit({
      type: "answered",
      ...about(call, ask.candidate),
      durationMs: clock.now() - call.startedAt,
      asked: call.route.asked.length,
      ...(costUsd !== undefined && { costUsd }),
    });
    line.over();
  }

  /** An answer that had begun broke off: by itself, or since the caller or a deadline ended the call. */
  breakOff<T>(call: RouterCall, ask: Ask<T>, error: LlmError, usage: UsedTokens | undefined): void {
    const { emit, line } = this.#options;
    const { candidate } = ask;
    call.ranOut(error);
    const ended = call.endedBy !== undefined;
    ask.failed(error, ended ? "cancelled" : "failed");
    ask.end({ usage });
    if (ended) ask.trial.abandoned();
    else {
      this.#settle(call, ask, error, this.#actionOfLate(call, candidate, error));
      emit({ type: "failed", ...about(call, candidate), ...facts(error, ask), action: "throw" });
    }
    line.over();
  }

  /**
   * Asks one candidate, and where it is slow to begin another beside it. Resolves with the first answer, or with `undefined`
   * when all who were asked failed in a way after which the next is to be asked. A failure that ends the call does so only
   * when nobody is at work on it any more.
   */
  #race<T>(call: RouterCall, plan: Plan<T>, first: Candidate): Promise<Answered<T> | undefined> {
    const { clock, line, hedgeAfterMs } = this.#options;
    return new Promise((resolve, reject) => {
      const running = new Set<Ask<T>>();
      /** Asks whose end is not dealt with yet: those that run, and those whose failure is judged. */
      let open = 0;
      let ends: { error: unknown } | undefined;
      let stopTimer = () => {};
      const stop = (end: (ask: Ask<T>) => void) => {
        stopTimer();
        for (const ask of running) end(ask);
        running.clear();
      };
      const hedge = () => {
        const candidate = running.size === 1 ? line.leftFor(call) : undefined;
        if (candidate) start(candidate, true);
        // Nobody could take it now; soon somebody may.
        else hedgeIn(Math.max(HEDGE_AGAIN_MS, hedgeAfterMs ?? 0));
      };
      const hedgeIn = (ms: number) => {
        stopTimer();
        stopTimer = clock.setTimer(hedge, ms);
      };
      const goOn = () => {
        const { endedBy } = call;
        if (endedBy) {
          stop((ask) => ask.cancelled());
          line.wake();
          reject(endedBy);
        } else if (open > 0) {
          if (ends) stopTimer();
          else if (running.size > 0) hedge();
        } else {
          stopTimer();
          if (ends) reject(ends.error);
          else resolve(undefined);
        }
      };
      const start = (candidate: Candidate, isHedge: boolean) => {
        const ask = this.#ask(call, plan, candidate, isHedge);
        running.add(ask);
        open += 1;
        if (hedgeAfterMs !== undefined) hedgeIn(hedgeAfterMs);
        ask.outcome
          .then(async (outcome) => {
            if (!running.delete(ask)) {
              // Another was faster, by less than a turn.
              if ("answer" in outcome) plan.discard?.(outcome.answer);
              return;
            }
            if ("answer" in outcome) {
              stop((slower) => this.#outrun(slower, call));
              ask.answered();
              return resolve({ answer: outcome.answer, ask });
            }
            const { error } = outcome;
            const goesOn = await this.#failed(call, ask, error);
            if (!goesOn) ends ??= { error };
          })
          .catch((fault: unknown) => {
            ends ??= { error: fault };
          })
          .finally(() => {
            open -= 1;
            goOn();
          });
      };
      start(first, false);
    });
  }

  #ask<T>(call: RouterCall, plan: Plan<T>, candidate: Candidate, hedge: boolean): Ask<T> {
    const { patienceMs, budget, clock, emit } = this.#options;
    const { last } = call;
    if (last && last !== candidate) {
      const reason = hedge ? "hedge" : (call.errorOf(last)?.kind ?? "ServiceUnavailable");
      emit({ type: "changed", ...about(call, candidate), from: last.name, reason });
    }
    call.last = candidate;
    emit({ type: "asked", ...about(call, candidate), ...(hedge && { hedge: true as const }) });
    return new Ask({ call, candidate, plan, patienceMs, budget, clock, hedge });
  }

  #outrun<T>(ask: Ask<T>, call: RouterCall): void {
    const { emit, line } = this.#options;
    ask.outrun();
    emit({ type: "outrun", ...about(call, ask.candidate), durationMs: ask.durationMs });
    line.wake();
  }

  /** What follows from a failed ask; true: the call goes on. */
  async #failed<T>(call: RouterCall, ask: Ask<T>, error: LlmError): Promise<boolean> {
    const { candidates, line } = this.#options;
    const { candidate } = ask;
    try {
      call.ranOut(error);
      if (call.endedBy) {
        ask.failed(error, "cancelled");
        ask.trial.abandoned();
        ask.end(undefined, !ask.sent);
        return false;
      }
      if (!ask.sent || isLocalRefusal(error, candidate)) {
        this.#refused(call, ask, error);
        // The store of the budget failed, which is the same for all candidates.
        return ask.step !== "budget" || error.kind === "RateLimitExceeded";
      }
      const action = this.#judge(call, ask, error);
      if (action === "throw") return false;
      call.failed(candidate, error, action);
      if (action === "larger") await dismissSmaller(call, candidate, candidates, error);
      return true;
    } finally {
      line.wake();
    }
  }

  /** Nobody was asked: the candidate's own limiter had no room, the budget none for it, or it went to rest meanwhile. */
  #refused<T>(call: RouterCall, ask: Ask<T>, error: LlmError): void {
    const { candidate } = ask;
    const { kind, retryAfterMs } = error;
    ask.trial.abandoned();
    ask.end(undefined, true);
    call.forget(candidate, ask.asked);
    // Prices that can't be read for now are waited for, as is a limiter's room; the line knows of a rest.
    if (ask.sent ? !FOR_GOOD.isOn(error) : ask.step === "price" && error.retryable) {
      call.refused(candidate, error);
      if (retryAfterMs === undefined) candidate.gate.watch();
    } else if (ask.step !== "rest") call.dismiss(candidate, error);
    const waitMs = retryAfterMs === undefined ? {} : { waitMs: retryAfterMs };
    this.#options.emit({ type: "refused", ...about(call, candidate), kind, ...waitMs });
  }

  #judge<T>(call: RouterCall, ask: Ask<T>, error: LlmError): ErrorAction {
    const { candidate } = ask;
    ask.failed(error, "failed");
    ask.end(undefined, costsNothing(error));
    let action: ErrorAction;
    try {
      action = this.#actionFor(call, candidate, error);
    } catch (fault) {
      ask.trial.abandoned();
      throw fault;
    }
    this.#settle(call, ask, error, action);
    this.#options.emit({ type: "failed", ...about(call, candidate), ...facts(error, ask), action });
    return action;
  }

  /** Of a stream that broke off: it fails with that, whatever the application's policy says or does. */
  #actionOfLate(call: RouterCall, candidate: Candidate, error: LlmError): ErrorAction {
    try {
      return this.#actionFor(call, candidate, error);
    } catch (fault) {
      const { message } = unreadable("onError", fault, "ConfigError");
      this.#options.emit({ type: "fault", of: "onError", message });
      return "throw";
    }
  }

  #settle<T>({ operation, model }: RouterCall, ask: Ask<T>, error: LlmError, action: ErrorAction): void {
    const { candidate } = ask;
    const own = {
      model: candidate.choosesModel(operation, model),
      endpoint: operation !== "embed" || !candidate.supports("chat"),
    };
    settleTrial(ask.trial, error, action, { isRouter: candidate.isRouter, own });
  }

  #actionFor(call: RouterCall, candidate: Candidate, error: LlmError): ErrorAction {
    const { operation } = call;
    const context = { candidate: candidate.name, operation, tries: call.tries(candidate) };
    return actionFor(error, this.#options.policy, context);
  }
}

function facts<T>({ kind, status }: LlmError, { asked }: Ask<T>) {
  return { kind, ...(status !== undefined && { status }), durationMs: asked.durationMs };
}

function about({ id, operation }: RouterCall, { name }: Candidate) {
  return { callId: id, operation, candidate: name };
}

/** Leaves those to ask where more fits than where it was too much, or what a limit refused. */
async function dismissSmaller(
  call: RouterCall,
  tooSmall: Candidate,
  candidates: readonly Candidate[],
  error: LlmError,
): Promise<void> {
  const modelAt = (candidate: Candidate) => candidate.modelFor(call.operation, call.model);
  const others = candidates.filter((other) => other !== tooSmall && call.admits(other));
  const learning = [tooSmall, ...others].map((candidate) => candidate.learnContext(modelAt(candidate)));
  await unlessAborted(Promise.all(learning), call.signal);
  const fits = (candidate: Candidate) => candidate.contextOf(modelAt(candidate));
  const isTooSmall = exceedsLimit(error)
    ? // Of another's limits nobody knows; of its context somebody may.
      (other: Candidate) => (fits(other) ?? Number.POSITIVE_INFINITY) < (error.refusal?.requested ?? 0)
    : (other: Candidate) => (fits(other) ?? 0) <= (fits(tooSmall) ?? 0);
  for (const other of others) if (isTooSmall(other)) call.dismiss(other, error);
}

/** The call is larger than what a key or a limiter admits in any period: that says nothing of models. */
function exceedsLimit({ kind, status, refusal }: LlmError): boolean {
  return kind === "RequestTooLarge" && (status === undefined || refusal !== undefined);
}
