import Groq from "groq-sdk";
import pLimit from "p-limit";

const groq = new Groq({ maxRetries: 10 });
const limit = pLimit(8);

async function ask(content) {
  const completion = await groq.chat.completions.create({
    model: "openai/gpt-oss-20b",
    messages: [{ role: "user", content }],
  });
  return completion.choices[0].message.content;
}

const questions = Array.from({ length: 100 }, (_, number) => `What is ${number} times 2?`);
const answers = await Promise.all(questions.map((question) => limit(() => ask(question))));
for (const answer of answers) console.log(answer);
