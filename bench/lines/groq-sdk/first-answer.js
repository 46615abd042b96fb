import Groq from "groq-sdk";

const groq = new Groq();

const completion = await groq.chat.completions.create({
  model: "openai/gpt-oss-20b",
  messages: [{ role: "user", content: "What is the Seine?" }],
});
console.log(completion.choices[0].message.content);
