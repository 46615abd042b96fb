import { createGroq } from "@ai-sdk/groq";
import { generateText, stepCountIs, tool } from "ai";
import * as z from "zod";

const groq = createGroq({ baseURL: process.env.GROQ_BASE_URL }); // bench

const get_weather = tool({
  description: "The weather in a city",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, celsius: 17 }),
});
const { text } = await generateText({
  model: groq("openai/gpt-oss-20b"),
  prompt: "Do I need an umbrella in Lisbon?",
  tools: { get_weather },
  stopWhen: stepCountIs(10),
});
console.log(text);
