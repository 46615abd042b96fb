/** Who is compared, and how each says hello: for the size of its bundle and the time of its import. */

const openAi = (name) => `import OpenAI from "${name}";
const client = new OpenAI({ apiKey: KEY, baseURL: "https://api.groq.com/openai/v1" });
const completion = await client.chat.completions.create({ model: "m", messages });
console.log(completion.choices[0].message.content);`;

const aiSdkModel = (name) => `import { createGroq } from "${name}";
const { content } = await createGroq({ apiKey: KEY })("m").doGenerate({
  prompt: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
});
console.log(content);`;

const ai = (name, groq) => `import { createGroq } from "${groq}";
import { generateText } from "${name}";
const { text } = await generateText({ model: createGroq({ apiKey: KEY })("m"), messages });
console.log(text);`;

/**
 * `hello`: a program of one chat, given `KEY` and `messages`. `versionOf`: the package whose version the tables show.
 * `loopbackOnly`: no stub can stand in for its transport.
 */
export const SUBJECTS = {
  "raw-http": { label: "node:http by hand, kept-alive agent", loopbackOnly: true },
  "raw-undici": { label: "undici's request by hand", loopbackOnly: true },
  raw: { label: "fetch by hand" },
  ours: {
    label: "groq-provider",
    hello: `import { GroqProvider } from "groq-provider";
const config = { name: "m", provider: "groq", model: "m", supported_endpoints: ["chat"], config: { api_key: KEY } };
const { content } = await new GroqProvider(config).chat(messages);
console.log(content);`,
  },
  "ours-fetch": { label: "groq-provider, given the global fetch", loopbackOnly: true },
  "ours-telemetry": { label: "groq-provider, telemetry without an SDK" },
  "openapi-fetch": {
    label: "openapi-fetch",
    versionOf: "openapi-fetch",
    hello: `import createClient from "openapi-fetch";
const client = createClient({ baseUrl: "https://api.groq.com/openai/v1", headers: { authorization: "Bearer " + KEY } });
const { data } = await client.POST("/chat/completions", { body: { model: "m", messages } });
console.log(data.choices[0].message.content);`,
  },
  "groq-sdk": {
    label: "groq-sdk",
    versionOf: "groq-sdk",
    hello: `import Groq from "groq-sdk";
const completion = await new Groq({ apiKey: KEY }).chat.completions.create({ model: "m", messages });
console.log(completion.choices[0].message.content);`,
  },
  openai: { label: "openai", versionOf: "openai", hello: openAi("openai") },
  "openai-newest": { label: "openai", versionOf: "openai-newest", hello: openAi("openai-newest") },
  "ai-sdk-model": {
    label: "@ai-sdk/groq, bare model",
    versionOf: "@ai-sdk/groq",
    hello: aiSdkModel("@ai-sdk/groq"),
  },
  "ai-sdk-model-newest": {
    label: "@ai-sdk/groq, bare model",
    versionOf: "@ai-sdk/groq-newest",
    hello: aiSdkModel("@ai-sdk/groq-newest"),
  },
  ai: { label: "ai with @ai-sdk/groq", versionOf: "ai", hello: ai("ai", "@ai-sdk/groq") },
  "ai-newest": {
    label: "ai with @ai-sdk/groq",
    versionOf: "ai-newest",
    hello: ai("ai-newest", "@ai-sdk/groq-newest"),
  },
  langchain: {
    label: "@langchain/groq",
    versionOf: "@langchain/groq",
    hello: `import { ChatGroq } from "@langchain/groq";
const { content } = await new ChatGroq({ apiKey: KEY, model: "m" }).invoke("hello");
console.log(content);`,
  },
};

export const HELLO_PRELUDE = `const KEY = "gsk_"; const messages = [{ role: "user", content: "hello" }];\n`;

/** The import lines of a subject's hello. */
export const importsOf = (name) =>
  SUBJECTS[name].hello
    .split("\n")
    .filter((line) => line.startsWith("import "))
    .join("\n");
