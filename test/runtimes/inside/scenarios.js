/**
 * What the embedded Groq says and does, by name: options of `startEmbeddedGroq` and of `createEmbeddedGroq`. Data
 * only, since they are used on both sides of a socket.
 */

/** Letters of one to four bytes, so that pieces of three bytes cut some of them. */
export const TEXT = "Grüße aus Kraków, 東京 and 👩‍🚀 space.";

const unavailable = { error: { status: 503, message: "Busy.", type: "internal_server_error" } };
const refused = {
  error: {
    status: 429,
    message: "Rate limit reached. Please try again in 120ms.",
    type: "requests",
    code: "rate_limit_exceeded",
  },
};
const talk = { text: "One two three four five six seven eight nine ten." };

export const scenarios = {
  plain: {},
  text: { reply: { text: TEXT, reasoning: "Say hello." } },
  split: { reply: { text: TEXT }, fault: { type: "split", bytes: 3, seed: 7 } },
  tool: {
    reply: [
      {
        toolCalls: [
          { name: "add", arguments: { a: 19, b: 23 } },
          { name: "add", arguments: { a: 1, b: 1 } },
        ],
      },
      { text: "42, and 2." },
    ],
  },
  object: { reply: { text: '{"city":"Łódź","people":2}' } },
  noObject: { reply: { text: '{"city":"Łódź","people":"two"}' } },
  locked: { apiKey: "the-right-key" },
  busyOnce: { reply: [unavailable, { text: "Back again." }] },
  html: { fault: { type: "answer", status: 200, body: "<html>maintenance</html>" } },
  hopeless: {
    fault: {
      type: "answer",
      status: 429,
      headers: { "content-type": "application/json", "retry-after": "7200" },
      body: '{"error":{"message":"Rate limit reached.","type":"requests","code":"rate_limit_exceeded"}}',
    },
  },
  reset: { fault: { type: "reset", when: "inBody" } },
  cut: { reply: talk, fault: { type: "cutStream" } },
  errorEvent: { reply: talk, fault: { type: "errorEvent", position: "middle" } },
  openAfterDone: { reply: talk, fault: { type: "openAfterDone" } },
  silent: { fault: { type: "stall", when: "beforeHead" } },
  stalled: { reply: talk, fault: { type: "stall", when: "inBody" } },
  refusedOnce: { reply: [refused, { text: "After the wait." }] },
};
