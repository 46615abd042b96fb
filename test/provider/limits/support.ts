import { LlmError } from "../../../src/provider/base/error.ts";
import type { ProviderEvent } from "../../../src/provider/base/events.ts";
import type { Permit, RateLimiter } from "../../../src/provider/base/limits.ts";
import {
  createRateLimiter,
  type RateLimiterOptions,
} from "../../../src/provider/limits/create-rate-limiter.ts";
import { FakeClock, outcome, settle } from "./harness.ts";

/** A limiter on a clock of its own, without chance. */
export function setUp(options: RateLimiterOptions = {}) {
  const clock = new FakeClock();
  const events: ProviderEvent[] = [];
  const limiter = createRateLimiter({
    ...{ clock, random: () => 1, model: "m", onEvent: (event) => events.push(event) },
    ...options,
  });
  return { clock, events, limiter };
}

/** Takes permits for as long as some are given. */
export async function admit(limiter: RateLimiter, most = 1000, tokens = 0): Promise<Permit[]> {
  const permits: Permit[] = [];
  while (permits.length < most) {
    const controller = new AbortController();
    const permit = await outcome(limiter.acquire({ tokens, signal: controller.signal }));
    if (permit === "pending" || "error" in permit) {
      controller.abort();
      await settle();
      break;
    }
    permits.push(permit);
  }
  return permits;
}

export async function take(limiter: RateLimiter, tokens = 0): Promise<Permit> {
  const [permit] = await admit(limiter, 1, tokens);
  if (!permit) throw new Error("it had to wait");
  return permit;
}

/** An answer without figures. */
export function succeed(limiter: RateLimiter, permit: Permit, usedTokens?: number): void {
  permit.answered();
  limiter.feedback({ status: 200, permit });
  permit.release({ usedTokens });
}

export function refuse(
  limiter: RateLimiter,
  permit: Permit,
  feedback: Omit<Parameters<RateLimiter["feedback"]>[0], "permit">,
): void {
  permit.answered();
  limiter.feedback({ ...feedback, permit });
  permit.release({ usedTokens: 0 });
}

/** The error of a promise that is rejected by now. */
export async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const result = await outcome(promise);
  if (typeof result === "object" && result !== null && "error" in result && LlmError.is(result.error)) {
    return result.error;
  }
  throw new Error("it did not fail");
}
