import OpenAI from "openai";
import pLimit from "p-limit";

const { GROQ_API_KEY: apiKey, GROQ_BASE_URL: baseURL } = process.env; // bench
const openai = new OpenAI({ apiKey, baseURL, maxRetries: 10 });
const limit = pLimit(8);

async function ask(content) {
  const completion = await openai.chat.completions.create({
    model: "openai/gpt-oss-20b",
    messages: [{ role: "user", content }],
  });
  return completion.choices[0].message.content;
}

const questions = Array.from({ length: 100 }, (_, number) => `What is ${number} times 2?`);
const answers = await Promise.all(questions.map((question) => limit(() => ask(question))));
for (const answer of answers) console.log(answer);
