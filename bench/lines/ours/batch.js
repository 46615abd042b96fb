import { GroqProvider } from "groq-provider";

const { GROQ_API_KEY: api_key, GROQ_BASE_URL: base_url } = process.env; // bench
const limit = { renewal_period: "seconds", calls: 10 };
const groq = new GroqProvider({
  name: "lines",
  provider: "groq",
  model: "openai/gpt-oss-20b",
  config: { api_key, base_url },
  limit,
});

const questions = Array.from({ length: 100 }, (_, number) => `What is ${number} times 2?`);
const answers = await Promise.all(
  questions.map(async (content) => (await groq.chat([{ role: "user", content }])).content),
);
for (const answer of answers) console.log(answer);
