import OpenAI from "openai";
import { zodFunction } from "openai/helpers/zod";
import * as z from "zod";

const { GROQ_API_KEY: apiKey, GROQ_BASE_URL: baseURL } = process.env; // bench
const openai = new OpenAI({ apiKey, baseURL });

const getWeather = zodFunction({
  name: "get_weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  function: ({ city }) => ({ city, celsius: 17 }),
});
const runner = openai.chat.completions.runTools({
  model: "openai/gpt-oss-20b",
  messages: [{ role: "user", content: "Do I need an umbrella in Lisbon?" }],
  tools: [getWeather],
});
console.log(await runner.finalContent());
