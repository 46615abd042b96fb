import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { ChatOptions, Message } from "../../../src/provider/base/types.ts";
import { groq } from "../../../src/provider/groq-provider.ts";
import { openAiCompatible } from "../../../src/provider/services/service-profile.ts";
import { toChatRequest } from "../../../src/provider/wire/request.ts";

const hello: Message[] = [{ role: "user", content: "Hello" }];
const request = (
  options: ChatOptions = {},
  messages: readonly Message[] = hello,
  profile = groq,
  defaults = {},
) => toChatRequest(messages, options, { model: "m/one", defaults, profile });
const weather = { type: "function" as const, function: { name: "weather" } };

describe("fields", () => {
  test("only what is needed", () => {
    expect(request()).toEqual({ model: "m/one", messages: [{ role: "user", content: "Hello" }] });
  });

  test.each<[string, ChatOptions, object]>([
    ["model", { model: "m/two" }, { model: "m/two" }],
    ["temperature 0", { temperature: 0 }, { temperature: 0 }],
    ["maxTokens", { maxTokens: 5 }, { max_completion_tokens: 5 }],
    ["topP", { topP: 0.5 }, { top_p: 0.5 }],
    ["stop, one", { stop: "x" }, { stop: "x" }],
    ["stop, several", { stop: ["x", "y"] }, { stop: ["x", "y"] }],
    ["seed 0", { seed: 0 }, { seed: 0 }],
    ["user", { user: "u" }, { user: "u" }],
    ["n", { n: 1 }, { n: 1 }],
    ["tools", { tools: [weather] }, { tools: [weather] }],
    ["built-in tools", { tools: [{ type: "browser_search" }] }, { tools: [{ type: "browser_search" }] }],
    ["toolChoice", { toolChoice: "required" }, { tool_choice: "required" }],
    [
      "a named toolChoice",
      { tools: [weather], toolChoice: weather },
      { tools: [weather], tool_choice: weather },
    ],
    ["parallelToolCalls", { parallelToolCalls: false }, { parallel_tool_calls: false }],
    [
      "responseFormat",
      { responseFormat: { type: "json_object" } },
      { response_format: { type: "json_object" } },
    ],
    [
      "a schema",
      {
        responseFormat: {
          type: "json_schema",
          jsonSchema: { name: "a", schema: { type: "object" }, strict: true },
        },
      },
      {
        response_format: {
          type: "json_schema",
          json_schema: { name: "a", schema: { type: "object" }, strict: true },
        },
      },
    ],
    ["reasoningEffort", { reasoningEffort: "low" }, { reasoning_effort: "low" }],
    ["reasoningFormat", { reasoningFormat: "parsed" }, { reasoning_format: "parsed" }],
    ["includeReasoning", { includeReasoning: false }, { include_reasoning: false }],
    ["serviceTier", { serviceTier: "flex" }, { service_tier: "flex" }],
    [
      "extra",
      { extra: { search_settings: { include_domains: ["example.org"] } } },
      { search_settings: { include_domains: ["example.org"] } },
    ],
  ])("%s", (_, options, expected) => expect(request(options)).toMatchObject(expected));

  test("a call's options go before the configuration's defaults", () => {
    const defaults = { temperature: 1, maxTokens: 9, stop: ["a"], reasoningFormat: "hidden" as const };
    expect(request({ temperature: 0 }, hello, groq, defaults)).toMatchObject({
      temperature: 0,
      max_completion_tokens: 9,
      stop: ["a"],
      reasoning_format: "hidden",
    });
  });

  test("includeReasoning displaces a default reasoning_format, since the service takes one of the two", () => {
    const sent = request({ includeReasoning: true }, hello, groq, { reasoningFormat: "hidden" });
    expect(sent).toMatchObject({ include_reasoning: true });
    expect(sent).not.toHaveProperty("reasoning_format");
  });

  test("another profile's field for maxTokens", () => {
    const profile = { ...openAiCompatible, maxTokensField: "max_tokens" as const };
    expect(request({ maxTokens: 5 }, hello, profile)).toMatchObject({ max_tokens: 5 });
  });

  test("a stream asks for usage, or not", () => {
    const streamed = (includeUsage: boolean) =>
      toChatRequest(hello, {}, { model: "m", defaults: {}, profile: groq, stream: { includeUsage } });
    expect(streamed(true)).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(streamed(false)).not.toHaveProperty("stream_options");
  });

  test("what a caller adds to a message is refused, or goes into extra", () => {
    const sloppy = [{ role: "user" as const, content: "x", mood: "good" }];
    expect(() => request({}, sloppy)).toThrow(
      /^messages\[0\]\.mood: unknown member \(those of the wire go into extra\)/,
    );
    const meant: Message[] = [{ role: "user", content: "x", extra: { mood: "good" } }];
    expect(request({}, meant).messages).toEqual([{ role: "user", content: "x", mood: "good" }]);
  });
});

