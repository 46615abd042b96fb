/** `groq-provider drift`: reads the options, and hands over to the one of the three checks that is meant. */
import { checkRecordings } from "./drift-files.ts";
import { checkLive } from "./drift-live.ts";
import { type DriftOptions, parseDriftOptions } from "./drift-options.ts";
import { compareDocuments } from "./drift-spec.ts";
import { type Io, UsageError } from "./io.ts";

const HELP = `groq-provider drift [options] <files or folders…>
groq-provider drift --live [options]
groq-provider drift --spec [OLD] NEW

Compares recorded answers with the OpenAPI document, and tells every difference once, with its place, its count, and
when it was first and last seen. Recordings: JSON bodies, JSON lines, event streams, HAR files, or exchanges as
createRecorder writes them; folders are searched for .json, .jsonl, .ndjson, .sse and .har; - is standard input.

  --schema FILE|URL     compare with this document; default: the package's openapi/groq.yaml
  --format NAME[=FILE]  table (default), json, github, junit, html; may be repeated, one of them without a file
  --fail-on WHAT        breaking (default), any, none: which new drift gives exit code 1
  --baseline FILE       known drift, which never fails; what no longer occurs is told
  --update-baseline     write what was found now to the baseline
  --suggest             print the change to the document that would make the answers fit, as an OpenAPI Overlay

  --live                ask the service a few real questions instead, with the key of GROQ_API_KEY: some hundred tokens
  --base-url URL        of another compatible server
  --model ID            ask this model

  --spec [OLD] NEW      compare two documents instead, in a caller's terms; default OLD: the package's document
                        (with --format table, json, github or junit, and --fail-on)

Exit code: 0 clean, 1 drift, 2 input or options that can't be used.
`;

/** Runs the command; gives its exit code. Throws `UsageError`, `DocumentError`, `BaselineError`. */
export async function drift(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseDriftOptions(args);
  if (values.help) {
    io.stdout.write(HELP);
    return 0;
  }
  if (values.spec) {
    const others = ["schema", "baseline", "update-baseline", "suggest", "live", "base-url", "model"] as const;
    refuse(values, others, "does not go with --spec");
    return compareDocuments(positionals, values, io);
  }
  if (values.live) return checkLive(positionals, values, io);
  refuse(values, ["base-url", "model"], "needs --live");
  return checkRecordings(positionals, values, io);
}

function refuse(values: DriftOptions, names: readonly (keyof DriftOptions)[], reason: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given) throw new UsageError(`--${given} ${reason}`);
}
