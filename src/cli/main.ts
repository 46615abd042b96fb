/** The `groq-provider` command: runs the command that is meant, and turns faults into messages and exit codes. */
import { createRequire } from "node:module";
import { CommanderError } from "@commander-js/extra-typings";
import { LiveError } from "../drift/live/live.ts";
import { PresenceError } from "../drift/presence/profile.ts";
import { createScrub } from "../drift/privacy/secrets.ts";
import { BaselineError } from "../drift/report/baseline.ts";
import { RulesError } from "../drift/spec/rules.ts";
import { GenerateError } from "../generator/schema.ts";
import { DocumentError } from "../openapi/document.ts";
import { LlmError } from "../provider/base/error.ts";
import { EXIT, type Io, say, UsageError } from "./io.ts";
import { createProgram } from "./program.ts";

/** Faults of which the message says it all. */
const EXPLAINED = [
  ...[UsageError, DocumentError, GenerateError],
  ...[BaselineError, PresenceError, LiveError, RulesError],
];

/** Kinds of errors that are the caller's own, and no answer of the service. */
const OWN_KINDS = new Set(["ConfigError", "InvalidRequest", "NotSupported"]);

/** Runs the command line; gives the exit code, one of `EXIT`. Never throws. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(io, version(), (result) => {
    code = result;
  });
  try {
    // Nothing asked for: say what there is.
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return explain(error, io);
  }
}

const scrub = createScrub([]);

function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    say(io, explainCommandLine(error));
    return EXIT.unusable;
  }
  if (io.signal?.aborted) return EXIT.stopped;
  if (LlmError.is(error)) {
    say(io, `${error.kind}: ${error.message}`);
    return OWN_KINDS.has(error.kind) ? EXIT.unusable : EXIT.no;
  }
  if (EXPLAINED.some((kind) => error instanceof kind)) say(io, (error as Error).message);
  else if (!(error instanceof Error)) say(io, String(error));
  else if (error instanceof RangeError && /call stack/.test(error.message))
    say(io, "the input is nested too deep");
  else if ("code" in error) say(io, error.message);
  // An unexpected fault: the stack helps whoever reports it.
  else io.stderr.write(`groq-provider: ${scrub(error.stack ?? error.message)}\n`);
  return EXIT.unusable;
}

/** What is wrong with the command line, without what stands there: it may be a key. */
function explainCommandLine({ code, message }: CommanderError): string {
  const [fault = "", nearest = ""] = message.replace(/^error: /, "").split("\n");
  const valued = /^unknown option '(--[\w-]+)=/.exec(fault)?.[1];
  if (valued !== undefined && nearest.includes(` ${valued}?`))
    return `option '${valued}' takes no value. See groq-provider --help`;
  const words = code === "commander.unknownCommand" ? "unknown command" : fault.replace(/=[^']*'/, "'");
  const hint = nearest.replace(/^\(Did you mean (.*)\?\)$/, ", did you mean $1?");
  return scrub(`${`${words}${hint}`.replace(/(?<![.?])$/, ".")} See groq-provider --help`);
}

/** From package.json, which is one folder above the built files and two above the sources. */
function version(): string {
  const require = createRequire(import.meta.url);
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const found: unknown = require(path);
      const { name, version: number } = found as { name?: unknown; version?: unknown };
      if (name === "groq-provider" && typeof number === "string") return number;
    } catch {
      // Not there: the next one.
    }
  }
  return "unknown";
}
