/** What follows from a failure: for the call, and for the candidate's breaker. */
import { describeCause, LlmError, type LlmErrorKind } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import { kindOf } from "../provider/base/values.ts";
import type { Failure, Trial } from "./breaker.ts";
import { isRefusal, routeOf } from "./route.ts";
import type { ErrorAction, ErrorContext, ErrorPolicy } from "./types.ts";

const DEFAULT_ACTIONS: Record<LlmErrorKind, ErrorAction> = {
  RateLimitExceeded: "next",
  ServiceUnavailable: "next",
  Timeout: "next",
  ProviderError: "next",
  ModelNotFound: "next",
  ModelPullFailed: "next",
  InvalidResponse: "next",
  // Another model may write what this one could not.
  GenerationFailed: "next",
  NotSupported: "next",
  NotImplemented: "next",
  UnsupportedEndpoint: "next",
  Authentication: "rest",
  PermissionDenied: "rest",
  QuotaExceeded: "rest",
  ContextLengthExceeded: "larger",
  RequestTooLarge: "larger",
  InvalidRequest: "throw",
  ConfigError: "throw",
  Cancelled: "throw",
  ToolFailed: "throw",
};

const ACTIONS: readonly unknown[] = ["next", "rest", "larger", "throw"] satisfies ErrorAction[];

export function isAction(value: unknown): value is ErrorAction {
  return ACTIONS.includes(value);
}

/** Kinds that say that a candidate is in trouble; the others are about what it was asked. */
const TROUBLE: ReadonlySet<LlmErrorKind> = new Set([
  "RateLimitExceeded",
  "ServiceUnavailable",
  "Timeout",
  "ProviderError",
  "InvalidResponse",
]);

/** Throws `ConfigError` where the policy throws, or gives something else than an action. */
export function actionFor(error: LlmError, policy: ErrorPolicy, context: ErrorContext): ErrorAction {
  const wanted = typeof policy === "function" ? ask(policy, error, context) : policy[error.kind];
  if (wanted === undefined) return DEFAULT_ACTIONS[error.kind];
  if (isAction(wanted)) return wanted;
  const got = hush(wanted) ? "a promise" : kindOf(wanted);
  throw new LlmError("ConfigError", `onError: expected next, rest, larger or throw, got ${got}`);
}

function ask(policy: PolicyFunction, error: LlmError, context: ErrorContext) {
  try {
    return policy(error, context);
  } catch (fault) {
    const cause = describeCause(fault, (text) => text);
    throw new LlmError("ConfigError", "onError: the function threw", { cause });
  }
}

type PolicyFunction = Extract<ErrorPolicy, (...args: never) => unknown>;

/** The candidate's limiter had no room in time, or all candidates of a nested router rest: no server was asked. */
export function isLocalRefusal(error: LlmError, { isRouter }: { isRouter: boolean }): boolean {
  // A nested router may have asked others before it came to that.
  if (isRouter && (routeOf(error)?.asked.length ?? 0) > 0) return false;
  return isRefusal(error) || (error.kind === "RateLimitExceeded" && error.status === undefined);
}

/** Tells the breaker how a call ended. `ownModel`: the candidate's own model was asked, not one that the call named. */
export function settleTrial(trial: Trial, error: LlmError, action: ErrorAction, ownModel: boolean): void {
  const { kind, retryAfterMs, status, timeout } = error;
  // Its reader was away, not the candidate.
  if (timeout === "idle") trial.abandoned();
  else if (action === "rest") trial.failed({ kind, retryAfterMs, lasting: true });
  // Whatever becomes of the call.
  else if (TROUBLE.has(kind) || (kind === "ModelNotFound" && ownModel)) trial.failed(failureOf(error));
  else if (status === undefined) trial.abandoned();
  else trial.succeeded();
}

function failureOf({ kind, retryAfterMs }: LlmError): Failure {
  return { kind, retryAfterMs, pace: kind === "RateLimitExceeded" && retryAfterMs !== undefined };
}
