/** An answer as a `Response`, its steps carried out while it is read. */
import type { Answer, Step } from "./answer.ts";

export function toHeaderRecord(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers.entries());
}

/** Rejects as a `fetch` does: with a `TypeError` for a broken connection, with the signal's reason when aborted. */
export async function answerToResponse(answer: Answer, signal: AbortSignal | undefined): Promise<Response> {
  if (answer.delayMs !== undefined) await wait(answer.delayMs, signal);
  if (answer.instead === "reset") throw broken();
  if (answer.instead === "hang") await wait(Number.POSITIVE_INFINITY, signal);
  const { status, headers } = answer;
  // A Response of these statuses may not have a body.
  const body = [204, 205, 304].includes(status) ? null : toBody(answer, signal);
  return new Response(body, { status, headers });
}

function toBody(answer: Answer, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const steps = answer.steps[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const { done, value: step } = steps.next();
        if (done) {
          controller.close();
          return;
        }
        try {
          if (await carryOut(step, controller, signal)) return;
        } catch (fault) {
          controller.error(fault);
          return;
        }
      }
    },
    cancel() {
      steps.return?.();
    },
  });
}

/** True when something was given to the reader. */
async function carryOut(
  step: Step,
  controller: ReadableStreamDefaultController<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  switch (step.type) {
    case "send":
      signal?.throwIfAborted();
      controller.enqueue(step.bytes);
      return true;
    case "wait":
      await wait(step.ms, signal);
      return false;
    case "reset":
      throw broken();
    case "hang":
      if (step.commentEveryMs === undefined) await wait(Number.POSITIVE_INFINITY, signal);
      for (;;) {
        await wait(step.commentEveryMs ?? 0, signal);
        controller.enqueue(new TextEncoder().encode(": keep-alive\n\n"));
      }
  }
}

function broken(): TypeError {
  const cause = Object.assign(new Error("the connection was reset"), { code: "ECONNRESET" });
  return new TypeError("fetch failed", { cause });
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = Number.isFinite(ms)
      ? setTimeout(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, ms)
      : undefined;
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
