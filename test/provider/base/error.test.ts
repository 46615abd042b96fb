import { expect, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";

test.each([
  [1e19, 2 ** 31 - 1],
  [Number.POSITIVE_INFINITY, 2 ** 31 - 1],
  [-5, 0],
  [500.5, 500.5],
  [Number.NaN, undefined],
])("whatever made an error: retryAfterMs of %d is %d, which a timer can wait", (retryAfterMs, kept) => {
  const error = new LlmError("RateLimitExceeded", "full", { retryAfterMs });
  expect(error.retryAfterMs).toBe(kept);
  expect("retryAfterMs" in error).toBe(kept !== undefined);
});
