/** A process that is asked to stop while its calls wait: run by stop.test.ts, with a server that never answers. */
import { GroqProvider, LlmError } from "../../src/provider/index.ts";

const provider = new GroqProvider({
  name: "stopping",
  provider: "groq",
  model: "allam-2-7b",
  config: { api_key: "gsk_test_key", base_url: process.argv[2], max_concurrent: 2 },
});
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));

const messages = [{ role: "user" as const, content: "Hello" }];
const { signal } = stop;
// Two are under way; the others wait for their turn.
const calls = [
  provider.chat(messages, { signal }),
  provider.chatStream(messages, { signal }).text(),
  provider.chat(messages, { signal }),
  provider.chatStream(messages, { signal }).text(),
  provider.checkRateLimit({ signal }),
];
const ends = await Promise.allSettled(calls);
const kinds = ends.map((end) =>
  end.status === "rejected" && LlmError.is(end.reason) ? end.reason.kind : end.status,
);
const { active, waiting } = provider.rateLimitState;
// Nothing makes it exit: it ends when nothing is left that would keep it alive.
console.log(JSON.stringify({ kinds, active, waiting }));
