import Groq from "groq-sdk";

const groq = new Groq();

const stream = await groq.chat.completions.create({
  model: "openai/gpt-oss-20b",
  messages: [{ role: "user", content: "What is the Seine?" }],
  stream: true,
});
let usage;
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? "");
  usage = chunk.x_groq?.usage ?? usage;
}
console.log(`\n${usage.total_tokens} tokens`);
