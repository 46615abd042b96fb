import { createGroq } from "@ai-sdk/groq";
import { streamText } from "ai";

const groq = createGroq({ baseURL: process.env.GROQ_BASE_URL }); // bench

const result = streamText({ model: groq("openai/gpt-oss-20b"), prompt: "What is the Seine?" });
for await (const text of result.textStream) process.stdout.write(text);
const usage = await result.usage;
console.log(`\n${usage.totalTokens} tokens`);
