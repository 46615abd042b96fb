/** The model of @ai-sdk/groq, without `ai` around it. */
import { createGroq } from "@ai-sdk/groq";
import { MODEL, QUESTION } from "../lib/wire.js";

const prompt = [
  { role: "system", content: "Answer in one sentence." },
  { role: "user", content: [{ type: "text", text: QUESTION }] },
];

export function create({ baseUrl, fetch }) {
  const model = createGroq({ apiKey: "gsk_bench", baseURL: baseUrl, ...(fetch && { fetch }) })(MODEL);
  return {
    async chat() {
      const { content } = await model.doGenerate({ prompt, temperature: 0.2 });
      return content[0].text;
    },
    async stream(onText) {
      const { stream } = await model.doStream({ prompt, temperature: 0.2 });
      for await (const part of stream) {
        if (part.type === "text-delta") {
          const wait = onText(part.delta);
          if (wait) await wait;
        }
        if (part.type === "error") throw part.error;
      }
    },
  };
}