describe("messages", () => {
  test("a tool conversation is replayed, arguments as the model wrote them", () => {
    const call = (id: string, rawArguments: string) => ({
      id,
      type: "function" as const,
      function: { name: "weather", arguments: {}, rawArguments },
    });
    const messages: Message[] = [
      { role: "system", content: "Be brief", name: "s" },
      { role: "developer", content: "Really" },
      { role: "user", content: "Weather?", name: "ann" },
      {
        role: "assistant",
        content: null,
        toolCalls: [call("a", '{ "b":1}'), call("c", " ")],
        reasoning: "hm",
      },
      { role: "tool", content: "rain", toolCallId: "a" },
      { role: "assistant", content: "Rain" },
    ];
    expect(request({}, messages).messages).toEqual([
      { role: "system", content: "Be brief", name: "s" },
      { role: "developer", content: "Really" },
      { role: "user", content: "Weather?", name: "ann" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "a", type: "function", function: { name: "weather", arguments: '{ "b":1}' } },
          { id: "c", type: "function", function: { name: "weather", arguments: "{}" } },
        ],
        reasoning: "hm",
      },
      { role: "tool", content: "rain", tool_call_id: "a" },
      { role: "assistant", content: "Rain" },
    ]);
  });

  test("reasoning goes only to services that take it", () => {
    const messages: Message[] = [{ role: "assistant", content: "a", reasoning: "hm" }];
    expect(request({}, messages, openAiCompatible).messages[0]).not.toHaveProperty("reasoning");
  });

  test("images by URL, data URI and bytes", () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1]);
    const images = [
      { type: "image" as const, image: "https://example.org/a.png", detail: "low" as const },
      { type: "image" as const, image: new URL("https://example.org/b.png") },
      { type: "image" as const, image: "data:image/gif;base64,AA==" },
      { type: "image" as const, image: png },
      { type: "image" as const, image: png.buffer, mediaType: "image/x" },
    ];
    const [message] = request({}, [
      { role: "user", content: [{ type: "text", text: "See" }, ...images] },
    ]).messages;
    expect(message?.content).toEqual([
      { type: "text", text: "See" },
      { type: "image_url", image_url: { url: "https://example.org/a.png", detail: "low" } },
      { type: "image_url", image_url: { url: "https://example.org/b.png" } },
      { type: "image_url", image_url: { url: "data:image/gif;base64,AA==" } },
      { type: "image_url", image_url: { url: "data:image/png;base64,iVBORwE=" } },
      { type: "image_url", image_url: { url: "data:image/x;base64,iVBORwE=" } },
    ]);
  });

  test("a large image", () => {
    const bytes = new Uint8Array(300_000).fill(65);
    const [message] = request({}, [
      { role: "user", content: [{ type: "image", image: bytes, mediaType: "image/png" }] },
    ]).messages;
    expect(JSON.stringify(message)).toHaveLength(
      400_000 +
        JSON.stringify({
          role: "user",
          content: [{ type: "image_url", image_url: { url: "data:image/png;base64," } }],
        }).length,
    );
  });
});

