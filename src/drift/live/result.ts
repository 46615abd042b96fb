/** What a live check brings to the drift check, and its summary for people. */

import { plainLog } from "../base/escape.ts";
import { printable } from "../base/json.ts";
import type { SampleSink } from "../base/sample.ts";
import { addRecord } from "../read/unpack.ts";
import type { LiveQuestion, LiveResult } from "./live.ts";

/**
 * Gives every answer to a drift check. A question that nothing is known of afterwards is unusable input, since the check
 * must not be called clean: no answer came, the service was over its limit, or it refused what it should have answered.
 */
export function addLiveResult({ baseUrl, exchanges, questions }: LiveResult, sink: SampleSink): void {
  for (const exchange of exchanges) addRecord(exchange, { source: baseUrl }, sink);
  for (const { name, problem = "" } of questions.filter(isOpen)) {
    sink.unusable({ source: baseUrl, message: `${name}: ${problem}` });
  }
}

const isOpen = ({ answered, asksRefusal, status }: LiveQuestion): boolean =>
  !answered &&
  (status === undefined ||
    status === 429 ||
    status === 498 ||
    status >= 500 ||
    (status >= 400 && !asksRefusal));

/** One line for each question, with a line break at its end. */
export function formatLiveResult({ baseUrl, model, questions, tokens }: LiveResult): string {
  const answered = questions.filter((question) => question.answered).length;
  const lines = questions.map(({ name, status, problem }) => {
    const outcome = problem === undefined ? `answered, ${status}` : `not answered as expected: ${problem}`;
    return `  ${name.padEnd(13)}  ${outcome}`;
  });
  const head = `${baseUrl}, ${model}: ${answered} of ${questions.length} questions answered, ${tokens} tokens`;
  // What the service said of itself may hold anything.
  return plainLog(`${[head, ...lines].map(printable).join("\n")}\n`);
}
