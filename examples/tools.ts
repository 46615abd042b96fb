import { createGroq, defineTool, runToolsStream } from "groq-provider";
import * as z from "zod";

const groq = createGroq({ model: "openai/gpt-oss-20b" });

const getWeather = defineTool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 17, sky: "clear" }),
});

const run = runToolsStream(groq, [{ role: "user", content: "Do I need an umbrella in Lisbon?" }], {
  tools: [getWeather],
});

for await (const event of run) {
  if (event.type === "toolStart") console.log(`calling ${event.toolCall.function.name}`);
  if (event.type === "text") process.stdout.write(event.text);
}
console.log(`\n${(await run.result).turns} turns`);
