import { describe, expect, test } from "vitest";
import { CALL_RULES, CHAT_RULES, EMBED_RULES, PULL_RULES } from "../../../src/provider/wire/option-rules.ts";
import { checkCallOptions } from "../../../src/provider/wire/untyped-input.ts";

const check =
  (options: unknown, rules = CHAT_RULES) =>
  () =>
    checkCallOptions(options as object, rules);
const refusal = (message: RegExp) =>
  expect.objectContaining({ kind: "InvalidRequest", message: expect.stringMatching(message) });

describe("an option that is not known is named, with the one that was meant", () => {
  test.each<[string, RegExp]>([
    ["temprature", /^temprature: unknown option; did you mean "temperature"\?$/],
    ["max_tokens", /; did you mean "maxTokens"\?$/],
    ["max_completion_tokens", /; did you mean "maxTokens"\?$/],
    ["response_format", /; did you mean "responseFormat"\?$/],
    ["tool_choice", /; did you mean "toolChoice"\?$/],
    ["abortSignal", /; did you mean "signal"\?$/],
    ["timeout", /; did you mean "timeoutMs"\?$/],
    ["logprobs", /; a field of the wire goes into extra: \{ logprobs: … \}$/],
    ["stream", /; chatStream\(\) streams an answer$/],
    ["headers", /; createGroq and createProvider have it$/],
    ["base_url", /; createGroq and createProvider have it$/],
    ["system", /; a message of role "system" comes first/],
    ["maxSteps", /; runTools has maxTurns$/],
    ["zzzzzzzzzzzzzz", /^zzzzzzzzzzzzzz: unknown option; a field of the wire goes into extra$/],
    ["constructor", /^constructor: unknown option/],
  ])("%s", (name, message) => {
    expect(check({ [name]: 1 })).toThrow(refusal(message));
    expect(check({ [name]: undefined })).not.toThrow();
  });
});

describe("a value of another type", () => {
  test.each<[string, unknown]>([
    ["signal", {}],
    ["timeoutMs", "1s"],
    ["deadlineMs", 0],
    ["maxRetries", Number.NaN],
    ["priority", "high"],
    ["model", 5],
    ["model", " "],
    ["tools", {}],
    ["toolChoice", 1],
    ["parallelToolCalls", "yes"],
    ["temperature", Number.NaN],
    ["temperature", null],
    ["maxTokens", Number.NaN],
    ["maxTokens", 0],
    ["maxTokens", "10"],
    ["stop", [1]],
    ["seed", 1.5],
    ["user", 1],
    ["responseFormat", "json_object"],
    ["extra", []],
    ["includeUsage", 1],
    ["unknownFields", true],
  ])("%s: %o", (name, value) => {
    expect(check({ [name]: value })).toThrow(refusal(new RegExp(`^${name}: expected .*, got `)));
  });

  test.each([5, null, undefined, "x"])("options that are %o", (options) => {
    expect(check(options)).toThrow(refusal(/^options: expected an object/));
  });

  test("a getter that throws", () => {
    const options = {
      get model() {
        throw new RangeError("no");
      },
    };
    expect(check(options)).toThrow(refusal(/^options: /));
  });
});

test("all options, each with a value of its type", () => {
  expect(
    check({
      signal: new AbortController().signal,
      timeoutMs: 1,
      maxRetries: 0,
      maxWaitMs: Number.POSITIVE_INFINITY,
      priority: -1,
      model: "a/b",
      tools: [],
      toolChoice: "auto",
      parallelToolCalls: true,
      n: 1,
      temperature: 0,
      maxTokens: 1,
      topP: 1,
      stop: ["a"],
      seed: -1,
      user: "",
      responseFormat: { type: "text" },
      reasoningEffort: "low",
      reasoningFormat: "hidden",
      includeReasoning: false,
      serviceTier: "auto",
      extra: {},
      stallTimeoutMs: 1,
      firstEventTimeoutMs: 1,
      includeUsage: false,
      maxEventLength: 1,
    }),
  ).not.toThrow();
});

test.each([
  ["of a chat in embed", { temperature: 1 }, EMBED_RULES, /^temperature: unknown option$/],
  ["of a request in embed", { encoding_format: "float" }, EMBED_RULES, /^encoding_format: unknown option$/],
  ["of a chat where models are listed", { model: "m" }, CALL_RULES, /^model: unknown option/],
  [
    "of embed in a chat",
    { dimensions: 5 },
    CHAT_RULES,
    /^dimensions: unknown option; a field of the wire goes/,
  ],
  ["of a chat in a pull", { tools: [] }, PULL_RULES, /^tools: unknown option/],
  ["of embed, with a wrong value", { dimensions: -1 }, EMBED_RULES, /^dimensions: expected a whole number/],
])("an option %s is refused: it would do nothing", (_, options, rules, message) => {
  expect(check(options, rules)).toThrow(refusal(message));
});
