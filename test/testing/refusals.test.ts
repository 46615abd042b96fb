import { describe, expect, test } from "vitest";
import { both, hello } from "./support.ts";

describe("refusals", () => {
  test.each([
    ["an unknown field", { ...hello, colour: "red" }, 400, /property 'colour' is unsupported/],
    [
      "an unknown field of a message",
      { ...hello, messages: [{ role: "assistant", content: "a", reasoning_content: "b" }] },
      400,
      /'messages\.0'.*role:assistant.*property 'reasoning_content' is unsupported/,
    ],
    ["two choices", { ...hello, n: 2 }, 400, /'n'/],
    ["no messages", { model: hello.model }, 400, /'messages' is missing/],
    ["no JSON object", "x", 400, /not valid JSON/],
    [
      "both ways to say reasoning",
      { ...hello, include_reasoning: true, reasoning_format: "raw" },
      400,
      /include_reasoning/,
    ],
    ["a retired model", { ...hello, model: "gemma2-9b-it" }, 400, /decommissioned/],
    ["a model that is none", { ...hello, model: "x" }, 404, /does not exist/],
  ])("%s", async (_, body, status, message) => {
    for (const post of await both({})) {
      const response = await post(body);
      const { error } = await response.json();
      expect(response.status).toBe(status);
      expect(error.type).toBe("invalid_request_error");
      expect(error.message).toMatch(message);
    }
  });

  const tools = [{ type: "function", function: { name: "f" } }];
  const schema = { type: "json_schema", json_schema: { name: "x", schema: { type: "object" } } };
  const image = { type: "image_url", image_url: { url: "https://example.org/a.png" } };

  test.each([
    ["a schema and tools", { tools, response_format: schema }, /cannot be combined/],
    ["raw reasoning and tools", { tools, reasoning_format: "raw" }, /`raw` cannot be combined/],
    ["logprobs", { logprobs: true }, /'logprobs' is unsupported/],
    ["a bias", { logit_bias: { 1: 2 } }, /'logit_bias' is unsupported/],
    ["tools for a model without", { tools, model: "allam-2-7b" }, /`tool calling` is not supported/],
    [
      "a schema for a model without",
      { response_format: schema, model: "meta-llama/llama-prompt-guard-2-22m" },
      /response format `json_schema`/,
    ],
    ["a chat with a model that listens", { model: "whisper-large-v3" }, /does not support chat/],
    [
      "an image for a model that only reads",
      { messages: [{ role: "user", content: [image] }] },
      /'messages\.0' : content must be a string/,
    ],
  ])("%s", async (_, rest, message) => {
    for (const post of await both()) {
      const response = await post({ ...hello, ...rest });
      expect(response.status).toBe(400);
      expect((await response.json()).error.message).toMatch(message);
    }
  });

  test.each([
    ["a completion beyond the model's most", { max_completion_tokens: 70_000 }, "max_completion_tokens"],
    [
      "more than the context holds",
      { messages: [{ role: "user", content: "x".repeat(600_000) }] },
      "messages",
    ],
  ])("%s names its field and has no code", async (_, rest, param) => {
    for (const post of await both()) {
      const response = await post({ ...hello, ...rest });
      expect(response.status).toBe(400);
      const { error } = await response.json();
      expect(error.param).toBe(param);
      expect(error).not.toHaveProperty("code");
    }
  });

  test("logprobs: false and one choice are no matter", async () => {
    for (const post of await both())
      expect((await post({ ...hello, logprobs: false, n: 1 })).status).toBe(200);
  });

  test.each([
    ["gemma2-9b-it", 400, "model_decommissioned"],
    ["mixtral-8x7b-32768", 400, "model_decommissioned"],
    ["llama-3.3-70b-versatile", 404, "model_not_found"],
    ["llama-3.1-8b-instant", 404, "model_not_found"],
  ])("the retired %s", async (model, status, code) => {
    for (const post of await both()) {
      const response = await post({ ...hello, model });
      expect([response.status, (await response.json()).error.code]).toEqual([status, code]);
    }
  });

  test("another key", async () => {
    for (const post of await both({ apiKey: "gsk_right" })) {
      const refused = await post(hello, { key: "gsk_wrong" });
      expect(refused.status).toBe(401);
      expect((await refused.json()).error).toMatchObject({
        type: "invalid_request_error",
        code: "invalid_api_key",
      });
      expect((await post(hello, { key: "gsk_right" })).status).toBe(200);
    }
  });
});
