import { stepCountIs, streamText, tool } from "ai";
import { createGroq } from "groq-provider";
import { toLanguageModel } from "groq-provider/ai-sdk";
import * as z from "zod";

const groq = createGroq({ model: "openai/gpt-oss-20b" });

const getWeather = tool({
  description: "The weather in a city",
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 17, sky: "clear" }),
});

const result = streamText({
  model: toLanguageModel(groq),
  prompt: "Do I need an umbrella in Lisbon?",
  tools: { get_weather: getWeather },
  stopWhen: stepCountIs(3),
  maxRetries: 0, // groq makes further tries itself, inside its limits
});

for await (const text of result.textStream) process.stdout.write(text);
const { inputTokens, outputTokens } = await result.totalUsage;
console.log(`\n${(await result.steps).length} steps, ${inputTokens} + ${outputTokens} tokens`);
