/** What a reader writes by hand on undici's `request`. */
import { request } from "undici";
import { MODEL } from "../lib/wire.js";
import { messages } from "./messages.js";
import { readEvents, streamRequest } from "./raw.js";

export function create({ baseUrl }) {
  const url = `${baseUrl}/chat/completions`;
  const headers = { authorization: "Bearer gsk_bench", "content-type": "application/json" };
  const send = (body) => request(url, { method: "POST", headers, body: JSON.stringify(body) });
  return {
    async chat() {
      const { body } = await send({ model: MODEL, messages, temperature: 0.2 });
      return (await body.json()).choices[0].message.content;
    },
    async stream(onText) {
      const { body } = await send(streamRequest);
      await readEvents({ getReader: () => asReader(body) }, onText);
    },
  };
}

function asReader(body) {
  const iterator = body[Symbol.asyncIterator]();
  return { read: () => iterator.next() };
}
