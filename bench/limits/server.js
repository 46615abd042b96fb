/** An embedded Groq in a process of its own: enforces limits as Groq does, and notes when each call was let in. */
import { startEmbeddedGroq } from "../../src/testing/index.ts";

const { limits, latencyMs } = JSON.parse(process.argv[2]);
// Each call uses 100 tokens, and reserves some more.
const usage = { promptTokens: 20, completionTokens: 80 };
const admitted = [];
const server = await startEmbeddedGroq({
  limits,
  reply: () => {
    admitted.push(performance.now());
    // Answers take a while, and not all the same.
    return { text: "Noted, thank you.", usage, delayMs: latencyMs * (0.5 + Math.random()) };
  },
});
process.on("message", () => {
  process.send({ admitted, refusals: server.refusals, connections: server.connections });
});
process.send({ baseUrl: server.baseUrl });
