import { createGroq, defineTool, runTools } from "groq-provider";
import * as z from "zod";

const groq = createGroq({ model: "openai/gpt-oss-20b" });

const getWeather = defineTool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 17 }),
});
const messages = [{ role: "user", content: "Do I need an umbrella in Lisbon?" }];
const { response } = await runTools(groq, messages, { tools: [getWeather] });
console.log(response.content);
