import { GroqProvider } from "groq-provider";
import { startEmbeddedGroq } from "groq-provider/testing";

// With GROQ_API_KEY this talks to Groq, without it to the Groq embedded in this package.
const key = process.env.GROQ_API_KEY;
const baseUrl = key ? undefined : (await startEmbeddedGroq()).baseUrl;

const provider = new GroqProvider({
  name: "assistant",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key: key ?? "any", base_url: baseUrl },
});

const stream = provider.chatStream([{ role: "user", content: "Count to five in words." }]);

for await (const chunk of stream) {
  if (chunk.type === "text") process.stdout.write(chunk.text);
}

const { finishReason, usage } = await stream.response;
console.log(`\n${finishReason} after ${usage?.completionTokens} tokens`);
