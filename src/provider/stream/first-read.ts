import { onAbort } from "../base/abort.ts";
import type { LlmError } from "../base/error.ts";
import type { BodyRead, BodyReader } from "../base/exchange.ts";
import { StreamErrors } from "./errors.ts";
import { type StreamAnswer, type StreamSource, streamTimes } from "./source.ts";

export interface FirstRead {
  reader: BodyReader;
  read: BodyRead;
}

/**
 * Reads once. Rejects with `LlmError`, and closes the connection, where it breaks before its first bytes, where these do not
 * come in the time for the first event, where they are an error event, and when `signal` aborts.
 */
export function awaitFirstRead(
  answer: StreamAnswer,
  source: StreamSource,
  signal: AbortSignal,
): Promise<FirstRead> {
  const errors = new StreamErrors(source, { text: "" });
  errors.answer = answer;
  const { clock, totalTimeoutMs = Number.POSITIVE_INFINITY } = source;
  const { firstEventMs } = streamTimes(source);
  const totalLeftMs = Math.max(0, answer.startedAt + totalTimeoutMs - clock.now());
  const isTotal = totalLeftMs < firstEventMs;
  const reader = answer.body.getReader();
  return new Promise((resolve, reject) => {
    const stop = () => {
      stopClock();
      stopListening();
    };
    const fail = (error: LlmError) => {
      stop();
      reject(error);
      reader.cancel(error).catch(() => {});
    };
    const stopClock = clock.setTimer(
      () =>
        fail(isTotal ? errors.timeout("total", totalTimeoutMs) : errors.timeout("firstEvent", firstEventMs)),
      Math.min(totalLeftMs, firstEventMs),
    );
    const stopListening = onAbort(signal, () => fail(errors.fault(signal.reason)));
    reader.read().then(
      (read) => {
        const error = read.value && findErrorEvent(read.value, errors);
        if (error) return fail(error);
        stop();
        resolve({ reader, read });
      },
      (fault: unknown) => fail(errors.fault(fault)),
    );
  });
}

const ERROR_EVENT = new TextEncoder().encode("event: error");

/** What an error event says that stands first, and whole, in `bytes`. Any other form is found when the events are read. */
function findErrorEvent(bytes: Uint8Array, errors: StreamErrors): LlmError | undefined {
  // Most streams begin well: their first bytes are not decoded twice.
  if (!ERROR_EVENT.every((byte, index) => bytes[index] === byte)) return undefined;
  const data = /^event: error\r?\ndata: (.+)\r?\n\r?\n/.exec(new TextDecoder().decode(bytes))?.[1];
  if (data === undefined) return undefined;
  try {
    return errors.fromServer(JSON.parse(data));
  } catch {
    return undefined;
  }
}
