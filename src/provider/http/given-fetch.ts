/** A `fetch` that was handed in, as an exchange. Its own bugs are told apart from faults of the network. */
import { isBug } from "../base/bug.ts";
import { applicationFault, LlmError, memberOf } from "../base/error.ts";
import type { Exchange, FetchAnswer, FetchInit, FetchLike } from "../base/exchange.ts";
import type { Redact } from "../base/redact.ts";
import { hasMethods } from "../base/values.ts";

/** Rejects with `ConfigError`, which is not tried again, where the function has a bug or gives no answer. */
export function givenFetch(fetch: FetchLike, redact: Redact): Exchange {
  if (typeof fetch !== "function") throw new LlmError("ConfigError", "fetch: expected a function");
  return async (url, init) => {
    let answer: FetchAnswer;
    try {
      // Whoever reads bodies as texts is spared a type that only forms and files have.
      const given: unknown = fetch(url, init as FetchInit);
      answer = await (given instanceof Promise ? given : foreignPromise(given, redact));
    } catch (fault) {
      if (fault instanceof BrokenPromise) throw fault.error;
      throw isBug(fault) ? applicationFault("The fetch", fault, redact) : fault;
    }
    if (!isAnswer(answer)) throw new LlmError("ConfigError", NO_ANSWER);
    return answer;
  };
}

/** The `then` of an answer failed by itself, which no network makes it do. */
class BrokenPromise {
  readonly error: LlmError;
  constructor(error: LlmError) {
    this.error = error;
  }
}

/** What is no promise of the engine's own: another library's, or an answer at once. */
function foreignPromise(given: unknown, redact: Redact): Promise<FetchAnswer> {
  return new Promise((resolve, reject) => {
    try {
      const then: unknown = Object(given) === given ? Reflect.get(given as object, "then") : undefined;
      // Whatever it is, it is checked as an answer.
      if (typeof then !== "function") resolve(given as FetchAnswer);
      else Reflect.apply(then, given, [resolve, reject]);
    } catch (fault) {
      reject(new BrokenPromise(applicationFault("The fetch", fault, redact)));
    }
  });
}

const NO_ANSWER = "The fetch that the application handed in gave no answer that is like a Response";

function isAnswer(value: unknown): value is FetchAnswer {
  const body = memberOf(value, "body");
  return (
    typeof memberOf(value, "status") === "number" &&
    hasMethods(memberOf(value, "headers"), "get") &&
    (body === null || body === undefined || hasMethods(body, "getReader"))
  );
}
