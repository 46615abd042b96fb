import { expect, it } from "vitest";
import { systemClock } from "../../../src/provider/base/clock.ts";
import { type SignalSource, withDeadline } from "../../../src/provider/http/deadline.ts";

const options = { clock: systemClock, timeoutMs: 60_000, what: "The answer" };
const never = new Promise<never>(() => {});

it("gives one signal, however often it is asked for, and aborts it", async () => {
  const caller = new AbortController();
  let signal: AbortSignal | undefined;
  const call = withDeadline({ ...options, signal: caller.signal }, (abort) => {
    signal = abort.signal;
    expect(abort.signal).toBe(signal);
    return never;
  });
  caller.abort();
  await expect(call).rejects.toMatchObject({ kind: "Cancelled" });
  expect(signal?.reason).toMatchObject({ kind: "Cancelled" });
});

it("gives a signal that is aborted already to work that asks for it too late", async () => {
  const caller = new AbortController();
  let source: SignalSource | undefined;
  const call = withDeadline({ ...options, signal: caller.signal }, (abort) => {
    source = abort;
    return never;
  });
  caller.abort();
  await expect(call).rejects.toMatchObject({ kind: "Cancelled" });
  expect(source?.signal.aborted).toBe(true);
  expect(source?.signal.reason).toMatchObject({ kind: "Cancelled" });
});

it("ends in time though the work never asked for its signal", async () => {
  const call = withDeadline({ ...options, timeoutMs: 1 }, () => never);
  await expect(call).rejects.toMatchObject({ kind: "Timeout", timeout: "total" });
});
