/** groq-sdk and openai are used alike. */
import { MODEL } from "../lib/wire.js";
import { messages } from "./messages.js";
import { streamRequest } from "./raw.js";

export function ofClient(client) {
  return {
    async chat() {
      const completion = await client.chat.completions.create({ model: MODEL, messages, temperature: 0.2 });
      return completion.choices[0].message.content;
    },
    async stream(onText) {
      for await (const chunk of await client.chat.completions.create(streamRequest)) {
        const text = chunk.choices[0]?.delta.content;
        if (text) {
          onText(text);
        }
      }
    },
  };
}
