/** What is asked of each server. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { LlmError } from "../../src/provider/base/error.ts";
import type { Message } from "../../src/provider/base/types.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { chatObject } from "../../src/provider/object/chat-object.ts";
import { runTools } from "../../src/provider/tools/run-tools.ts";
import type { Server } from "./servers.ts";

interface Asked extends Pick<Server, "samplesOnly"> {
  url: string;
}

const say = (content: string): Message[] => [{ role: "user", content }];

function connect({ url }: Asked, headers: Record<string, string> = {}) {
  return createProvider(
    {
      name: "tried",
      provider: "openai-compatible",
      model: "m",
      supported_endpoints: ["chat", "completion", "embedding"],
      config: { api_key: "key-0123456789", base_url: url, max_retries: 0 },
    },
    { headers },
  );
}

async function chat(asked: Asked): Promise<void> {
  const { content, finishReason } = await connect(asked).chat(say("hello"), { maxTokens: 50 });
  equal(content, asked.samplesOnly ? "string" : "Hello there.");
  if (!asked.samplesOnly) equal(finishReason, "stop");
}

async function stream(asked: Asked): Promise<void> {
  const chatStream = connect(asked).chatStream(say("hello"));
  let text = "";
  for await (const chunk of chatStream) if (chunk.type === "text") text += chunk.text;
  equal(text, asked.samplesOnly ? "string" : "Hello there.");
  equal((await chatStream.response).content, text);
}

async function tools(asked: Asked): Promise<void> {
  const called: unknown[] = [];
  const provider = connect(asked);
  const tool = {
    name: "weather",
    description: "Tells the weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    execute: (args: unknown) => {
      called.push(args);
      return "rain";
    },
  };
  if (asked.samplesOnly) {
    const { name, description, parameters } = tool;
    const options = { tools: [{ type: "function" as const, function: { name, description, parameters } }] };
    const response = await provider.chat(say("weather"), options);
    equal(response.toolCalls[0]?.function.name, "string");
    // The whole conversation is one that the document admits.
    const [call] = response.toolCalls;
    await provider.chat([
      ...say("weather"),
      response,
      { role: "tool", toolCallId: call?.id ?? "", content: "rain" },
    ]);
    return;
  }
  const { response } = await runTools(provider, say("weather"), { tools: [tool] });
  deepEqual(called, [{ city: "Riga" }]);
  equal(response.content, "It rains.");
}

async function structured(asked: Asked): Promise<void> {
  const schema = {
    type: "object",
    properties: { rain: { type: "boolean" } },
    required: ["rain"],
    additionalProperties: false,
  };
  const asking = chatObject(connect(asked), say("rain"), { schema });
  if (!asked.samplesOnly) {
    deepEqual((await asking).object, { rain: true });
    return;
  }
  // The document admits the request; its sample is a text that is no object.
  const error: unknown = await asking.catch((error: unknown) => error);
  ok(LlmError.is(error) && error.kind === "GenerationFailed", String(error));
}

async function embeddings(asked: Asked): Promise<void> {
  const { embeddings } = await connect(asked).embed(["hello"]);
  equal(embeddings.length, 1);
  if (asked.samplesOnly) return;
  deepEqual(embeddings, [[0.5, 0.25]]);
}

async function models(asked: Asked): Promise<void> {
  const list = await connect(asked).listModels();
  ok(list.length > 0);
  for (const { id } of list) equal(typeof id, "string");
}

async function errors(asked: Asked): Promise<void> {
  const headers: Record<string, string> = asked.samplesOnly ? { prefer: "code=429" } : {};
  const error: unknown = await connect(asked, headers)
    .chat(say("refuse"))
    .catch((error: unknown) => error);
  ok(LlmError.is(error), String(error));
  equal(error.kind, "RateLimitExceeded");
  equal(error.status, 429);
  equal(error.retryable, true);
  ok(error.message.includes(asked.samplesOnly ? "string" : "Slow down, please."), error.message);
}

/** By their names in the table. */
export const operations: Record<string, (asked: Asked) => Promise<void>> = {
  chat,
  stream,
  tools,
  "structured output": structured,
  embeddings,
  models,
  errors,
};
