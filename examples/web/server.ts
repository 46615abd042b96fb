/**
 * A page that streams a chat with a tool call and a structured answer. `npm run example:web`: with GROQ_API_KEY it talks to
 * Groq, else to the Groq embedded in this package.
 */
import { readFile } from "node:fs/promises";
import { serve } from "@hono/node-server";
import { chatObject, createGroq, defineTool, LlmError, type Message, runToolsStream } from "groq-provider";
import { startEmbeddedGroq } from "groq-provider/testing";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import * as z from "zod";

const embedded = process.env.GROQ_API_KEY ? undefined : await startEmbeddedGroq({ latencyMs: 50 });
const groq = createGroq({
  apiKey: process.env.GROQ_API_KEY ?? "any",
  baseUrl: embedded?.baseUrl,
  model: "openai/gpt-oss-20b",
  limit: { renewalPeriod: "minutes", calls: 30 },
  maxTokens: 1000,
});

const weather = defineTool({
  name: "get_weather",
  description: "The weather in a city, now",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 17, sky: "clear" }),
});
const FollowUps = z.object({ questions: z.array(z.string()) });

const app = new Hono();
const page = await readFile(new URL("page.html", import.meta.url), "utf8");
app.get("/", (c) => c.html(page));

app.post("/chat", async (c) => {
  const { question } = Object(await c.req.json()) as { question?: unknown };
  if (typeof question !== "string") return c.json({ kind: "InvalidRequest" }, 400);
  const { signal } = c.req.raw;
  const messages: Message[] = [{ role: "user", content: question }];
  const began = performance.now();
  return streamSSE(
    c,
    async (sse) => {
      const send = (event: string, data: unknown) => sse.writeSSE({ event, data: JSON.stringify(data) });
      const ticker = setInterval(() => {
        const { waiting, nextInMs } = groq.rateLimitState;
        if (waiting > 0) void send("waiting", Math.ceil(nextInMs / 1000));
      }, 500);
      try {
        const run = runToolsStream(groq, messages, { tools: [weather], signal });
        for await (const event of run) {
          if (event.type === "text") await send("text", event.text);
          if (event.type === "toolStart") await send("tool", event.toolCall.function);
        }
        const { messages: said, usage } = await run.result;
        const seconds = (performance.now() - began) / 1000;
        const { object } = await chatObject(groq, [...said, { role: "user", content: ASK }], {
          schema: FollowUps,
          name: "follow_ups",
          signal,
        });
        await send("followUps", object.questions);
        await send("figures", {
          tokens: usage?.totalTokens ?? 0,
          tokensPerSecond: Math.round((usage?.completionTokens ?? 0) / seconds),
          limit: groq.rateLimitState.windows[0]?.calls,
        });
      } finally {
        clearInterval(ticker);
      }
    },
    (error, sse) =>
      sse.writeSSE({ event: "failed", data: JSON.stringify(LlmError.is(error) ? error.kind : "Failed") }),
  );
});

app.onError((error, c) =>
  error instanceof SyntaxError
    ? c.json({ kind: "InvalidRequest" }, 400)
    : c.json({ kind: LlmError.is(error) ? error.kind : "Failed" }, 500),
);

const ASK = "Three short questions that I might ask next.";

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
