import { createGroq } from "@ai-sdk/groq";
import { generateText } from "ai";
import pLimit from "p-limit";

const groq = createGroq({ baseURL: process.env.GROQ_BASE_URL }); // bench
const limit = pLimit(8);

async function ask(prompt) {
  const { text } = await generateText({ model: groq("openai/gpt-oss-20b"), prompt, maxRetries: 10 });
  return text;
}

const questions = Array.from({ length: 100 }, (_, number) => `What is ${number} times 2?`);
const answers = await Promise.all(questions.map((question) => limit(() => ask(question))));
for (const answer of answers) console.log(answer);
