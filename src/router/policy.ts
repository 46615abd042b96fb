/** What follows from a failure: for the call, and for the candidate's breaker. */
import { describeCause, LlmError, type LlmErrorKind } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import { kindOf } from "../provider/base/values.ts";
import type { Failure, Trial } from "./breaker.ts";
import { REFUSAL, routeOf, UNPRICED } from "./route.ts";
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
  if (wanted === undefined) return defaultFor(error);
  if (isAction(wanted)) return wanted;
  const got = hush(wanted) ? "a promise" : kindOf(wanted);
  throw new LlmError("ConfigError", `onError: expected next, rest, larger or throw, got ${got}`);
}

function defaultFor(error: LlmError): ErrorAction {
  return isGone(error) || UNPRICED.isOn(error) ? "next" : DEFAULT_ACTIONS[error.kind];
}

/** A path that is not there, or a call that was cancelled at the server by itself: another candidate can answer. */
function isGone({ kind, status }: LlmError): boolean {
  return kind === "Cancelled" ? status === 499 : kind === "InvalidRequest" && NO_PATH.has(status);
}

const NO_PATH: ReadonlySet<number | undefined> = new Set([404, 405]);

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
  return REFUSAL.isOn(error) || (error.kind === "RateLimitExceeded" && error.status === undefined);
}

/** What a candidate was asked, as far as a failure says something of the whole candidate. */
export interface AskedOf {
  isRouter: boolean;
  /** Its own model, at the endpoint that it is there for: not a model that the call named. */
  own: { model: boolean; endpoint: boolean };
}

/** Tells the breaker how a call ended. */
export function settleTrial(trial: Trial, error: LlmError, action: ErrorAction, of: AskedOf): void {
  const { kind, retryAfterMs, status, timeout } = error;
  // Its reader was away, not the candidate.
  if (timeout === "idle") trial.abandoned();
  else if (action === "rest" && isOfAll(error, of)) trial.failed({ kind, retryAfterMs, lasting: true });
  // It knows the rests of its own, and says when all of them rest.
  else if (of.isRouter && isTrouble(error, of)) trial.abandoned();
  // Whatever becomes of the call.
  else if (isTrouble(error, of)) trial.failed(failureOf(error));
  else if (status === undefined) trial.abandoned();
  else trial.succeeded();
}

function isTrouble(error: LlmError, { own }: AskedOf): boolean {
  return TROUBLE.has(error.kind) || isGone(error) || (error.kind === "ModelNotFound" && own.model);
}

/** Whether a failure after which a candidate rests by default is one of all that it serves. Others rest as `onError` says. */
function isOfAll({ kind }: LlmError, { isRouter, own }: AskedOf): boolean {
  if (DEFAULT_ACTIONS[kind] !== "rest") return true;
  return !isRouter && (kind !== "PermissionDenied" || (own.model && own.endpoint));
}

function failureOf({ kind, retryAfterMs }: LlmError): Failure {
  return { kind, retryAfterMs, pace: kind === "RateLimitExceeded" && retryAfterMs !== undefined };
}
