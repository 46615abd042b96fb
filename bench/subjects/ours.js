import { GroqProvider } from "groq-provider";
import { MODEL } from "../lib/wire.js";
import { messages } from "./messages.js";

export function create({ baseUrl, fetch, dependencies }) {
  const provider = new GroqProvider(
    {
      name: "bench",
      provider: "groq",
      model: MODEL,
      supported_endpoints: ["chat"],
      config: { api_key: "gsk_bench_0123456789", base_url: baseUrl },
      // Counted, and never reached.
      limit: { renewal_period: "minutes", calls: 100_000_000 },
    },
    { ...(fetch && { fetch }), ...dependencies },
  );
  return {
    async chat() {
      return (await provider.chat(messages, { temperature: 0.2 })).content;
    },
    async stream(onText) {
      for await (const chunk of provider.chatStream(messages, { temperature: 0.2 })) {
        if (chunk.type === "text") {
          onText(chunk.text);
        }
      }
    },
  };
}
