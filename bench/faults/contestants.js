/**
 * Each client as one call: a chat or a stream, its text or whatever it throws. None makes a second try, but with
 * `retries`, which leaves each its default.
 */

const messages = [{ role: "user", content: "Count" }];
const apiKey = "gsk_bench_key";

async function ours({ baseUrl, model, times, retries, signal }) {
  const { GroqProvider } = await import("../../src/provider/index.ts");
  const config = { api_key: apiKey, base_url: baseUrl, ...(!retries && { max_retries: 0 }) };
  const provider = new GroqProvider({ name: "faults", provider: "groq", model, config });
  const options = { ...times, signal };
  return {
    chat: async () => (await provider.chat(messages, options)).content,
    stream: async (onText) => {
      for await (const chunk of provider.chatStream(messages, options))
        if (chunk.type === "text") onText(chunk.text);
    },
  };
}

/** A promise that was kept with something else: what an application would trip over next. */
export const NO_COMPLETION = "(a value without choices)";

function sdk(client, model, signal) {
  const { completions } = client.chat;
  return {
    chat: async () => {
      const completion = await completions.create({ model, messages }, { signal });
      return completion.choices ? completion.choices[0].message.content : NO_COMPLETION;
    },
    stream: async (onText) => {
      for await (const chunk of await completions.create({ model, messages, stream: true }, { signal }))
        onText(chunk.choices[0]?.delta.content ?? "");
    },
  };
}

const options = ({ timeoutMs }, retries) => ({ timeout: timeoutMs, ...(!retries && { maxRetries: 0 }) });

async function groqSdk({ baseUrl, model, times, retries, signal }) {
  const { default: Groq } = await import("groq-sdk");
  const baseURL = baseUrl.replace("/openai/v1", "");
  return sdk(new Groq({ apiKey, baseURL, ...options(times, retries) }), model, signal);
}

async function openai({ baseUrl, model, times, retries, signal }) {
  const { default: OpenAI } = await import("openai");
  return sdk(new OpenAI({ apiKey, baseURL: baseUrl, ...options(times, retries) }), model, signal);
}

/** The bare model has neither time limits nor retries. */
async function aiSdk({ baseUrl, model: id, signal: abortSignal }) {
  const { createGroq } = await import("@ai-sdk/groq");
  const model = createGroq({ apiKey, baseURL: baseUrl })(id);
  const prompt = [{ role: "user", content: [{ type: "text", text: "Count" }] }];
  return {
    chat: async () => {
      const { content } = await model.doGenerate({ prompt, abortSignal });
      return content.find(({ type }) => type === "text")?.text ?? "";
    },
    stream: async (onText) => {
      const { stream } = await model.doStream({ prompt, abortSignal });
      for await (const part of stream) {
        if (part.type === "text-delta") onText(part.delta);
        if (part.type === "error") throw part.error;
        // Its way to tell a stream that ended before its end: no error, but no "stop" either.
        if (part.type === "finish" && part.finishReason.unified === "other")
          throw Object.assign(new Error(), { name: "finishReason: other" });
      }
    },
  };
}

/** `ai` with a model: its own time limits where the model has none, and its own further tries where the model makes none. */
async function throughAi(model, signal, settings, providerOptions) {
  const { generateText, streamText } = await import("ai");
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const call = { model, prompt: "Count", abortSignal: signal, providerOptions, ...settings };
  return {
    chat: async () => (await generateText(call)).text,
    stream: async (onText) => {
      const { fullStream } = streamText({ ...call, onError: () => {} });
      for await (const part of fullStream) {
        if (part.type === "text-delta") onText(part.text);
        if (part.type === "error") throw part.error;
        if (part.type === "abort") throw Object.assign(new Error("aborted"), { name: "AbortError" });
        if (part.type === "finish" && part.finishReason === "other")
          throw Object.assign(new Error(), { name: "finishReason: other" });
      }
    },
  };
}

async function oursInAi({ baseUrl, model, times, retries, signal }) {
  const { createGroq } = await import("../../src/provider/index.ts");
  const { toLanguageModel } = await import("../../src/ai-sdk/index.ts");
  const provider = createGroq({ apiKey, baseUrl, model, ...(!retries && { maxRetries: 0 }) });
  return throughAi(toLanguageModel(provider), signal, { maxRetries: 0 }, { groq: times });
}

async function groqInAi({ baseUrl, model, times, retries, signal }) {
  const { createGroq } = await import("@ai-sdk/groq");
  const { timeoutMs: totalMs, stallTimeoutMs, firstEventTimeoutMs } = times;
  const chunkMs = stallTimeoutMs ?? firstEventTimeoutMs;
  const timeout = { totalMs, ...(chunkMs !== undefined && { chunkMs }) };
  const settings = { timeout, ...(!retries && { maxRetries: 0 }) };
  return throughAi(createGroq({ apiKey, baseURL: baseUrl })(model), signal, settings);
}

/** By what `--through` says: the clients themselves, or models of the AI SDK through `ai`. */
export const GROUPS = {
  clients: ["ours", "groqSdk", "openai", "aiSdk"],
  ai: ["oursInAi", "groqInAi"],
};

export const CONTESTANTS = {
  oursInAi: { label: "groq-provider/ai-sdk", create: oursInAi },
  groqInAi: { label: "@ai-sdk/groq", package: "@ai-sdk/groq", create: groqInAi },
  ours: { label: "groq-provider", create: ours },
  groqSdk: { label: "groq-sdk", package: "groq-sdk", create: groqSdk },
  openai: { label: "openai", package: "openai", create: openai },
  aiSdk: { label: "@ai-sdk/groq", package: "@ai-sdk/groq", create: aiSdk },
};
