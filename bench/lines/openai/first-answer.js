import OpenAI from "openai";

const { GROQ_API_KEY: apiKey, GROQ_BASE_URL: baseURL } = process.env; // bench
const openai = new OpenAI({ apiKey, baseURL });

const completion = await openai.chat.completions.create({
  model: "openai/gpt-oss-20b",
  messages: [{ role: "user", content: "What is the Seine?" }],
});
console.log(completion.choices[0].message.content);
