/** `groq-provider serve --document FILE --check`: does this client read all that the document allows? */

import { plural } from "../../drift/report/words.ts";
import { loadDocument } from "../../openapi/document.ts";
import { type TrialFault, tryDocument } from "../../trial/try-document.ts";
import { EXIT, type Io } from "../io.ts";

const WHAT: Readonly<Record<TrialFault["what"], string>> = {
  threw: "threw what is no LlmError",
  refused: "refuses what the document allows",
  request: "asks what the document refuses",
  passed: "takes a failure for an answer",
};

/** A line on standard output for each thing that the client does not bear. Gives the exit code: 1 where there is one. */
export async function checkClient(source: string, overlays: readonly string[], io: Io): Promise<number> {
  const trials = await tryDocument(await loadDocument(source, overlays));
  const lines = trials.flatMap(({ operation, bodies, faults }) =>
    faults.map(({ what, message }) => `${operation}, ${bodies} bodies: the client ${WHAT[what]}: ${message}`),
  );
  for (const line of new Set(lines)) io.stdout.write(`${line.replaceAll("\n", " ")}\n`);
  if (lines.length > 0) return EXIT.no;
  const calls = trials.reduce((sum, trial) => sum + trial.calls, 0);
  io.stdout.write(`The client reads all that ${source} allows, as far as ${plural(calls, "call")} met it.\n`);
  return EXIT.ok;
}
