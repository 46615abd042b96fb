/** What a reader writes by hand, with nothing looked at: no timeout, no checks, no errors. */
import { MODEL } from "../lib/wire.js";
import { messages } from "./messages.js";

export function create({ baseUrl, fetch = globalThis.fetch }, init = () => ({ end() {} })) {
  const url = `${baseUrl}/chat/completions`;
  const headers = { authorization: "Bearer gsk_bench", "content-type": "application/json" };
  const send = (body, signal) =>
    fetch(url, { method: "POST", headers, body: JSON.stringify(body), ...signal });
  return {
    async chat() {
      const { end, ...signal } = init();
      const response = await send({ model: MODEL, messages, temperature: 0.2 }, signal);
      const body = await response.json();
      end();
      return body.choices[0].message.content;
    },
    async stream(onText) {
      const { end, ...signal } = init();
      const response = await send({ ...streamRequest }, signal);
      await readEvents(response.body, onText);
      end();
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

/** Reading, splitting and parsing in one loop. `onText` may return a promise, which is waited for. */
export async function readEvents(body, onText) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += decoder.decode(value, { stream: true });
    let start = 0;
    for (;;) {
      const end = buffer.indexOf("\n\n", start);
      if (end === -1) break;
      const data = buffer.slice(start + 6, end);
      start = end + 2;
      if (data === "[DONE]") continue;
      const text = JSON.parse(data).choices[0]?.delta.content;
      if (text) {
        const wait = onText(text);
        if (wait) await wait;
      }
    }
    buffer = buffer.slice(start);
  }
}
