/** One of several processes on one Redis: makes its calls at once, within a limit that all hold together. */
import { Redis } from "ioredis";
import { createRateLimiter, GroqProvider } from "../../src/provider/index.ts";
import { createRedisLimitStore } from "../../src/provider/limits/redis/index.ts";

const { windows, calls, baseUrl, redisPort, clockOffMs = 0 } = JSON.parse(process.argv[2]);
if (clockOffMs) {
  const [date, monotonic] = [Date.now, performance.now.bind(performance)];
  Date.now = () => date() + clockOffMs;
  performance.now = () => monotonic() + clockOffMs;
}
const client = new Redis(redisPort, "127.0.0.1", { retryStrategy: () => 100 });
client.on("error", () => {});
const events = [];
const rateLimiter = createRateLimiter({
  windows,
  model: "bench",
  store: createRedisLimitStore({ client, key: "bench" }),
  onEvent: ({ type, state }) => events.push(`${type} ${state}`),
});
const provider = new GroqProvider(
  {
    name: "bench",
    provider: "groq",
    model: "openai/gpt-oss-20b",
    config: { api_key: "bench", base_url: baseUrl, max_tokens: 100 },
  },
  { rateLimiter },
);
const failures = {};
await Promise.all(
  Array.from({ length: calls }, () =>
    provider.chat([{ role: "user", content: "Please note that the bench has begun." }]).catch((error) => {
      failures[error.kind ?? error.message] = (failures[error.kind ?? error.message] ?? 0) + 1;
    }),
  ),
);
process.send({ failures, events: events.filter((event) => event.startsWith("limitStore")) });
client.disconnect();
process.disconnect();
