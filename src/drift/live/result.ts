/** What a live check brings to the drift check, and its summary for people. */

import { expectObject } from "../../openapi/arguments.ts";
import { plainLog } from "../base/escape.ts";
import { printable } from "../base/json.ts";
import { type SampleSink, SINK } from "../base/sample.ts";
import { addRecord } from "../read/unpack.ts";
import type { LiveQuestion, LiveResult } from "./live.ts";

/**
 * Gives every answer to a drift check. A question that nothing is known of afterwards is unusable input, since the check
 * must not be called clean: no answer came, the service was over its limit, or it refused what it should have answered.
 */
export function addLiveResult(result: LiveResult, sink: SampleSink): void {
  expectObject("addLiveResult", "result", result, { exchanges: "list", questions: "list" });
  expectObject("addLiveResult", "sink", sink, SINK);
  const { baseUrl, exchanges, questions } = result;
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
export function formatLiveResult(result: LiveResult): string {
  expectObject("formatLiveResult", "result", result, { questions: "list" });
  const { baseUrl, model, questions, tokens } = result;
  const answered = questions.filter((question) => question.answered).length;
  const lines = questions.map(({ name, status, problem }) => {
    const outcome = problem === undefined ? `answered, ${status}` : `not answered as expected: ${problem}`;
    return `  ${name.padEnd(13)}  ${outcome}`;
  });
  const head = `${baseUrl}, ${model}: ${answered} of ${questions.length} questions answered, ${tokens} tokens`;
  // What the service said of itself may hold anything.
  return plainLog(`${[head, ...lines].map(printable).join("\n")}\n`);
}
