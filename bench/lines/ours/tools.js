import { defineTool, GroqProvider, runTools } from "groq-provider";
import * as z from "zod";

const { GROQ_API_KEY: api_key, GROQ_BASE_URL: base_url } = process.env; // bench
const groq = new GroqProvider({
  name: "lines",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key, base_url },
});

const getWeather = defineTool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 17 }),
});
const messages = [{ role: "user", content: "Do I need an umbrella in Lisbon?" }];
const { response } = await runTools(groq, messages, { tools: [getWeather] });
console.log(response.content);
