import { createGroq } from "groq-provider";

const groq = createGroq({ model: "openai/gpt-oss-20b" });

const stream = groq.chatStream([{ role: "user", content: "What is the Seine?" }]);
for await (const chunk of stream) if (chunk.type === "text") process.stdout.write(chunk.text);
const { usage } = await stream.response;
console.log(`\n${usage.totalTokens} tokens`);
