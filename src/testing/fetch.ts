/** An answer as a `Response`, its steps carried out while it is read. */
import type { Answer, Step } from "./answer.ts";

export function toHeaderRecord(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers.entries());
}

/** Rejects as a `fetch` does: with a `TypeError` for a broken connection, with the signal's reason when aborted. */
export async function answerToResponse(answer: Answer, signal: AbortSignal | undefined): Promise<Response> {
  if (answer.delayMs !== undefined) await wait(answer.delayMs, signal);
  if (answer.instead === "reset") throw broken();
  // To the caller of fetch, a head that hangs and one that never ends look the same.
  if (answer.instead) await wait(Number.POSITIVE_INFINITY, signal);
  const { status, headers } = answer;
  // A Response of these statuses may not have a body.
  const body = [204, 205, 304].includes(status) ? null : toBody(answer, signal);
  return new Response(body, { status, headers });
}

function toBody(answer: Answer, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const steps = answer.steps[Symbol.iterator]();
  // A reader that goes away must leave no timer and no listener behind.
  const gone = new AbortController();
  return new ReadableStream({
    async pull(controller) {
      try {
        for (;;) {
          const { done, value: step } = steps.next();
          if (done) return controller.close();
          if (await carryOut(step, controller, signal, gone.signal)) return;
        }
      } catch (fault) {
        if (!gone.signal.aborted) controller.error(fault);
      }
    },
    cancel() {
      gone.abort();
      steps.return?.();
    },
  });
}

/** Returns true when it gave something to the reader. */
async function carryOut(
  step: Step,
  controller: ReadableStreamDefaultController<Uint8Array>,
  signal: AbortSignal | undefined,
  gone: AbortSignal,
): Promise<boolean> {
  switch (step.type) {
    case "send":
      signal?.throwIfAborted();
      controller.enqueue(step.bytes);
      return true;
    case "wait":
      await wait(step.ms, signal, gone);
      return false;
    case "reset":
      throw broken();
    case "hang":
      for (;;) {
        await wait(step.commentEveryMs ?? Number.POSITIVE_INFINITY, signal, gone);
        controller.enqueue(COMMENT);
      }
  }
}

const COMMENT = new TextEncoder().encode(": keep-alive\n\n");

function broken(): TypeError {
  const cause = Object.assign(new Error("the connection was reset"), { code: "ECONNRESET" });
  return new TypeError("fetch failed", { cause });
}

/** Rejects with the reason of the first signal that aborts. */
function wait(ms: number, ...signals: (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", end);
      const aborted = signals.find((signal) => signal?.aborted);
      if (aborted) reject(aborted.reason);
      else resolve();
    };
    const timer = Number.isFinite(ms) ? setTimeout(end, ms) : undefined;
    for (const signal of signals) signal?.addEventListener("abort", end);
    if (signals.some((signal) => signal?.aborted)) end();
  });
}
