/** A whole body as bytes. */
import { LlmError } from "../provider/base/error.ts";
import type { FetchAnswer } from "../provider/base/exchange.ts";

/** Rejects with `InvalidResponse` where there are more than `most`. */
export async function readBytes(
  { body, status }: FetchAnswer,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done || !value) break;
    length += value.byteLength;
    if (length > most) {
      // The connection is given up, so how it ends no longer matters.
      reader?.cancel().catch(() => {});
      throw new LlmError("InvalidResponse", `Expected an answer of at most ${most} bytes, got more`, {
        status,
      });
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
