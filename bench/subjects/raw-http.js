/** The floor: `node:http` with a kept-alive agent, and nothing looked at. */
import { Agent, request } from "node:http";
import { MODEL } from "../lib/wire.js";
import { messages } from "./messages.js";
import { eventReader, streamRequest } from "./raw.js";

export function create({ baseUrl }) {
  const { hostname, port, pathname } = new URL(`${baseUrl}/chat/completions`);
  const agent = new Agent({ keepAlive: true });
  const send = (body, read) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        authorization: "Bearer gsk_bench",
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
      };
      const options = { agent, hostname, port, path: pathname, method: "POST", headers };
      const sent = request(options, (answer) => {
        answer.on("error", reject);
        read(answer, resolve);
      });
      sent.on("error", reject);
      sent.end(text);
    });
  return {
    async chat() {
      const bytes = await send({ model: MODEL, messages, temperature: 0.2 }, (answer, resolve) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () => resolve(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
      });
      return JSON.parse(bytes.toString()).choices[0].message.content;
    },
    async stream(onText) {
      await send(streamRequest, (answer, resolve) => {
        answer.on("data", eventReader(onText));
        answer.on("end", resolve);
      });
    },
  };
}
