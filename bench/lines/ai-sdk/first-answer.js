import { createGroq } from "@ai-sdk/groq";
import { generateText } from "ai";

const groq = createGroq({ baseURL: process.env.GROQ_BASE_URL }); // bench

const { text } = await generateText({ model: groq("openai/gpt-oss-20b"), prompt: "What is the Seine?" });
console.log(text);
