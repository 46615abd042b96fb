/** Whom a call asks now, or how long until it can ask somebody. */
import type { RouterCall } from "./call.ts";
import type { Candidate } from "./candidate.ts";
import type { Ranking } from "./order.ts";

/** What sums of times may differ by. */
const ROUNDING_MS = 0.001;

/** How long a call must wait before it can ask a candidate, and for what. */
export interface Wait {
  /** Milliseconds; 0 where it is not known: until something changes. */
  ms: number;
  /** For a limit to leave room, or for a rest after a failure to end. */
  reason: "limit" | "rest";
  /** It is this call's alone: nothing happens at the candidate when it is over. */
  own?: boolean;
}

/**
 * The first candidate in order that may be asked now; those that this call has asked less often come before. `open` narrows
 * the choice, where the caller knows who has room.
 */
export function choose(
  call: RouterCall,
  rank: Ranking,
  open: (candidate: Candidate) => boolean = isOpen,
): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of rank(call)) {
    if (!call.admits(candidate) || !candidate.supports(call.operation)) continue;
    if (best && call.tries(candidate) >= call.tries(best)) continue;
    if (!open(candidate) || call.holdMs(candidate).ms > 0) continue;
    best = candidate;
    if (call.tries(candidate) === 0) return best;
  }
  return best;
}

export function isOpen({ breaker, gate }: Candidate): boolean {
  return breaker.admits && gate.isOpen;
}

/** The shortest wait within the call's bounds; `undefined` where there is none, so that it fails. */
export function soonest(call: RouterCall, rank: Ranking): Wait | undefined {
  let best: Wait | undefined;
  let bestHasTime = false;
  for (const wait of waits(call, rank)) {
    const leftMs = boundMs(call, wait.reason);
    if (wait.ms === Number.POSITIVE_INFINITY || wait.ms > leftMs + ROUNDING_MS) continue;
    // One of unknown length is no way for a call that has no time left for it.
    const hasTime = wait.ms > 0 || leftMs > 0;
    if (best && (hasTime === bestHasTime ? wait.ms >= best.ms : bestHasTime)) continue;
    best = wait;
    bestHasTime = hasTime;
  }
  return best;
}

/** The shortest wait of all, whether or not the call may wait so long; one that is not known only where none is. */
export function shortest(call: RouterCall, rank: Ranking): Wait | undefined {
  const length = ({ ms }: Wait) => (ms > 0 ? ms : Number.POSITIVE_INFINITY);
  return waits(call, rank).sort((a, b) => (length(a) < length(b) ? -1 : 1))[0];
}

/** The shortest wait for room at a candidate that this call has not asked. */
export function soonestRoom(call: RouterCall, rank: Ranking): Wait | undefined {
  const untried: Ranking = (call) => rank(call).filter((candidate) => call.tries(candidate) === 0);
  return waits(call, untried)
    .filter(({ ms, reason }) => reason === "limit" && ms > 0)
    .sort((a, b) => a.ms - b.ms)[0];
}

/** Milliseconds that a call may still wait. */
export function boundMs(call: RouterCall, reason: Wait["reason"]): number {
  const { maxQueueMs, maxWaitMs } = call.bounds;
  const left = reason === "limit" ? maxQueueMs - call.queuedMs : maxWaitMs - call.waitedMs;
  return Math.min(left, call.leftMs);
}

function waits(call: RouterCall, rank: Ranking): Wait[] {
  return rank(call)
    .filter((candidate) => call.admits(candidate) && candidate.supports(call.operation))
    .map((candidate) => waitFor(call, candidate));
}

function waitFor(call: RouterCall, candidate: Candidate): Wait {
  const hold = call.holdMs(candidate);
  return waitAt(candidate, hold.refused ? hold.ms : 0, hold.refused ? 0 : hold.ms);
}

function waitAt(candidate: Candidate, limitHoldMs: number, restHoldMs: number): Wait {
  const limitMs = Math.max(candidate.waitMs, limitHoldMs);
  const restMs = Math.max(candidate.restMs, restHoldMs);
  // A nested router that rests tells the same as its wait.
  return restMs > limitMs || (restMs === limitMs && (restMs > 0 || !candidate.breaker.admits))
    ? { ms: restMs, reason: "rest", own: restHoldMs > candidate.restMs }
    : { ms: limitMs, reason: "limit" };
}

/** Changes where calls that wait may have to wait for something else than before, or longer for a rest. */
export function prospectOf(candidates: readonly Candidate[]): string {
  const found = candidates.map((candidate) => waitAt(candidate, 0, 0));
  if (found.every(({ reason }) => reason === "limit")) return "";
  const reasons = [...found].sort((a, b) => a.ms - b.ms).map(({ reason }) => reason);
  return [...reasons, ...candidates.map(({ breaker }) => breaker.restsUntil)].join();
}
