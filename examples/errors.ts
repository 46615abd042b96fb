import { GroqProvider, LlmError } from "groq-provider";
import { startEmbeddedGroq } from "groq-provider/testing";

// With GROQ_API_KEY this talks to Groq, without it to the Groq embedded in this package.
const key = process.env.GROQ_API_KEY;
const baseUrl = key ? undefined : (await startEmbeddedGroq()).baseUrl;

const provider = new GroqProvider({
  name: "assistant",
  provider: "groq",
  model: "mixtral-8x7b-32768",
  config: { api_key: key ?? "any", base_url: baseUrl },
});

try {
  await provider.chat([{ role: "user", content: "Hello" }]);
} catch (error) {
  if (!LlmError.is(error)) throw error;
  switch (error.kind) {
    case "RateLimitExceeded":
      console.log(`Too many calls; again in ${error.retryAfterMs} ms`);
      break;
    case "ModelNotFound":
      console.log(error.message);
      console.log("There are:", (await provider.listModels()).map(({ id }) => id).join(", "));
      break;
    default:
      console.log(`${error.kind}: ${error.message}`);
  }
}
