import { expect, test } from "vitest";
import type { Sample, UnusableInput } from "../../../src/drift/base/sample.ts";
import type { LiveResult } from "../../../src/drift/live/live.ts";
import { addLiveResult, formatLiveResult } from "../../../src/drift/live/result.ts";

const result: LiveResult = {
  baseUrl: "https://llm.example/v1",
  model: "m",
  tokens: 12,
  exchanges: [
    {
      method: "GET",
      url: "https://llm.example/v1/models",
      status: 200,
      headers: {},
      body: { object: "list", data: [] },
    },
    {
      method: "POST",
      url: "https://llm.example/v1/chat/completions",
      status: 429,
      headers: {},
      body: { error: {} },
    },
  ],
  questions: [
    { name: "models", answered: true, asksRefusal: false, status: 200, tokens: 0 },
    {
      name: "chat",
      answered: false,
      asksRefusal: false,
      status: 429,
      problem: "it asks to wait 7200 s",
      tokens: 0,
    },
    { name: "stream", answered: false, asksRefusal: false, problem: "no answer in time", tokens: 0 },
    { name: "JSON", answered: false, asksRefusal: false, status: 404, problem: "no such model", tokens: 0 },
    {
      name: "a wrong key",
      answered: false,
      asksRefusal: true,
      status: 200,
      problem: "expected status 401 or 403, came 200",
      tokens: 0,
    },
  ],
};

test("answers are samples; a question without an answer keeps the check from being clean", () => {
  const samples: Sample[] = [];
  const faults: UnusableInput[] = [];
  addLiveResult(result, { add: (one) => samples.push(one), unusable: (one) => faults.push(one), skip() {} });
  expect(samples.map(({ status, source }) => [status, source])).toEqual([
    [200, "https://llm.example/v1"],
    [429, "https://llm.example/v1"],
  ]);
  expect(faults.map(({ message }) => message)).toEqual([
    "chat: it asks to wait 7200 s",
    "stream: no answer in time",
    "JSON: no such model",
  ]);
});

test("the summary has a line for each question", () => {
  expect(formatLiveResult(result)).toBe(`https://llm.example/v1, m: 1 of 5 questions answered, 12 tokens
  models         answered, 200
  chat           not answered as expected: it asks to wait 7200 s
  stream         not answered as expected: no answer in time
  JSON           not answered as expected: no such model
  a wrong key    not answered as expected: expected status 401 or 403, came 200
`);
});
