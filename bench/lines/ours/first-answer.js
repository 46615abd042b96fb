import { GroqProvider } from "groq-provider";

const { GROQ_API_KEY: api_key, GROQ_BASE_URL: base_url } = process.env; // bench
const groq = new GroqProvider({
  name: "lines",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key, base_url },
});

const { content } = await groq.chat([{ role: "user", content: "What is the Seine?" }]);
console.log(content);
