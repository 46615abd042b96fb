/** What a router is given as candidates of one form, each with its breaker, its gate and what is known of its models. */
import type { Clock } from "../provider/base/clock.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { BREAKER_DEFAULTS, Breaker, type BreakerChange } from "./breaker.ts";
import { Candidate } from "./candidate.ts";
import { isProvider } from "./check-options.ts";
import { Gate } from "./gate.ts";
import { ModelCatalogue } from "./model-catalogue.ts";
import type { BreakerOptions, RouterCandidate } from "./types.ts";

export interface CandidateSetting {
  breaker: BreakerOptions | undefined;
  patienceMs: number;
  keepModelsMs: number;
  clock: Clock;
  onBreaker: (name: string, change: BreakerChange) => void;
  /** A limiter that was full has room. */
  onRoom: () => void;
}

export function createCandidates(
  given: readonly (LlmProvider | RouterCandidate)[],
  { breaker, patienceMs, keepModelsMs, clock, onBreaker, onRoom }: CandidateSetting,
): readonly Candidate[] {
  const settings = { ...BREAKER_DEFAULTS, ...defined(breaker ?? {}) };
  const names = new Set<string>();
  const candidates = given.map((entry) => {
    const candidate = toCandidate(entry);
    const { provider } = candidate;
    const name = unused(candidate.name ?? provider.config.name, names);
    names.add(name);
    return new Candidate({
      name,
      given: {
        ...candidate,
        options: defined(candidate.options ?? {}),
        embedOptions: defined(candidate.embedOptions ?? {}),
      },
      breaker: new Breaker(settings, clock, (change) => onBreaker(name, change)),
      models: new ModelCatalogue(provider, clock, keepModelsMs),
      gate: new Gate(provider, clock, patienceMs, onRoom),
    });
  });
  // The application gets this very list.
  return Object.freeze(candidates);
}

function toCandidate(entry: LlmProvider | RouterCandidate): RouterCandidate {
  return isProvider(entry) ? { provider: entry } : entry;
}

function unused(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2, free = name; ; number++) {
    if (!taken.has(free)) return free;
    free = `${name}#${number}`;
  }
}

/** Without members that are `undefined`: those leave the default as it is. */
export function defined<T extends object>(options: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const kept = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
