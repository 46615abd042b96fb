/** Who is compared, and how each says hello: for the size of its bundle and the time of its import. */

export const OURS = "ours";

export const SUBJECTS = {
  raw: { label: "raw fetch" },
  "raw-signal": { label: "raw fetch with a timeout signal" },
  "openapi-fetch": {
    label: "openapi-fetch",
    hello: `import createClient from "openapi-fetch";
const client = createClient({ baseUrl: "https://api.groq.com/openai/v1", headers: { authorization: "Bearer " + KEY } });
const { data } = await client.POST("/chat/completions", { body: { model: "m", messages } });
console.log(data.choices[0].message.content);`,
  },
  "groq-sdk": {
    label: "groq-sdk",
    hello: `import Groq from "groq-sdk";
const completion = await new Groq({ apiKey: KEY }).chat.completions.create({ model: "m", messages });
console.log(completion.choices[0].message.content);`,
  },
  openai: {
    label: "openai",
    hello: `import OpenAI from "openai";
const client = new OpenAI({ apiKey: KEY, baseURL: "https://api.groq.com/openai/v1" });
const completion = await client.chat.completions.create({ model: "m", messages });
console.log(completion.choices[0].message.content);`,
  },
  "ai-sdk-model": {
    label: "@ai-sdk/groq, bare model",
    hello: `import { createGroq } from "@ai-sdk/groq";
const { content } = await createGroq({ apiKey: KEY })("m").doGenerate({
  prompt: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
});
console.log(content);`,
  },
  ai: {
    label: "ai with @ai-sdk/groq",
    hello: `import { createGroq } from "@ai-sdk/groq";
import { generateText } from "ai";
const { text } = await generateText({ model: createGroq({ apiKey: KEY })("m"), messages });
console.log(text);`,
  },
  langchain: {
    label: "@langchain/groq",
    hello: `import { ChatGroq } from "@langchain/groq";
const { content } = await new ChatGroq({ apiKey: KEY, model: "m" }).invoke("hello");
console.log(content);`,
  },
  [OURS]: {
    label: "groq-provider",
    hello: `import { GroqProvider } from "groq-provider";
const config = { name: "m", provider: "groq", model: "m", supported_endpoints: ["chat"], config: { api_key: KEY } };
const { content } = await new GroqProvider(config).chat(messages);
console.log(content);`,
  },
  // undici's request, which no stub can replace: over the loopback alone.
  "raw-undici": { label: "undici's request by hand", loopbackOnly: true },
  "ours-undici": { label: "groq-provider/undici", loopbackOnly: true },
};

export const HELLO_PRELUDE = `const KEY = "gsk_"; const messages = [{ role: "user", content: "hello" }];\n`;

export const withHello = () => Object.keys(SUBJECTS).filter((name) => SUBJECTS[name].hello);

/** The import lines of a subject's hello. */
export const importsOf = (name) =>
  SUBJECTS[name].hello
    .split("\n")
    .filter((line) => line.startsWith("import "))
    .join("\n");
