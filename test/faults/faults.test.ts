/** Every row of cases.ts, as a chat and as a stream: ends as it should and in time, leaves nothing, and the next call works. */
import { afterEach, describe, expect, test } from "vitest";
import { bodyCases, connectionCases, type Failure, type NoHarm, refusalCases } from "./cases.ts";
import { hostileCases } from "./hostile-cases.ts";
import { createCaller, EXCHANGES, type Operation, type Result } from "./support.ts";
import { type Target, TEXT } from "./target.ts";

// Far above what a case takes, far below the default time limits of a call.
const IN_TIME_MS = 15_000;
const OTHER_MODEL = "openai/gpt-oss-20b";

let target: Target | undefined;
afterEach(async () => {
  await target?.close();
  target = undefined;
});

const groups = [
  ["connections", connectionCases],
  ["bodies", bodyCases],
  ["refusals", refusalCases],
  ["what a server can do to the process", hostileCases],
] as const;

describe.each(EXCHANGES.flatMap((exchange) => groups.map(([name, cases]) => ({ exchange, name, cases }))))(
  "$name, on $exchange",
  ({ exchange, cases }) => {
    const rows = cases.flatMap((row) =>
      (["chat", "stream"] as const).flatMap((operation) => {
        const ending = row[operation];
        if (!ending) return [];
        const own = exchange === "node" ? row.onNode : undefined;
        return [{ name: row.name, operation, row, ending: own ?? ending }];
      }),
    );

    test.each(rows)("$name: $operation", async ({ row, operation, ending }) => {
      target = await row.start();
      const { call, expectNothingLeft } = createCaller(target, row, { exchange, maxRetries: 0 });
      const startedAt = performance.now();
      expectEnding(await call(operation), ending, operation);
      expect(performance.now() - startedAt).toBeLessThan(IN_TIME_MS);
      await expectNothingLeft();
      expect(target.elsewhere?.() ?? []).toEqual([]);

      await target.heal?.();
      // A refusal pauses its model for as long as the server said, and rightly; another model is free.
      const model = "retryAfterMs" in ending ? OTHER_MODEL : undefined;
      expectEnding(await call(operation, model), row.stays ? ending : { text: TEXT }, operation);
      await expectNothingLeft();
    });

    const failing = rows.flatMap(({ ending, ...rest }) => ("kind" in ending ? [{ ...rest, ending }] : []));

    test.each(failing)("$name: $operation, with retries", async ({ row, operation, ending }) => {
      target = await row.start();
      const { heal } = target;
      let retries = 0;
      const { call, expectNothingLeft } = createCaller(target, row, {
        exchange,
        maxRetries: row.stays ? 0 : 2,
        onEvent: ({ type }) => {
          if (type !== "retry") return;
          retries++;
          void heal?.();
        },
      });
      expectEnding(await call(operation), ending.retried ? { text: TEXT } : ending, operation);
      if (ending.retried) expect(retries).toBeGreaterThan(0);
      else expect(retries).toBe(0);
      await expectNothingLeft();
    });
  },
);

function expectEnding(result: Result, ending: Failure | NoHarm, operation: Operation): void {
  if ("text" in ending) {
    expect(result).toEqual(ending);
    return;
  }
  const { retried, retryAfterMs, partial, ...facts } = ending;
  if (!("error" in result)) expect.fail(`Expected ${ending.kind}, got the text "${result.text}"`);
  const { error } = result;
  expect(error).toMatchObject(facts);
  if (partial !== undefined) expect(error.partial).toBe(partial);
  if (operation === "chat") expect(error.partial).toBeUndefined();
  if (retried) expect(error.retryable).toBe(true);
  if (retryAfterMs) {
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(retryAfterMs[0]);
    expect(error.retryAfterMs).toBeLessThanOrEqual(retryAfterMs[1]);
  }
}
