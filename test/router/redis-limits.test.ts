/** Candidates whose limits are in Redis: a router's calls must not wait there, and Redis takes a while to answer. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GroqProvider } from "../../src/provider/index.ts";
import { createRedisLimitStore } from "../../src/provider/limits/redis/index.ts";
import { createRouter, type Order } from "../../src/router/index.ts";
import { type EmbeddedGroqServer, startEmbeddedGroq } from "../../src/testing/index.ts";
import { hasRedisServer, startRedis, type TestRedis } from "../provider/limits/redis/redis-server.ts";

describe.skipIf(!hasRedisServer)("limits in Redis", () => {
  let redis: TestRedis;
  let client: Redis;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.port, "127.0.0.1");
    client.setMaxListeners(20);
  });
  afterAll(async () => {
    for (const close of closing) await close();
    client.disconnect();
    await redis.stop();
  });

  const provider = (name: string, { baseUrl }: EmbeddedGroqServer, key: string) => {
    const limitStore = createRedisLimitStore({ client, key });
    closing.push(() => limitStore.close());
    return new GroqProvider(
      {
        name,
        provider: "groq",
        model: "openai/gpt-oss-20b",
        config: { api_key: "gsk_test", base_url: baseUrl },
        limit: { renewal_period: "minutes", calls: 10 },
      },
      { limitStore },
    );
  };

  test.each<Order>(["listed", "leastWait"])(
    "%s: two processes take what both candidates have",
    async (order) => {
      const servers = await Promise.all([startEmbeddedGroq(), startEmbeddedGroq()]);
      closing.push(...servers.map((server) => () => server.close()));
      const routers = [1, 2].map(() =>
        createRouter(
          servers.map((server, place) => provider(`p${place}`, server, `${String(order)}-${place}`)),
          { order },
        ),
      );
      const calls = Array.from({ length: 10 }, () =>
        routers.map((router) => router.chat([{ role: "user", content: "hello" }], { deadlineMs: 20_000 })),
      );
      await Promise.all(calls.flat());
      const asked = servers.map(
        ({ requests }) => requests.filter(({ path }) => path.endsWith("/chat/completions")).length,
      );
      expect(asked).toEqual([10, 10]);
    },
  );
});
