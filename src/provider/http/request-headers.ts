/** The headers of requests: checked and put together once, since most calls send the same. */
import { LlmError } from "../base/error.ts";

export type Headers = Readonly<Record<string, string>>;

/** The headers of one request. `ofCall`: what layers add to it. The key goes before all others. */
export type RequestHeaders = (kind: Kind, key: string, ofCall: Headers) => Headers;

/** Of a request that sends nothing, that sends JSON, or that asks for events by sending JSON. */
type Kind = "nothing" | "body" | "events";

/** `headers` are those of the application; `auth` says which header has the key. `ConfigError` for what can't be sent. */
export function requestHeaders(headers: Headers = {}, auth: Auth = "bearer"): RequestHeaders {
  const given = checkHeaders("headers", headers);
  let madeFor: string | undefined;
  let made = setsOf(given, keyHeader(auth, ""));
  return (kind, key, ofCall) => {
    if (madeFor !== key) {
      made = setsOf(given, keyHeader(auth, key));
      madeFor = key;
    }
    return withHeaders(made[kind], ofCall, kind === "events" ? EVENTS_FIXED[auth] : FIXED[auth]);
  };
}

/** Each call has some: its number, its key. So this copies once, and only where there are any. */
function withHeaders(set: Headers, more: Headers, fixed: readonly string[]): Headers {
  let all: Record<string, string> | undefined;
  for (const name of Object.keys(more)) {
    const value = more[name];
    const problem = problemOf(name, value);
    if (problem) throw new LlmError("ConfigError", `headers of a layer: ${problem}`);
    if (value === undefined || fixed.includes(name)) continue;
    // Not a spread: on Node 20, adding members to one is slow.
    all ??= Object.assign({}, set);
    all[name] = value;
  }
  return all ?? set;
}

type Auth = "bearer" | "api-key";

/** What no layer may change. */
const FIXED: Record<Auth, readonly string[]> = { bearer: ["authorization"], "api-key": ["api-key"] };
const EVENTS_FIXED: Record<Auth, readonly string[]> = {
  bearer: [...FIXED.bearer, "accept"],
  "api-key": [...FIXED["api-key"], "accept"],
};

const keyHeader = (auth: Auth, key: string): Headers =>
  auth === "api-key" ? { "api-key": key } : { authorization: `Bearer ${key}` };

// A server that can only answer whole says so with JSON, and refuses a request that takes events alone.
const EVENTS = "text/event-stream, application/json";

function setsOf(given: Headers, key: Headers): Record<Kind, Headers> {
  const json = { "content-type": "application/json" };
  return {
    nothing: { ...given, ...key },
    body: { ...json, ...given, ...key },
    events: { ...json, ...given, accept: EVENTS, ...key },
  };
}

const NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
const VALUE = /^[\t\x20-\x7e\u0080-\u00ff]*$/;

/** These say where a request ends and what becomes of its connection, which only the exchange knows. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The same with names in lower case. An error names the header, and never its value: such values are keys and cookies, and
 * HTTP clients quote them.
 */
export function checkHeaders(place: string, headers: unknown): Headers {
  if (typeof headers !== "object" || headers === null)
    throw new LlmError("ConfigError", `${place}: expected an object of names and values`);
  const checked: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const problem = problemOf(lower, value);
    if (problem) throw new LlmError("ConfigError", `${place}: ${problem}`);
    checked.push([lower, value]);
  }
  // Made of entries, so that a name such as `__proto__` stays one.
  return Object.fromEntries(checked);
}

function problemOf(name: string, value: unknown): string | undefined {
  // A wrong name may be a value put in the wrong place, so the error does not quote it.
  if (!NAME.test(name)) return `a name of ${name.length} characters is none that HTTP allows`;
  if (OF_THE_CONNECTION.has(name)) return `${name}: belongs to the connection, and is set by it`;
  if (typeof value !== "string") return `${name}: expected a text, got ${typeof value}`;
  if (!VALUE.test(value)) return `${name}: its value has a character that no header can hold`;
  return undefined;
}
