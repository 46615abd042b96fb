/** Who takes part: for each, a function that makes one call. All ask for the same, in their own way. */
import { GroqProvider } from "../../src/provider/index.ts";

const MODEL = "openai/gpt-oss-20b";
const MESSAGES = [{ role: "user", content: "Please note that the bench has begun." }];
const MAX_TOKENS = 100;
const API_KEY = "bench";
/** Room for 500 calls in a queue; otherwise nothing is lost by a limit of waiting. */
const PATIENT = { maxRetries: 1000, timeout: 3_600_000 };

const ours = (limit) => async (baseUrl) => {
  const provider = new GroqProvider({
    name: "bench",
    provider: "groq",
    model: MODEL,
    config: { api_key: API_KEY, base_url: baseUrl, max_tokens: MAX_TOKENS },
    limit,
  });
  return () => provider.chat(MESSAGES);
};

const sdk = (load, options) => async (baseUrl) => {
  const Client = await load();
  // groq-sdk adds `/openai/v1` itself.
  const root = load === groqSdk ? baseUrl.replace(/\/openai\/v1$/, "") : baseUrl;
  const client = new Client({ apiKey: API_KEY, baseURL: root, ...options });
  const body = { model: MODEL, messages: MESSAGES, max_completion_tokens: MAX_TOKENS };
  return () => client.chat.completions.create(body);
};
const groqSdk = async () => (await import("groq-sdk")).default;
const openai = async () => (await import("openai")).default;

/** What an application writes itself: some calls at once, and a loop that obeys `retry-after`. */
const byHand = async (baseUrl) => {
  const { default: pLimit } = await import("p-limit");
  const limited = pLimit(10);
  const body = JSON.stringify({ model: MODEL, messages: MESSAGES, max_completion_tokens: MAX_TOKENS });
  const headers = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };
  const call = async () => {
    for (;;) {
      const response = await fetch(`${baseUrl}/chat/completions`, { method: "POST", headers, body });
      const answer = await response.json();
      if (response.ok) return answer;
      if (response.status !== 429) throw new Error(`status ${response.status}`);
      await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get("retry-after")) * 1000));
    }
  };
  return () => limited(call);
};

/** `limit` is what the server keeps: `{ calls }` or `{ tokens }` a minute. */
export const CONTESTANTS = {
  configured: {
    label: "groq-provider, limit configured",
    make: (limit) => ours({ renewal_period: "minutes", ...limit }),
  },
  auto: { label: "groq-provider, limit: auto", make: () => ours("auto") },
  "groq-sdk": { label: "groq-sdk, defaults", make: () => sdk(groqSdk, {}) },
  "groq-sdk-patient": { label: "groq-sdk, retries turned up", make: () => sdk(groqSdk, PATIENT) },
  openai: { label: "openai, defaults", make: () => sdk(openai, {}) },
  "openai-patient": { label: "openai, retries turned up", make: () => sdk(openai, PATIENT) },
  "p-limit": { label: "p-limit and a loop by hand", make: () => byHand },
};
