/** What a server does to one case, and what the caller does meanwhile. Both follow from a seed and the case's number. */
import { type Assault, isStreamed, OPERATIONS, type Operation } from "./assault.ts";
import { FAMILIES } from "./families/index.ts";
import { Random } from "./random.ts";

/** How the caller reads a stream. */
export const READERS = ["all", "response", "slow", "break", "cancel", "abort"] as const;
export type Reader = (typeof READERS)[number];

/** A limit as the caller has configured it. */
export const LIMITS = ["none", "none", "calls", "tokens", "auto", "error", "one"] as const;
export type LimitChoice = (typeof LIMITS)[number];

export interface Attack extends Assault {
  number: number;
  family: string;
  operation: Operation;
  /** Requests that are answered well before. */
  skip: number;
  /** Requests that are attacked; later ones are answered well. */
  times: number;
  reader: Reader;
  limit: LimitChoice;
  /** What carries the calls. */
  exchange: "node" | "fetch";
  /** The caller's time limit for a try in ms; short, for cases that end by it. */
  timeoutMs: number;
  /** The caller's time limit for the whole call, in ms. */
  deadlineMs?: number;
  /** When the caller aborts. */
  abortAfterMs?: number;
}

export interface Choice {
  family?: string | undefined;
  operation?: string | undefined;
}

/** The attack of that number. The same for the same seed, number and choice. */
export function attackOf(seed: number, number: number, choice: Choice = {}): Attack {
  const random = new Random(seed, number);
  const families = FAMILIES.filter(({ name }) => choice.family === undefined || name === choice.family);
  const family = random.pick(
    families.flatMap((family) => Array.from({ length: family.weight }, () => family)),
  );
  const operations = OPERATIONS.filter(
    (name) =>
      (family.operations ?? OPERATIONS).includes(name) && (!choice.operation || name === choice.operation),
  );
  const operation = random.pick(operations.length > 0 ? operations : OPERATIONS);
  const hasTurns = operation.startsWith("runTools");
  const assault = family.make(random, operation);
  return {
    number,
    family: family.name,
    operation,
    skip: hasTurns && random.chance(0.5) ? 1 : 0,
    times: assault.text === undefined ? random.pick([1, 1, 1, 2, 100]) : 100,
    // Who harms a stream himself can't expect a text of it.
    reader:
      isStreamed(operation) && assault.text === undefined ? random.pick(["all", "all", ...READERS]) : "all",
    limit: random.pick(LIMITS),
    exchange: random.chance(0.7) ? "node" : "fetch",
    timeoutMs: 700,
    ...(assault.text === undefined &&
      random.chance(0.08) && { abortAfterMs: random.pick([0, 1, 5, 50, 300]) }),
    ...assault,
  };
}
