import { ChatGroq } from "@langchain/groq";
import { MODEL, QUESTION } from "../lib/wire.js";

const messages = [
  ["system", "Answer in one sentence."],
  ["user", QUESTION],
];

export function create({ baseUrl, fetch }) {
  const model = new ChatGroq({
    apiKey: "gsk_bench",
    baseUrl: baseUrl.replace("/openai/v1", ""),
    model: MODEL,
    temperature: 0.2,
    ...(fetch && { fetch }),
  });
  return {
    async chat() {
      return (await model.invoke(messages)).content;
    },
    async stream(onText) {
      for await (const chunk of await model.stream(messages)) {
        if (chunk.content) {
          onText(chunk.content);
        }
      }
    },
  };
}