describe("refused before the call", () => {
  const named = (name: string) => ({ type: "function" as const, function: { name } });
  test.each<[string, ChatOptions, RegExp, (readonly Message[])?]>([
    ["no messages", {}, /^messages: expected at least one/, []],
    ["two choices", { n: 2 }, /^n: expected 1 .*got 2$/],
    ["half a choice", { n: 0.5 }, /^n: expected 1/],
    [
      "both ways to say reasoning",
      { includeReasoning: true, reasoningFormat: "raw" },
      /^reasoningFormat: expected it alone/,
    ],
    [
      "raw reasoning with tools",
      { reasoningFormat: "raw", tools: [weather] },
      /^reasoningFormat: expected "parsed" or "hidden"/,
    ],
    [
      "a tool choice that is not there",
      { toolChoice: named("x"), tools: [weather] },
      /^toolChoice: expected a tool of this call, got "x"/,
    ],
    ["a bad tool name", { tools: [named("get weather")] }, /^tools\[0\]\.function\.name: expected 1 to 64/],
    ["a long tool name", { tools: [named("x".repeat(65))] }, /^tools\[0\]\.function\.name/],
    [
      "a bad schema name",
      { responseFormat: { type: "json_schema", jsonSchema: { name: "", schema: {} } } },
      /^responseFormat\.jsonSchema\.name/,
    ],
    [
      "a schema beside tools",
      { tools: [weather], responseFormat: { type: "json_schema", jsonSchema: { name: "a", schema: {} } } },
      /^responseFormat: expected no tools/,
    ],
    [
      "an unknown extra field",
      { extra: JSON.parse('{"serch_settings":1}') },
      /^extra\.serch_settings: .*"search_settings"/,
    ],
    [
      "an extra field of the adapter",
      { extra: JSON.parse('{"stream":true}') },
      /^extra\.stream: expected a field that the call does not set/,
    ],
    [
      "an extra field twice",
      { temperature: 1, extra: JSON.parse('{"temperature":0}') },
      /^extra\.temperature: expected once/,
    ],
    ["an extra prototype", { extra: JSON.parse('{"__proto__":{"polluted":1}}') }, /^extra\.__proto__/],
    [
      "bytes of no known kind",
      {},
      /^messages\[0\]\.content\[0\]\.mediaType/,
      [{ role: "user", content: [{ type: "image", image: new Uint8Array(3) }] }],
    ],
    [
      "an image at no URL",
      {},
      /^messages\[0\]\.content\[0\]\.image/,
      [{ role: "user", content: [{ type: "image", image: "file:///x" }] }],
    ],
    [
      "a role that is none",
      {},
      /^messages\[0\]\.role: expected system.*got "boss"/,
      JSON.parse('[{"role":"boss","content":""}]'),
    ],
    ["a message that is none", {}, /^messages\[0\]/, JSON.parse("[null]")],
    ["text that is no text", {}, /^messages\[0\]\.content/, JSON.parse('[{"role":"user","content":5}]')],
    ["an extra field of another service", { extra: { top_k: 4 } }, /"top_p"\?; unknownFields: "send"/],
    ["an extra field like no other", { extra: { zz: 1 } }, /document; unknownFields: "send"/],
  ])("%s", (_, options, message, messages) => {
    expect(() => request(options, messages)).toThrow(expect.objectContaining({ kind: "InvalidRequest" }));
    expect(() => request(options, messages)).toThrow(message);
  });

  const schema = { type: "object" };
  const called = { name: "weather", arguments: {}, rawArguments: "{}" };
  const said = (...toolCalls: unknown[]) => [{ role: "assistant", toolCalls }];
  const shown = (image: unknown) => [{ role: "user", content: [{ type: "image", image }] }];
  test("what zod's toJSONSchema writes is a JSON Schema, though it hides zod's in it", () => {
    const schema = z.toJSONSchema(z.object({ city: z.string() }));
    const format = request({ responseFormat: { type: "json_schema", jsonSchema: { name: "a", schema } } });
    const tool = request({
      tools: [{ type: "function", function: { name: "weather", parameters: schema } }],
    });
    for (const sent of [format, tool]) expect(JSON.stringify(sent)).toContain(JSON.stringify(schema));
  });

  test.each<[place: string, problem: string, options: unknown, messages?: unknown]>([
    [
      "responseFormat.json_schema",
      '"jsonSchema"',
      { responseFormat: { type: "json_schema", json_schema: { name: "a", schema } } },
    ],
    [
      "responseFormat.name",
      "{ name, schema }",
      { responseFormat: { type: "json_schema", name: "a", schema } },
    ],
    ["responseFormat.jsonSchema", "got undefined", { responseFormat: { type: "json_schema" } }],
    ["responseFormat.type", '"json_object"', { responseFormat: { type: "json" } }],
    [
      "responseFormat.jsonSchema",
      "unknown member",
      { responseFormat: { type: "json_object", jsonSchema: {} } },
    ],
    [
      "responseFormat.jsonSchema.stirct",
      '"strict"',
      { responseFormat: { type: "json_schema", jsonSchema: { name: "a", stirct: true, schema } } },
    ],
    [
      "responseFormat.jsonSchema.schema",
      "got a schema of zod",
      { responseFormat: { type: "json_schema", jsonSchema: { name: "a", schema: z.object({}) } } },
    ],
    [
      "tools[0].function.parameters",
      "city is a schema of zod; write z.object({ … })",
      { tools: [{ type: "function", function: { name: "weather", parameters: { city: z.string() } } }] },
    ],
    ["toolChoice.name", "unknown member", { toolChoice: { type: "function", name: "weather" } }],
    ["toolChoice.function", "got undefined", { toolChoice: { type: "function" } }],
    [
      "toolChoice.function.nam",
      '"name"',
      { tools: [weather], toolChoice: { type: "function", function: { nam: "weather" } } },
    ],
    ["messages[0].toolCalls[0].foo", "unknown member", {}, said({ id: "1", foo: 1, function: called })],
    [
      "messages[0].toolCalls[0].function.argument",
      '"arguments"',
      {},
      said({ id: "1", function: { ...called, argument: {} } }),
    ],
    [
      "messages[0].toolCalls[0].function.arguments",
      "rawArguments",
      {},
      said({ id: "1", function: { name: "weather", arguments: "{}" } }),
    ],
    ["messages[0].content[0].image", "got object", {}, shown({ url: "https://example.com/a.png" })],
    ["messages[0].content[0].image", "got undefined", {}, shown(undefined)],
  ])("untyped code: %s, %s", (place, problem, options, messages = hello) => {
    expect(() => request(options as ChatOptions, messages as Message[])).toThrow(
      expect.objectContaining({
        kind: "InvalidRequest",
        param: place,
        message: expect.stringContaining(problem),
      }),
    );
  });

  test("an open service gets unknown extra fields and several choices", () => {
    const extra = JSON.parse('{"top_k":5}');
    expect(request({ extra, n: 3 }, hello, openAiCompatible)).toMatchObject({ top_k: 5, n: 3 });
  });
});
