/** What the two servers do. Each answers after 150 ms where nothing else is said. */

const LATENCY_MS = 150;
const busy = {
  type: "answer",
  status: 503,
  headers: { "content-type": "application/json" },
  body: '{"error":{"message":"over capacity"}}',
};
const refused = {
  type: "answer",
  status: 429,
  headers: { "content-type": "application/json", "retry-after": "30" },
  body: '{"error":{"message":"Rate limit reached. Please try again in 30s.","code":"rate_limit_exceeded"}}',
};

/** A fault at random, the same in each run. */
function sometimes(share, fault, seed) {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647 < share ? fault : undefined;
  };
}

/**
 * `first` and `second` make each server's fault for a request; `calls` at most `atOnce` at a time, or one each `everyMs`.
 * `limits` are those of the servers, a minute;
 * `tryMs` what one try may take. Default 30 s.
 */
export const SCENARIOS = {
  fails: {
    label: "first answers 503 to all",
    ...{ calls: 200, atOnce: 10 },
    first: () => () => busy,
  },
  limited: {
    label: "first answers 429, `retry-after: 30`, to all",
    ...{ calls: 200, atOnce: 10 },
    first: () => () => refused,
  },
  key: {
    label: "first refuses the key",
    ...{ calls: 200, atOnce: 10 },
    server: { apiKey: "another" },
  },
  stalls: {
    label: "first begins no answer (a try may take 1 s)",
    ...{ calls: 100, atOnce: 10, tryMs: 1000 },
    first: () => () => ({ type: "stall", when: "beforeHead" }),
  },
  html: {
    label: "first answers 200 with a web page",
    ...{ calls: 200, atOnce: 10 },
    first: () => () => ({ type: "answer", status: 200, body: "<html><title>Welcome</title></html>" }),
  },
  away: {
    label: "first is away from second 2 to 4 of 8, both are away for 0.5 s in it",
    ...{ calls: 320, everyMs: 25 },
    first: (now) => () => (now() > 2000 && now() < 4000 ? busy : undefined),
    second: (now) => () => (now() > 3000 && now() < 3500 ? busy : undefined),
  },
  unsteady: {
    label: "each answers 503 to 3 of 10",
    ...{ calls: 200, atOnce: 10 },
    first: () => sometimes(0.3, busy, 7),
    second: () => sometimes(0.3, busy, 11),
  },
  stream: {
    label: "streams: first sends an error before its first chunk",
    ...{ calls: 200, atOnce: 10, stream: true },
    first: () => () => ({
      type: "errorEvent",
      position: "first",
      error: { message: "over capacity", status_code: 503 },
    }),
  },
  limits: {
    label: "270 calls at once, 60 a minute at the first and 30 at the second",
    ...{ calls: 270, atOnce: 270 },
    limits: [60, 30],
  },
};

/** Embedded Groqs as the scenario has them; `now` is the milliseconds since the first call. */
export function serverOptions({ server, limits, ...scenario }, place, now) {
  const fault = scenario[place === 0 ? "first" : "second"]?.(now);
  return {
    ...(place === 0 && server),
    ...(limits && { limits: { requestsPerMinute: limits[place], requestsPerDay: 100_000 } }),
    ...(fault && { fault: (request) => (request.path.endsWith("/chat/completions") ? fault() : undefined) }),
    latencyMs: LATENCY_MS,
    reply: { text: "Noted, thank you.", usage: { promptTokens: 20, completionTokens: 80 } },
    keepRequests: 1,
  };
}
