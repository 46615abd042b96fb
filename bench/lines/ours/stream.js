import { GroqProvider } from "groq-provider";

const { GROQ_API_KEY: api_key, GROQ_BASE_URL: base_url } = process.env; // bench
const groq = new GroqProvider({
  name: "lines",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key, base_url },
});

const stream = groq.chatStream([{ role: "user", content: "What is the Seine?" }]);
for await (const chunk of stream) if (chunk.type === "text") process.stdout.write(chunk.text);
const { usage } = await stream.response;
console.log(`\n${usage.totalTokens} tokens`);
