/** In which order candidates are asked. */
import { describeCause, LlmError } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import { unreadable } from "../provider/base/values.ts";
import type { RouterCall } from "./call.ts";
import type { Candidate } from "./candidate.ts";
import type { CandidateState, Order, OrderFunction } from "./types.ts";

/** The candidates in order, best first. */
export type Ranking = (call: RouterCall) => readonly Candidate[];

export function rankingFor(order: Order, candidates: readonly Candidate[], random: () => number): Ranking {
  if (typeof order === "function") {
    return (call) => {
      try {
        return byFunction(order, candidates, call);
      } catch (fault) {
        // It may be asked by a timer, where nobody would catch it.
        call.abort(unreadable("order", fault, "ConfigError"));
        return [];
      }
    };
  }
  switch (order) {
    case "listed":
      return () => candidates;
    case "weighted":
      return (call) => byWeight(candidates, call, random);
    case "leastWait":
      return () => byWait(candidates);
  }
}

/** Lots are drawn once for a call, so that it goes from one candidate to the next and not back. */
function byWeight(candidates: readonly Candidate[], { lots }: RouterCall, random: () => number): Candidate[] {
  if (lots.size === 0) {
    // The largest of random() ^ (1 / weight) is each candidate's with a chance in proportion to its weight
    // (Efraimidis and Spirakis); logarithms keep small weights apart.
    for (const candidate of candidates) {
      const { weight } = candidate;
      lots.set(candidate, weight > 0 ? Math.log(1 - random()) / weight : Number.NEGATIVE_INFINITY);
    }
  }
  return [...candidates].sort((a, b) => compare(lots.get(b), lots.get(a)));
}

function byWait(candidates: readonly Candidate[]): Candidate[] {
  return candidates
    .map((candidate) => {
      // One of another make may not tell what it holds.
      const load = Math.max(candidate.gate.load, candidate.active);
      return { candidate, waitMs: candidate.waitMs, load };
    })
    .sort((a, b) => a.waitMs - b.waitMs || a.load - b.load)
    .map(({ candidate }) => candidate);
}

function compare(a = 0, b = 0): number {
  return a === b ? 0 : a - b;
}

function byFunction(
  order: OrderFunction,
  candidates: readonly Candidate[],
  { operation, model }: RouterCall,
): Candidate[] {
  let given: readonly CandidateState[];
  try {
    // A copy: it may be sorted where it stands.
    given = order([...candidates], { operation, model });
  } catch (fault) {
    const cause = describeCause(fault, (text) => text);
    throw new LlmError("ConfigError", "order: the function threw", { cause });
  }
  // The rejection of an async function is nobody's.
  hush(given);
  const problem = () =>
    new LlmError("ConfigError", "order: expected a list of the candidates that were given");
  if (!Array.isArray(given)) throw problem();
  return given.map((state) => {
    const candidate = candidates.find((candidate) => candidate === state);
    if (!candidate) throw problem();
    return candidate;
  });
}
