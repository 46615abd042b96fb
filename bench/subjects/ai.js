/** `generateText` and `streamText` of `ai`, with @ai-sdk/groq. */
import { createGroq } from "@ai-sdk/groq";
import { generateText, streamText } from "ai";
import { MODEL, QUESTION } from "../lib/wire.js";

export function create({ baseUrl, fetch }) {
  const model = createGroq({ apiKey: "gsk_bench", baseURL: baseUrl, ...(fetch && { fetch }) })(MODEL);
  const call = { model, system: "Answer in one sentence.", prompt: QUESTION, temperature: 0.2 };
  return {
    async chat() {
      return (await generateText(call)).text;
    },
    async stream(onText) {
      for await (const text of streamText(call).textStream) {
        const wait = onText(text);
        if (wait) await wait;
      }
    },
  };
}
