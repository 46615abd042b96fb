import { GroqProvider } from "groq-provider";
import { parseModelConfig } from "groq-provider/config";

// loadModelConfig("groq.yaml") reads the same from a file.
const config = parseModelConfig(`
name: assistant
provider: groq
model: openai/gpt-oss-20b
config:
  api_key: \${GROQ_API_KEY}
  base_url: \${GROQ_BASE_URL:-https://api.groq.com/openai/v1}
  temperature: 0.2
  max_tokens: 200
limit:
  renewal_period: minutes
  calls: 30
`);

const provider = new GroqProvider(config);
const { text } = await provider.complete("Say that you are ready, in one word.");

console.log(text);
console.log(provider.rateLimitState.windows[0]?.calls);
