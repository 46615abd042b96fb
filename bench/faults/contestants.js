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

export const CONTESTANTS = {
  ours: { label: "groq-provider", create: ours },
  groqSdk: { label: "groq-sdk", package: "groq-sdk", create: groqSdk },
  openai: { label: "openai", package: "openai", create: openai },
  aiSdk: { label: "@ai-sdk/groq", package: "@ai-sdk/groq", create: aiSdk },
};
