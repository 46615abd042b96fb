/** The majors of the AI SDK are used alike. */
import { MODEL, QUESTION } from "../lib/wire.js";

const modelOf = (createGroq, { baseUrl, fetch }) =>
  createGroq({ apiKey: "gsk_bench", baseURL: baseUrl, ...(fetch && { fetch }) })(MODEL);

const prompt = [
  { role: "system", content: "Answer in one sentence." },
  { role: "user", content: [{ type: "text", text: QUESTION }] },
];

export const ofModel = (createGroq) => (options) => {
  const model = modelOf(createGroq, options);
  return {
    async chat() {
      const { content } = await model.doGenerate({ prompt, temperature: 0.2 });
      return content[0].text;
    },
    async stream(onText) {
      const { stream } = await model.doStream({ prompt, temperature: 0.2 });
      for await (const part of stream) {
        if (part.type === "text-delta") onText(part.delta);
        if (part.type === "error") throw part.error;
      }
    },
  };
};

export const ofAi =
  (createGroq, { generateText, streamText }) =>
  (options) => {
    const model = modelOf(createGroq, options);
    const call = { model, system: "Answer in one sentence.", prompt: QUESTION, temperature: 0.2 };
    return {
      async chat() {
        return (await generateText(call)).text;
      },
      async stream(onText) {
        for await (const text of streamText(call).textStream) onText(text);
      },
    };
  };
