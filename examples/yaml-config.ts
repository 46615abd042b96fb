import { GROQ_BASE_URL, GroqProvider, parseModelConfig } from "groq-provider";
import { startEmbeddedGroq } from "groq-provider/testing";

// With GROQ_API_KEY this talks to Groq, without it to the Groq embedded in this package.
const key = process.env.GROQ_API_KEY;
const baseUrl = key ? undefined : (await startEmbeddedGroq()).baseUrl;

// loadModelConfig("groq.yaml") reads the same from a file.
const config = parseModelConfig(
  `
name: assistant
provider: groq
model: openai/gpt-oss-20b
supported_endpoints: [chat, completion]
config:
  api_key: \${GROQ_API_KEY}
  base_url: \${GROQ_BASE_URL}
  temperature: 0.2
  max_tokens: 200
limit:
  renewal_period: minutes
  calls: 30
`,
  {
    env: {
      GROQ_API_KEY: key ?? "any",
      GROQ_BASE_URL: baseUrl ?? GROQ_BASE_URL,
    },
  },
);

const provider = new GroqProvider(config);
const { text } = await provider.complete("Say that you are ready, in one word.");

console.log(text);
console.log(provider.rateLimitState.windows[0]?.calls);
