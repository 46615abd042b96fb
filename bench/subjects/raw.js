/** What a reader writes by hand on `fetch`, with nothing looked at: no timeout, no checks, no errors. */
import { MODEL } from "../lib/wire.js";
import { messages } from "./messages.js";

export function create({ baseUrl, fetch = globalThis.fetch }) {
  const url = `${baseUrl}/chat/completions`;
  const headers = { authorization: "Bearer gsk_bench", "content-type": "application/json" };
  const send = (body) => fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return {
    async chat() {
      const response = await send({ model: MODEL, messages, temperature: 0.2 });
      return (await response.json()).choices[0].message.content;
    },
    async stream(onText) {
      const response = await send(streamRequest);
      await readEvents(response.body, onText);
    },
  };
}

export const streamRequest = {
  model: MODEL,
  messages,
  temperature: 0.2,
  stream: true,
  stream_options: { include_usage: true },
};

/** Reading, splitting and parsing in one loop. */
export async function readEvents(body, onText) {
  const reader = body.getReader();
  const read = eventReader(onText);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    read(value);
  }
}

/** Takes bytes, and gives the text of each event that ends in them. */
export function eventReader(onText) {
  const decoder = new TextDecoder();
  let buffer = "";
  return (bytes) => {
    buffer += decoder.decode(bytes, { stream: true });
    let start = 0;
    for (;;) {
      const end = buffer.indexOf("\n\n", start);
      if (end === -1) break;
      const data = buffer.slice(start + 6, end);
      start = end + 2;
      if (data === "[DONE]") continue;
      const text = JSON.parse(data).choices[0]?.delta.content;
      if (text) onText(text);
    }
    buffer = buffer.slice(start);
  };
}
