import { serve } from "@hono/node-server";
import { createGroq, LlmError, statusOf } from "groq-provider";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

const groq = createGroq({ model: "openai/gpt-oss-20b" });
const app = new Hono();

app.post("/chat", async (c) => {
  const { question } = Object(await c.req.json()) as { question: string };
  // The browser left, or pressed stop: the signal closes the connection to Groq too.
  const stream = groq.chatStream([{ role: "user", content: question }], { signal: c.req.raw.signal });
  const chunks = stream[Symbol.asyncIterator]();
  let next = await chunks.next(); // a failure before the first chunk still has its own status
  return streamSSE(
    c,
    async (sse) => {
      for (; !next.done; next = await chunks.next()) {
        if (next.value.type === "text") await sse.writeSSE({ data: JSON.stringify(next.value.text) });
      }
    },
    (error, sse) => sse.writeSSE({ event: "error", data: LlmError.is(error) ? error.kind : "unknown" }),
  );
});

app.onError((error, c) => {
  if (error instanceof SyntaxError) return c.text("Expected JSON", 400);
  if (!LlmError.is(error)) return c.text("Internal error", 500);
  if (error.retryAfterMs) c.header("retry-after", `${Math.ceil(error.retryAfterMs / 1000)}`);
  return c.json({ kind: error.kind }, statusOf(error));
});

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) =>
  console.log(`http://localhost:${port}`),
);
