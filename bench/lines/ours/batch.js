import { createGroq } from "groq-provider";

const groq = createGroq({ model: "openai/gpt-oss-20b", limit: { renewalPeriod: "seconds", calls: 10 } });

const questions = Array.from({ length: 100 }, (_, number) => `What is ${number} times 2?`);
const answers = await Promise.all(
  questions.map(async (content) => (await groq.chat([{ role: "user", content }])).content),
);
for (const answer of answers) console.log(answer);
