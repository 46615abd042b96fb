import { describe, expect, test } from "vitest";
import { checks } from "../../src/generated/checks.ts";
import { chatRequestFields } from "../../src/generated/fields.ts";
import { requestSchemas } from "../../src/generated/requests.ts";
import { answerSchemas } from "../../src/generated/schemas.ts";
import { calling, chunk, completion, embeddings, model, streamError, toolCall, trailer } from "./bodies.ts";

describe("what servers send is what the document says", () => {
  test.each<[string, keyof typeof answerSchemas, unknown]>([
    ["an answer", "ChatAnswer", completion],
    ["a tool call without content", "ChatAnswer", calling],
    ["a chunk with reasoning and a channel", "StreamChunk", chunk],
    ["a usage trailer", "StreamChunk", trailer],
    ["an error in a stream", "ErrorAnswer", streamError],
    ["models", "ModelList", { object: "list", data: [model] }],
    ["embeddings", "EmbeddingAnswer", embeddings],
    [
      "an embedding in base64",
      "EmbeddingAnswer",
      { ...embeddings, data: [{ object: "embedding", index: 0, embedding: "AAAAPw==" }] },
    ],
  ])("%s", (_, name, value) => {
    expect(answerSchemas[name]().parse(value)).toEqual(value);
    if (name in checks) expect(checks[name as keyof typeof checks](value)).toBeUndefined();
  });
});

test.each<[string, object, string[]]>([
  ["a required member that is missing", { created: undefined }, ["created"]],
  [
    "a required member that is not read",
    { choices: [{ ...completion.choices[0], logprobs: undefined }] },
    ["choices", "0", "logprobs"],
  ],
  ["a member of another type that is not read", { mcp_list_tools: "none" }, ["mcp_list_tools"]],
  ["a choice of none", { choices: [] }, ["choices"]],
])("to the letter: %s is told", (_, change, path) => {
  const body: unknown = JSON.parse(JSON.stringify({ ...completion, ...change }));
  const { error } = answerSchemas.ChatAnswer().safeParse(body);
  expect(error?.issues.map((issue) => issue.path.map(String))).toEqual([path]);
});

test("a schema is made once, at its first use", () => {
  expect(answerSchemas.ChatAnswer()).toBe(answerSchemas.ChatAnswer());
});

describe("requests are held to the letter", () => {
  const request = { model: "vendor/model-1", messages: [{ role: "user", content: "Hi" }] };
  const accepts = (change: object) =>
    requestSchemas.ChatRequest().safeParse({ ...request, ...change }).success;

  test.each<[string, object]>([
    ["the least", {}],
    [
      "null options",
      { temperature: null, stop: null, tools: null, response_format: null, stream_options: null },
    ],
    ["stream options", { stream: true, stream_options: { include_usage: true } }],
    ["both names of the token limit", { max_tokens: 5, max_completion_tokens: 5 }],
    [
      "a tool message with a name",
      { messages: [{ role: "tool", content: "4", tool_call_id: "1", name: "add" }] },
    ],
    ["a replayed tool call", { messages: [{ role: "assistant", content: null, tool_calls: [toolCall] }] }],
    ["a tool of the server", { tools: [{ type: "browser_search" }] }],
    ["four stop texts", { stop: ["a", "b", "c", "d"] }],
    [
      "an image",
      {
        messages: [
          { role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/i.png" } }] },
        ],
      },
    ],
  ])("accepts %s", (_, change) => expect(accepts(change)).toBe(true));

  test.each<[string, object]>([
    ["an unknown field", { surprise: 1 }],
    [
      "an unknown member of a message",
      { messages: [{ role: "assistant", content: "x", reasoning_content: "y" }] },
    ],
    ["two choices", { n: 2 }],
    ["a temperature out of range", { temperature: 2.1 }],
    ["no message", { messages: [] }],
    ["an unknown role", { messages: [{ role: "robot", content: "x" }] }],
    ["five stop texts", { stop: ["a", "b", "c", "d", "e"] }],
    ["an unknown effort", { reasoning_effort: "utmost" }],
    ["a fraction of a token", { max_completion_tokens: 1.5 }],
    ["a function whose name has a blank", { tools: [{ type: "function", function: { name: "a b" } }] }],
    [
      "a tool call without arguments",
      {
        messages: [
          { role: "assistant", tool_calls: [{ id: "1", type: "function", function: { name: "a" } }] },
        ],
      },
    ],
  ])("refuses %s", (_, change) => expect(accepts(change)).toBe(false));

  test("the list of fields is that of the schema", () => {
    expect([...chatRequestFields]).toEqual(Object.keys(requestSchemas.ChatRequest().shape));
    expect(chatRequestFields).toContain("stream_options");
  });
});
