import Groq from "groq-sdk";
import * as z from "zod";

const groq = new Groq();

const Arguments = z.object({ city: z.string() });
const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a city",
      parameters: z.toJSONSchema(Arguments),
    },
  },
];
const getWeather = ({ city }) => ({ city, celsius: 17 });

function run(call) {
  if (call.function.name !== "get_weather") return { error: `There is no ${call.function.name}` };
  try {
    return getWeather(Arguments.parse(JSON.parse(call.function.arguments)));
  } catch (error) {
    return { error: error.message };
  }
}

const messages = [{ role: "user", content: "Do I need an umbrella in Lisbon?" }];
for (let turn = 0; turn < 10; turn++) {
  const completion = await groq.chat.completions.create({ model: "openai/gpt-oss-20b", messages, tools });
  const { content, tool_calls: calls = [] } = completion.choices[0].message;
  if (calls.length === 0) {
    console.log(content);
    break;
  }
  messages.push({ role: "assistant", content, tool_calls: calls });
  for (const call of calls) {
    messages.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify(run(call)) });
  }
}
