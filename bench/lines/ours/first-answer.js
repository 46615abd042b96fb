import { createGroq } from "groq-provider";

const groq = createGroq({ model: "openai/gpt-oss-20b" });

const { text } = await groq.complete("What is the Seine?");
console.log(text);
