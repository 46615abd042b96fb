/** Who takes part: for each, a function that makes one call with both servers to choose from, as its documentation shows. */

// ai-retry tells models apart by their names.
const MODELS = ["openai/gpt-oss-20b", "openai/gpt-oss-120b"];
const PROMPT = "Please note that the bench has begun.";
const MAX_TOKENS = 100;
const API_KEY = "bench";
async function oursProviders({ baseUrls, limits, tryMs }) {
  const { GroqProvider } = await import("../../src/provider/index.ts");
  return baseUrls.map(
    (base_url, place) =>
      new GroqProvider({
        name: ["first", "second"][place],
        provider: "groq",
        model: MODELS[place],
        config: { api_key: API_KEY, base_url, max_tokens: MAX_TOKENS, timeout_ms: tryMs },
        ...(limits && { limit: { renewal_period: "minutes", calls: limits[place] } }),
      }),
  );
}

function oursCall(provider, stream) {
  const messages = [{ role: "user", content: PROMPT }];
  return stream
    ? () => provider.chatStream(messages).text()
    : async () => (await provider.chat(messages)).content;
}

const router = (options) => async (scene) => {
  const { createRouter } = await import("../../src/router/index.ts");
  return oursCall(createRouter(await oursProviders(scene), options), scene.stream);
};

/** The second server alone, which has no faults but those that both have. */
async function best(scene) {
  const [, second] = await oursProviders(scene);
  return oursCall(second, scene.stream);
}

const aiSdk =
  (modelOf, options) =>
  async ({ baseUrls, stream, tryMs }) => {
    const { createGroq } = await import("@ai-sdk/groq");
    const { generateText, streamText } = await import("ai");
    const models = baseUrls.map((baseURL, place) => {
      const fetch = (url, init) =>
        globalThis.fetch(url, {
          ...init,
          signal: AbortSignal.any([AbortSignal.timeout(tryMs), ...(init.signal ? [init.signal] : [])]),
        });
      return createGroq({ apiKey: API_KEY, baseURL, fetch })(MODELS[place]);
    });
    const call = { model: await modelOf(models), prompt: PROMPT, maxOutputTokens: MAX_TOKENS, ...options };
    if (!stream) return async () => (await generateText(call)).text;
    return async () => {
      let text = "";
      for await (const part of streamText({ ...call, onError: () => {} }).fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type === "text-delta") text += part.text;
      }
      return text;
    };
  };

const fallback = async (models) => (await import("ai-fallback")).createFallback({ models });

const retryable = async ([model, other]) => {
  const { createRetryableModel } = await import("ai-retry/language-model");
  return createRetryableModel({ model, retries: [other] });
};

/** Goes on for as long as a call may be worth another try, at the wait that the server asks for. */
const patient = async ([model, other]) => {
  const { createRetryableModel, error } = await import("ai-retry/language-model");
  const again = error.isRetryable(true).retry({ delay: 500, backoffFactor: 2, maxAttempts: 50 });
  return createRetryableModel({ model, retries: [error(() => true).switch({ model: other }), again] });
};

export const CONTESTANTS = {
  best: { label: "the second alone", make: best },
  ours: { label: "groq-provider/router", make: router({}) },
  hedged: { label: "… with `hedgeAfterMs: 150`", make: router({ hedgeAfterMs: 150 }) },
  leastWait: { label: '… with `order: "leastWait"`', make: router({ order: "leastWait" }) },
  fallback: { label: "ai-fallback 3", make: aiSdk(fallback, {}) },
  patientFallback: { label: "ai-fallback 3, maxRetries 10", make: aiSdk(fallback, { maxRetries: 10 }) },
  retry: { label: "ai-retry 2", make: aiSdk(retryable, { maxRetries: 0 }) },
  patientRetry: { label: "ai-retry 2, retries turned up", make: aiSdk(patient, { maxRetries: 0 }) },
};
