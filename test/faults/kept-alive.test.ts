import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { createCaller, EXCHANGES } from "./support.ts";
import { startGroq, TEXT } from "./target.ts";

test.each(
  EXCHANGES.flatMap((exchange) =>
    (["chat", "stream"] as const).map((operation) => ({ exchange, operation })),
  ),
)(
  "a server that closes kept-alive sockets: no failed call of 200 ($operation on $exchange)",
  async ({ exchange, operation }) => {
    await using groq = await startGroq({ fault: { type: "closeAfter" } });
    const target = {
      baseUrl: groq.baseUrl,
      openAnswers: () => groq.openAnswers,
      openSockets: () => groq.openSockets,
      requests: () => groq.requests.length,
      close: groq.close,
    };
    const { call, expectNothingLeft } = createCaller(target, {}, { exchange, maxRetries: 2 });
    for (let count = 0; count < 200; count++) {
      expect(await call(operation)).toEqual({ text: TEXT });
      // The server closes 20 ms after its answer: pauses around that let calls go out while it does.
      await pause(count % 5 === 0 ? 17 + ((count / 5) % 6) : 0);
    }
    expect(groq.connections).toBeGreaterThan(1);
    await expectNothingLeft();
  },
);
