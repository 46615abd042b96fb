/** A limiter of the application's own: what it throws, rejects with, or gives wrong is an `LlmError` of the call, or told. */

import { memberOf } from "../base/error.ts";
import { failureOf, heard, type TellFault } from "../base/handed-in.ts";
import type { AcquireRequest, LimitFeedback, Permit, RateLimiter, RateLimitState } from "../base/limits.ts";
import { demandMethods } from "../base/values.ts";
import { Limiter } from "./limiter.ts";

const PLACE = "rateLimiter";

/** The limiter itself where it is one of ours. Throws `ConfigError` for what is no limiter. */
export function guardLimiter(limiter: RateLimiter, tell: TellFault): RateLimiter {
  if (limiter instanceof Limiter) return limiter;
  demandMethods(PLACE, "a RateLimiter", limiter, ["acquire", "check", "feedback"]);
  return new GuardedLimiter(limiter, tell);
}

class GuardedLimiter implements RateLimiter {
  readonly #limiter: RateLimiter;
  readonly #tell: TellFault;

  constructor(limiter: RateLimiter, tell: TellFault) {
    this.#limiter = limiter;
    this.#tell = tell;
  }

  get state(): RateLimitState {
    try {
      return this.#limiter.state;
    } catch (fault) {
      throw failureOf(PLACE, fault);
    }
  }

  async acquire(request: AcquireRequest): Promise<Permit> {
    let permit: unknown;
    try {
      permit = await this.#limiter.acquire({ ...request, retryOf: ownOf(request.retryOf) });
    } catch (fault) {
      throw failureOf(PLACE, fault);
    }
    return new GuardedPermit(permit, this.#tell);
  }

  async check(request?: { signal?: AbortSignal | undefined }): Promise<void> {
    try {
      await this.#limiter.check(request);
    } catch (fault) {
      throw failureOf(PLACE, fault);
    }
  }

  feedback(feedback: LimitFeedback): void {
    const permit = ownOf(feedback.permit);
    heard(this.#tell, `${PLACE}.feedback`, () => this.#limiter.feedback({ ...feedback, permit }));
  }
}

class GuardedPermit implements Permit {
  readonly permit: Permit;
  readonly waitedMs: number;
  readonly pausedMs: number;
  readonly #tell: TellFault;

  constructor(permit: unknown, tell: TellFault) {
    demandMethods(`${PLACE}.acquire`, "a Permit", permit, ["answered", "release"]);
    const ms = (value: unknown, otherwise: number) =>
      typeof value === "number" && value >= 0 ? value : otherwise;
    this.permit = permit as Permit;
    this.waitedMs = ms(memberOf(permit, "waitedMs"), 0);
    this.pausedMs = ms(memberOf(permit, "pausedMs"), this.waitedMs);
    this.#tell = tell;
  }

  answered(): void {
    heard(this.#tell, `${PLACE}: answered`, () => this.permit.answered());
  }

  release(outcome?: Parameters<Permit["release"]>[0]): void {
    heard(this.#tell, `${PLACE}: release`, () => this.permit.release(outcome));
  }
}

/** The application's limiter gets back what it gave. */
function ownOf(permit: Permit | undefined): Permit | undefined {
  return permit instanceof GuardedPermit ? permit.permit : permit;
}
