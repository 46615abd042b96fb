import { createGroq } from "groq-provider";

const groq = createGroq({ model: "openai/gpt-oss-20b" });
const stream = groq.chatStream([{ role: "user", content: "Count to five in words." }]);

for await (const chunk of stream) {
  if (chunk.type === "text") process.stdout.write(chunk.text);
}
const { finishReason, usage } = await stream.response;
console.log(`\n${finishReason} after ${usage?.completionTokens} tokens`);
