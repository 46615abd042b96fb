/** Time bounds of a call and of each try. Work ends by itself, by the clock, or with its call. */
import { type Abort, Aborter, NEVER } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type { AnswerHead, Call, CallOutcome, Layer, Next } from "../base/layer.ts";
import { inCode } from "../config/option-names.ts";

/** The whole call within `deadlineMs`; a stream up to its last event. */
export function deadline(clock: Clock): Layer {
  return (call, next) => {
    const { deadlineMs } = call.options;
    if (deadlineMs === undefined && call.abort === NEVER) return next(call);
    const endsAt = deadlineMs === undefined ? undefined : clock.now() + deadlineMs;
    return within({ ...call, endsAt }, next, {
      clock,
      ms: deadlineMs,
      error: () =>
        new LlmError("Timeout", `The call took longer than ${deadlineMs} ms (deadlineMs)`, {
          timeout: "deadline",
        }),
      wholeStream: true,
    });
  };
}

/** Each try within `timeoutMs`; a stream up to its first event, as from there its own times hold. */
export function timeout(clock: Clock, host: string, defaultMs: number, nameOf = inCode): Layer {
  return (call, next) => {
    const { timeoutMs: own } = call.options;
    const ms = own ?? defaultMs;
    const option = own === undefined ? nameOf("timeoutMs") : "timeoutMs";
    return within(call, next, {
      clock,
      ms,
      error: () =>
        new LlmError("Timeout", `The answer of ${host} took longer than ${ms} ms (${option})`, {
          timeout: "total",
          retryable: true,
        }),
      wholeStream: false,
    });
  };
}

interface Bound {
  clock: Clock;
  /** Absent: only the call's own `abort` ends it. */
  ms: number | undefined;
  error: () => LlmError;
  /** The clock goes on until a stream's last event. */
  wholeStream: boolean;
}

/**
 * Settles at the abort or time-out even if `next` ignores it. Until the call ends, its abort also
 * ends a stream's body; then nothing is left: no timer, no listener.
 */
function within<T>(call: Call, next: Next<T>, { clock, ms, error, wholeStream }: Bound): Promise<T> {
  const outer: Abort = call.abort;
  if (outer.reason) return Promise.reject(outer.reason);
  return new Promise((resolve, reject) => {
    const aborter = new Aborter();
    const stop = (reason: LlmError) => {
      leave();
      reject(reason);
      aborter.abort(reason);
    };
    const leave = () => {
      stopClock?.();
      stopListening();
    };
    const stopClock =
      ms === undefined || ms === Infinity ? undefined : clock.setTimer(() => stop(error()), ms);
    const stopListening = outer.onAbort(stop);
    const handler = {
      onAnswer: (head: AnswerHead) => call.handler.onAnswer(head),
      onEnd: (outcome: CallOutcome) => {
        leave();
        call.handler.onEnd(outcome);
      },
    };
    next({ ...call, abort: aborter, handler }).then(
      (value) => {
        if (call.operation !== "chatStream") leave();
        else if (!wholeStream) stopClock?.();
        resolve(value);
      },
      (fault: unknown) => {
        leave();
        reject(fault);
      },
    );
  });
}
