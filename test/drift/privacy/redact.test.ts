import { expect, test } from "vitest";
import { withoutSecrets, withoutTexts } from "../../../src/drift/privacy/redact.ts";
import { createScrub, urlWithoutSecrets } from "../../../src/drift/privacy/secrets.ts";

const scrub = createScrub([]);
const clean = (value: unknown) => withoutTexts(value, scrub);

test("a request keeps its shape and loses what the application says", () => {
  const request = {
    model: "openai/gpt-oss-20b",
    stream: true,
    max_completion_tokens: 64,
    user: "customer-4711",
    stop: ["END OF LETTER"],
    reasoning_effort: "low",
    messages: [
      { role: "system", content: "You serve ACME", name: "boss" },
      {
        role: "user",
        content: [
          { type: "text", text: "What is on it?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo", detail: "low" } },
          { type: "image_url", image_url: { url: "https://acme.example/secret.png" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "fc_1",
            type: "function",
            function: { name: "find_customer", arguments: '{"name":"Ada","age":36}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "fc_1", content: '{"id":4711}' },
    ],
    tools: [
      {
        type: "function",
        function: {
          name: "find_customer",
          description: "Looks into the files",
          parameters: {
            type: "object",
            properties: { name: { type: "string", description: "as in the files" }, type: { enum: ["vip"] } },
            required: ["name"],
          },
        },
      },
    ],
    metadata: { "ada@acme.example": "vip", team: "red" },
    logit_bias: { "50256": -100 },
  };
  expect(clean(request)).toEqual({
    model: "openai/gpt-oss-20b",
    stream: true,
    max_completion_tokens: 64,
    user: "[text 13]",
    stop: ["[text 13]"],
    reasoning_effort: "low",
    messages: [
      { role: "system", content: "[text 14]", name: "xxxx" },
      {
        role: "user",
        content: [
          { type: "text", text: "[text 14]" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
          { type: "image_url", image_url: { url: "https://removed.invalid/" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "fc_1",
            type: "function",
            function: { name: "find_customer", arguments: '{"name":"[text 3]","age":0}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "fc_1", content: "[text 11]" },
    ],
    tools: [
      {
        type: "function",
        function: {
          name: "find_customer",
          description: "[text 20]",
          parameters: {
            type: "object",
            properties: { name: { type: "string", description: "[text 15]" }, type: { enum: ["[text 3]"] } },
            required: ["[text 4]"],
          },
        },
      },
    ],
    metadata: { key1: "[text 3]", team: "[text 3]" },
    logit_bias: { key1: 0 },
  });
});

test("numbers that can be read back as text become zeros of their kind", () => {
  expect(clean({ model: "m", input: [[15496, 11], [995]], dimensions: 3 })).toEqual({
    model: "m",
    input: [[0, 0], [0]],
    dimensions: 3,
  });
  expect(clean({ data: [{ index: 1, object: "embedding", embedding: [0.25, -1] }] })).toEqual({
    data: [{ index: 1, object: "embedding", embedding: [0.5, 0] }],
  });
  expect(clean({ content: [{ token: "Hi", logprob: -0.5, bytes: [72, 105] }] })).toEqual({
    content: [{ token: "[text 2]", logprob: -0.5, bytes: [0, 0] }],
  });
  expect(clean({ debug: { input_token_ids: [1], input_tokens: ["Hi"] } })).toEqual({
    debug: { input_token_ids: [0], input_tokens: ["[text 2]"] },
  });
});

test("an error keeps the service's words, and neither quotes nor what was generated", () => {
  const quoted = "x".repeat(50);
  const error = {
    message: `property 'foo' is unsupported, see "${quoted}" in project proj_01abc23`,
    type: "invalid_request_error",
    code: "tool_use_failed",
    param: "messages.0.content",
    failed_generation: '[{"name":"find","parameters":{"who":"Ada"}}]',
  };
  expect(clean({ error })).toEqual({
    error: {
      message: "property 'foo' is unsupported, see \"[text 50]\" in project proj_[removed]",
      type: "invalid_request_error",
      code: "tool_use_failed",
      param: "messages.0.content",
      failed_generation: '[{"name":"[text 4]","parameters":{"who":"[text 3]"}}]',
    },
  });
  // Not an error's message, and a text with blanks is no code.
  expect(clean({ message: "hello", code: "rm -rf now" })).toEqual({ message: "[text 5]", code: "[text 10]" });
});

test("what a model list says stays; a field that nobody knows does not", () => {
  const model = {
    id: "qwen/qwen3.8-27b",
    object: "model",
    owned_by: "Alibaba",
    input_modalities: ["text", "image"],
    pricing: { prompt: "0.00000029", completion: "0.00000059" },
    hugging_face_id: "Qwen/Qwen3",
  };
  expect(clean({ object: "list", data: [{ ...model, note: "unreleased" }] })).toEqual({
    object: "list",
    data: [{ ...model, note: "[text 10]" }],
  });
  expect(clean({ prompt: "0.5" })).toEqual({ prompt: "[text 3]" });
});

test("blank texts and pieces of JSON", () => {
  expect(clean({ content: "", reasoning: "\n" })).toEqual({ content: "", reasoning: "\n" });
  expect(clean({ function: { arguments: '{"na' } })).toEqual({ function: { arguments: "[text 4]" } });
  expect(clean({ function: { arguments: "42" } })).toEqual({ function: { arguments: "[text 2]" } });
});

test("secrets go wherever they stand: known ones, and what looks like one", () => {
  const strict = createScrub(["hunter2hunter2", "short"]);
  expect(withoutSecrets({ a: ["is hunter2hunter2 it, or short"], hunter2hunter2: 1 }, strict)).toEqual({
    a: ["is [removed] it, or short"],
    "[removed]": 1,
  });
  const text =
    "gsk_abcdefghijkl1234 sk-proj-abcdefghijkl Bearer abcdefghijk org_01jk2m3n4p organization team_work";
  expect(scrub(text)).toBe(
    "gsk_[removed] sk-[removed] Bearer [removed] org_[removed] organization team_work",
  );
});

test("URLs lose user, password, secret parameters and fragment", () => {
  expect(urlWithoutSecrets("https://me:pw@llm.example/v1/chat?api-key=abc&version=2&sig=x#top", scrub)).toBe(
    "https://llm.example/v1/chat?api-key=removed&version=2&sig=removed",
  );
  expect(urlWithoutSecrets("/v1/chat?key=abc", scrub)).toBe("/v1/chat");
});
