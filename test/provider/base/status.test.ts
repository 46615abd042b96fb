import { expect, test } from "vitest";
import { LLM_ERROR_KINDS, LlmError } from "../../../src/provider/base/error.ts";
import { statusOf } from "../../../src/provider/base/status.ts";

test("each kind has a status of its class", () => {
  for (const kind of LLM_ERROR_KINDS) expect(statusOf(new LlmError(kind, "x"))).toBeGreaterThanOrEqual(400);
});

test.each([
  ["RateLimitExceeded", 429],
  ["InvalidRequest", 400],
  ["ContextLengthExceeded", 413],
  ["Authentication", 500],
  ["Timeout", 504],
  ["ServiceUnavailable", 503],
  ["ProviderError", 502],
] as const)("%s is %i", (kind, status) => {
  expect(statusOf(new LlmError(kind, "x"))).toBe(status);
});
