import OpenAI from "openai";

const { GROQ_API_KEY: apiKey, GROQ_BASE_URL: baseURL } = process.env; // bench
const openai = new OpenAI({ apiKey, baseURL });

const stream = await openai.chat.completions.create({
  model: "openai/gpt-oss-20b",
  messages: [{ role: "user", content: "What is the Seine?" }],
  stream: true,
  stream_options: { include_usage: true },
});
let usage;
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? "");
  usage = chunk.usage ?? usage;
}
console.log(`\n${usage.total_tokens} tokens`);
