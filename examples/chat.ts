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

const response = await provider.chat([
  { role: "system", content: "Answer in one short sentence." },
  { role: "user", content: "What is the Seine?" },
]);

console.log(response.content);
console.log(response.usage?.totalTokens, "tokens,", response.timing?.totalMs, "ms");
