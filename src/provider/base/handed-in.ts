/** Code that the application hands in, kept from failing where nobody could hear it: clocks, randomness, listeners, stores. */
import { isBug } from "./bug.ts";
import { type Clock, systemClock } from "./clock.ts";
import { applicationFault, describeCause, LlmError, memberOf } from "./error.ts";
import { type EventListener, hush } from "./events.ts";
import { isThenable, kindOf } from "./values.ts";

/** Hears of a fault that fails no call. `of` is what failed, as `limitStore.leave`. */
export type TellFault = (of: string, fault: unknown) => void;

/** Tells faults as events. */
export function faultTeller(emit: EventListener, redact = (text: string) => text): TellFault {
  return (of, fault) => {
    // Of our own clock error the cause tells more.
    const told = LlmError.is(fault) ? (fault.cause ?? fault) : fault;
    emit({ type: "fault", of, message: describeCause(told, redact)?.message ?? "" });
  };
}

/** Runs what gives nothing. What it throws, or rejects with where it is asynchronous, is told. */
export function heard(tell: TellFault, of: string, run: () => unknown): void {
  try {
    const given = run();
    if (isThenable(given)) Promise.resolve(given).then(undefined, (fault: unknown) => tell(of, fault));
  } catch (fault) {
    tell(of, fault);
  }
}

/** The error of a call that code which asks elsewhere has failed: a bug of its own, or that it reached nobody. */
export function failureOf(name: string, fault: unknown): LlmError {
  if (LlmError.is(fault)) return fault;
  // A bug comes again with each try.
  if (isBug(fault)) return applicationFault(`The ${name}`, fault, (text) => text);
  return new LlmError("ServiceUnavailable", `The ${name} that the application handed in can't be reached`, {
    retryable: true,
    cause: describeCause(fault, (text) => text),
  });
}

/** What a provider gives, which may be of another make. */
export async function asked<T extends { content: string }>(ask: () => Promise<T>): Promise<T> {
  try {
    return checkAnswer(await ask());
  } catch (fault) {
    throw providerFailed(fault);
  }
}

/** Throws where a provider of another make gave no answer. */
export function checkAnswer<T extends { content: string }>(answer: T): T {
  if (typeof memberOf(answer, "content") === "string") return answer;
  throw new TypeError(`it gave ${hush(answer) ? "a promise" : kindOf(answer)} for an answer`);
}

/** The error of a provider of another make, which may throw anything. */
export function providerFailed(fault: unknown, name = "The provider"): LlmError {
  if (LlmError.is(fault)) return fault;
  const cause = describeCause(fault, (text) => text);
  const words = cause ? `${cause.name}: ${cause.message}` : String(fault);
  return new LlmError("ProviderError", `${name} failed with ${words}`, { cause });
}

/** A clock that never throws. From its first fault on the system's goes on in its place. */
export interface GuardedClock extends Clock {
  /** The error of calls, once it failed. */
  readonly fault: LlmError | undefined;
}

const SYSTEM: GuardedClock = { ...systemClock, fault: undefined };

/** `onFault` hears of its first fault. The system's clock is given back as it is, at no cost. */
export function guardClock(clock: Clock, onFault: (fault: LlmError) => void = () => {}): GuardedClock {
  if (clock === systemClock || clock === SYSTEM) return SYSTEM;
  return clock instanceof HandedInClock ? clock : new HandedInClock(clock, onFault);
}

class HandedInClock implements GuardedClock {
  fault: LlmError | undefined;
  readonly #clock: Clock;
  readonly #onFault: (fault: LlmError) => void;
  /** What it told last, and when that was by the system's. */
  #last = 0;
  #lastAt = systemClock.now();

  constructor(clock: Clock, onFault: (fault: LlmError) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  now = (): number => {
    const at = systemClock.now();
    if (!this.fault) {
      try {
        const now: unknown = this.#clock.now();
        if (typeof now !== "number" || Number.isNaN(now)) throw wrongly("now()", now);
        this.#last = now;
        this.#lastAt = at;
        return now;
      } catch (fault) {
        this.#failed(fault);
      }
    }
    return this.#last + at - this.#lastAt;
  };

  setTimer = (fn: () => void, ms: number, background?: boolean): (() => void) => {
    if (this.fault) return systemClock.setTimer(fn, ms, background);
    try {
      const stop: unknown = this.#clock.setTimer(fn, ms, background);
      if (typeof stop !== "function") throw wrongly("setTimer()", stop);
      return () => {
        try {
          hush(stop());
        } catch (fault) {
          this.#failed(fault);
        }
      };
    } catch (fault) {
      this.#failed(fault);
      return systemClock.setTimer(fn, ms, background);
    }
  };

  #failed(fault: unknown): void {
    if (this.fault) return;
    this.fault = applicationFault("The clock", fault, (text) => text);
    this.#onFault(this.fault);
  }
}

/** Of an async function the rejection is nobody's. */
function wrongly(what: string, given: unknown): TypeError {
  return new TypeError(`${what} gave ${hush(given) ? "a promise" : kindOf(given)}`);
}

/** A number from 0 to 1 at each call, whatever the function gives or throws. */
export function guardRandom(random: () => number, tell: TellFault): () => number {
  if (random === Math.random) return random;
  return () => {
    try {
      const number: unknown = random();
      if (typeof number === "number" && number >= 0 && number <= 1) return number;
      tell("random", wrongly("it", number));
    } catch (fault) {
      tell("random", fault);
    }
    return Math.random();
  };
}
