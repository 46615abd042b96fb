/** What a `fetch` that is handed in does wrong is told from what the network does: the one is tried again, the other not. */
import { expect, it } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { FetchLike } from "../../../src/provider/base/exchange.ts";
import { GroqProvider } from "../../../src/provider/groq-provider.ts";
import { groqConfig } from "../support.ts";

async function askWith(fetch: FetchLike) {
  let requests = 0;
  const counting: FetchLike = (url, init) => {
    requests++;
    return fetch(url, init);
  };
  const config = groqConfig({ max_retries: 2, max_wait_ms: 60_000 });
  // Waits between tries take no time; the time limit of a try never comes.
  const setTimer = (fn: () => void, ms: number) => {
    if (ms < 30_000) queueMicrotask(fn);
    return () => {};
  };
  const clock = { now: () => 0, setTimer };
  const provider = new GroqProvider(config, { fetch: counting, clock, random: () => 0 });
  const error = await provider.chat([{ role: "user", content: "hi" }]).catch((error: unknown) => error);
  if (!LlmError.is(error)) throw error;
  return { kind: error.kind, requests, message: error.message, cause: error.cause };
}

const withCode = (error: Error, code: string) => Object.assign(error, { code });
const stackless = (error: Error) => Object.assign(error, { stack: undefined });

const outages: [string, () => unknown][] = [
  ["Node", () => new TypeError("fetch failed", { cause: withCode(new Error("connect"), "ECONNREFUSED") })],
  ["Node, without a cause", () => new TypeError("fetch failed")],
  ["Node, within the body", () => new TypeError("terminated", { cause: new Error("other side closed") })],
  ["Chrome", () => new TypeError("Failed to fetch")],
  ["Firefox", () => new TypeError("NetworkError when attempting to fetch resource.")],
  ["Safari", () => stackless(new TypeError("Load failed"))],
  ["Deno", () => new TypeError("error sending request for url (https://x.example/): connection refused")],
  ["workerd", () => new Error("Network connection lost.")],
  [
    "Bun",
    () =>
      withCode(new Error("Unable to connect. Is the computer able to access the url?"), "ConnectionRefused"),
  ],
  ["a TypeError that has a code of the network", () => withCode(new TypeError("reset"), "ECONNRESET")],
  ["another client", () => withCode(new Error("socket hang up"), "ECONNRESET")],
  ["a time limit of its own", () => new DOMException("too late", "TimeoutError")],
  ["a text", () => "gateway down"],
];

it.each(outages)("an outage, as %s tells it, is tried again", async (_, fault) => {
  const { kind, requests } = await askWith(() => Promise.reject(fault()));
  expect([kind, requests]).toEqual(["ServiceUnavailable", 3]);
});

const bugs: [string, FetchLike][] = [
  ["TypeError", () => (undefined as never as { call(): never }).call()],
  ["ReferenceError", () => Promise.reject(new ReferenceError("gatewayUrl is not defined"))],
  ["SyntaxError", async () => JSON.parse("{")],
  ["RangeError", () => Promise.reject(new RangeError("Invalid time value"))],
  ["TypeError", () => Promise.reject(withCode(new TypeError("Invalid URL"), "ERR_INVALID_URL"))],
  [
    "TypeError",
    () =>
      Promise.reject(
        new TypeError("fetch failed", { cause: withCode(new Error("bad"), "UND_ERR_INVALID_ARG") }),
      ),
  ],
  ["TypeError", () => Promise.reject(new TypeError("x", { cause: new TypeError("y is not a function") }))],
];

it.each(bugs)("a bug (%s %#) is told as one, and not tried again", async (name, fetch) => {
  const { kind, requests, message, cause } = await askWith(fetch);
  expect([kind, requests]).toEqual(["ConfigError", 1]);
  expect(message).toContain("The fetch that the application handed in failed");
  expect(cause).toMatchObject({ name });
});

const broken: [string, FetchLike][] = [
  [
    "throws nothing",
    () => {
      throw undefined;
    },
  ],
  ["rejects with nothing", () => Promise.reject(undefined)],
  [
    "throws a symbol",
    () => {
      throw Symbol("x");
    },
  ],
  ["rejects with a bare object", () => Promise.reject(Object.create(null))],
  ["gives a promise whose then throws", () => brokenPromise({ value: raise })],
  ["gives a promise whose then can't be read", () => brokenPromise({ get: raise })],
];

function raise(): never {
  throw new Error("no promise");
}

const THEN = "then";
const brokenPromise = (then: PropertyDescriptor) => Object.defineProperty({}, THEN, then) as never;

it.each(broken)("a fetch that %s has a bug, and is not tried again", async (_, fetch) => {
  const { kind, requests, message } = await askWith(fetch);
  expect([kind, requests]).toEqual(["ConfigError", 1]);
  expect(message).toContain("The fetch that the application handed in failed");
});

it.each([
  [undefined],
  [null],
  ["text"],
  [{}],
  [{ status: 200 }],
  [{ headers: new Headers() }],
  [{ status: 200, headers: new Headers(), body: {} }],
  [new Response("x").body],
])("an answer that is none (%j) is told as one", async (answer) => {
  const { kind, requests, message } = await askWith(async () => answer as never);
  expect([kind, requests]).toEqual(["ConfigError", 1]);
  expect(message).toContain("gave no answer");
});

it("refuses a fetch that is no function, and an agent beside a fetch", () => {
  for (const dependencies of [
    { fetch: "https://x.example" as never },
    { fetch: globalThis.fetch, agent: { sockets: {}, freeSockets: {}, destroy() {} } },
  ])
    expect(() => new GroqProvider(groqConfig(), dependencies)).toThrow(
      expect.objectContaining({ kind: "ConfigError" }),
    );
});
