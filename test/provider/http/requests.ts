/** What an exchange is given, and what is read of its answer. */
import type { Abort } from "../../../src/provider/base/abort.ts";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { AnswerBody, ExchangeInit } from "../../../src/provider/base/exchange.ts";

/** Ends an exchange early when the test says so. */
export class TestAbort implements Abort {
  reason: LlmError | undefined;
  readonly #controller = new AbortController();
  readonly #callbacks = new Set<(reason: LlmError) => void>();

  /** Callbacks that nobody took back. */
  get listeners(): number {
    return this.#callbacks.size;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  onAbort(callback: (reason: LlmError) => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  abort(reason: LlmError = new LlmError("Cancelled", "enough")): LlmError {
    this.reason = reason;
    for (const callback of this.#callbacks) callback(reason);
    this.#controller.abort(reason);
    return reason;
  }
}

export function init(fields: Partial<ExchangeInit> = {}): ExchangeInit {
  const abort = new TestAbort();
  return {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer gsk_test_key" },
    body: '{"n":1}',
    redirect: "manual",
    abort,
    signal: abort.signal,
    ...fields,
  };
}

export async function textOf(body: AnswerBody | null): Promise<string> {
  const reader = body?.getReader();
  const parts: Uint8Array[] = [];
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) parts.push(read.value);
  return Buffer.concat(parts).toString();
}
