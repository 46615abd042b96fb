import { createGroq } from "groq-provider";

const groq = createGroq({ model: "openai/gpt-oss-20b" }); // the key: GROQ_API_KEY, or apiKey

const { content, usage } = await groq.chat([
  { role: "system", content: "Answer in one short sentence." },
  { role: "user", content: "What is the Seine?" },
]);
console.log(content, usage?.totalTokens);
