/** Tool conversations and objects through the real provider, as the wire sees them. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Message } from "../../../src/provider/base/types.ts";
import { chatObject, chatObjectStream } from "../../../src/provider/object/chat-object.ts";
import { runTools, runToolsStream } from "../../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../../src/provider/tools/tools.ts";
import { completion, json, stubbed } from "../support.ts";

const question: Message[] = [{ role: "user", content: "How warm is it in Oslo?" }];

const weather = defineTool({
  name: "weather",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `${city}: 4`,
});

const wireCall = {
  id: "fc_1",
  type: "function",
  function: { name: "weather", arguments: '{"city": "Oslo"}' },
};

const calling = () => {
  const body = completion("");
  const message = { role: "assistant", reasoning: "look it up", tool_calls: [wireCall] };
  return { ...body, choices: [{ ...body.choices[0], message, finish_reason: "tool_calls" }] };
};

function stream(...deltas: object[]): Response {
  const chunk = (choices: object[]) => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "openai/gpt-oss-20b",
    choices,
  });
  const reason = deltas.some((delta) => "tool_calls" in delta) ? "tool_calls" : "stop";
  const chunks = [
    ...deltas.map((delta) => chunk([{ index: 0, delta, logprobs: null, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: reason }]),
  ];
  const text = chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`).join("");
  return new Response(`${text}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
}

const second = [
  { role: "user", content: "How warm is it in Oslo?" },
  { role: "assistant", reasoning: "look it up", tool_calls: [wireCall] },
  { role: "tool", tool_call_id: "fc_1", content: "Oslo: 4" },
];

describe("a tool conversation", () => {
  it("sends back the call as it came, and what it gave", async () => {
    const { provider, sent } = stubbed((_sent, count) =>
      json(count === 1 ? calling() : completion("4 degrees")),
    );
    const { response } = await runTools(provider, question, { tools: [weather] });
    expect(response.content).toBe("4 degrees");
    expect(sent[1]?.body?.messages).toEqual(second);
    expect(sent[1]?.body?.tools).toEqual(sent[0]?.body?.tools);
  });

  it("streams the same", async () => {
    const { provider, sent } = stubbed((_sent, count) =>
      count === 1
        ? stream({ role: "assistant", reasoning: "look it up" }, { tool_calls: [{ index: 0, ...wireCall }] })
        : stream({ role: "assistant", content: "4 " }, { content: "degrees" }),
    );
    const conversation = runToolsStream(provider, question, { tools: [weather] });
    let text = "";
    for await (const event of conversation) if (event.type === "text") text += event.text;
    expect(text).toBe("4 degrees");
    expect(sent[1]?.body?.messages).toEqual(second);
    expect((await conversation.result).turns).toBe(2);
  });

  it("goes on after a call that Groq refused", async () => {
    const refusal = {
      error: {
        message: "Tool call validation failed",
        type: "invalid_request_error",
        code: "tool_use_failed",
        failed_generation: '{"name": "weather", "arguments": {}}',
      },
    };
    const { provider, sent } = stubbed((_sent, count) =>
      count === 1 ? json(refusal, 400) : json(completion("I don't know")),
    );
    const { turns } = await runTools(provider, question, { tools: [weather] });
    expect(turns).toBe(2);
    expect(sent[1]?.body?.messages).toEqual([
      { role: "user", content: "How warm is it in Oslo?" },
      { role: "assistant", content: '{"name": "weather", "arguments": {}}' },
      { role: "user", content: expect.stringContaining("Tool call validation failed") },
    ]);
  });

  it("closes the connection at a break", async () => {
    let closed = false;
    const { provider } = stubbed(async () => {
      const first = (await stream({ role: "assistant", content: "4 " }).text()).split("\n\n")[0];
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(`${first}\n\n`)),
        cancel: () => {
          closed = true;
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    for await (const event of runToolsStream(provider, question, { tools: [weather] })) {
      if (event.type === "text") break;
    }
    expect(closed).toBe(true);
  });
});

describe("an object", () => {
  const schema = z.object({ celsius: z.number() });

  it("is asked for by a strict schema", async () => {
    const { provider, sent } = stubbed(() => json(completion('{"celsius": 4}')));
    expect((await chatObject(provider, question, { schema, name: "weather" })).object).toEqual({
      celsius: 4,
    });
    expect(sent[0]?.body?.response_format).toEqual({
      type: "json_schema",
      json_schema: {
        name: "weather",
        strict: true,
        schema: {
          type: "object",
          properties: { celsius: { type: "number" } },
          required: ["celsius"],
          additionalProperties: false,
        },
      },
    });
  });

  it("streams", async () => {
    const { provider } = stubbed(() => stream({ content: '{"cel' }, { content: 'sius": 4}' }));
    const snapshots: unknown[] = [];
    const growing = chatObjectStream(provider, question, { schema });
    for await (const snapshot of growing) snapshots.push(snapshot);
    expect(snapshots).toEqual([{}, { celsius: 4 }]);
    expect(await growing.object).toEqual({ celsius: 4 });
  });

  it("that Groq itself refused keeps the raw text", async () => {
    const refusal = {
      error: {
        message: "Failed to validate JSON",
        type: "invalid_request_error",
        code: "json_validate_failed",
        failed_generation: '{"celsius": "four"}',
      },
    };
    const { provider } = stubbed(() => json(refusal, 400));
    await expect(chatObject(provider, question, { schema })).rejects.toMatchObject({
      kind: "GenerationFailed",
      code: "json_validate_failed",
      failedGeneration: '{"celsius": "four"}',
    });
  });
});
