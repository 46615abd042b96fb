import { defineTool, GroqProvider, runTools } from "groq-provider";
import { startEmbeddedGroq } from "groq-provider/testing";
import * as z from "zod";

// With GROQ_API_KEY this talks to Groq, without it to the Groq embedded in this package.
const key = process.env.GROQ_API_KEY;
const baseUrl = key ? undefined : (await startEmbeddedGroq()).baseUrl;

const provider = new GroqProvider({
  name: "assistant",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key: key ?? "any", base_url: baseUrl },
});

const getWeather = defineTool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 17, sky: "clear" }),
});

const { response, turns } = await runTools(
  provider,
  [{ role: "user", content: "Do I need an umbrella in Lisbon?" }],
  {
    tools: [getWeather],
    approve: ({ function: call }) => {
      console.log(`calling ${call.name}(${call.rawArguments})`);
      return true;
    },
  },
);

console.log(response.content);
console.log(turns, "turns");
