/** openapi-fetch as it comes, which leaves streams to its user. */
import createClient from "openapi-fetch";
import { MODEL } from "../lib/wire.js";
import { messages } from "./messages.js";
import { readEvents, streamRequest } from "./raw.js";

export function create({ baseUrl, fetch }) {
  const client = createClient({
    baseUrl,
    headers: { authorization: "Bearer gsk_bench" },
    ...(fetch && { fetch }),
  });
  return {
    async chat() {
      const { data } = await client.POST("/chat/completions", {
        body: { model: MODEL, messages, temperature: 0.2 },
      });
      return data.choices[0].message.content;
    },
    async stream(onText) {
      const { data } = await client.POST("/chat/completions", { body: streamRequest, parseAs: "stream" });
      await readEvents(data, onText);
    },
  };
}
