/** The `groq-provider` command: finds the command that is meant, and turns faults into messages and exit codes. */
import { createRequire } from "node:module";
import { LiveError } from "../drift/live/live.ts";
import { BaselineError } from "../drift/report/baseline.ts";
import { DocumentError } from "../openapi/document.ts";
import { drift } from "./drift.ts";
import { type Io, UsageError } from "./io.ts";

const HELP = `groq-provider <command>

Commands:
  drift    tell where recorded or live answers differ from the OpenAPI document; see groq-provider drift --help

Options:
  --help       this text
  --version    the version
`;

const UNUSABLE = 2;

/** Faults of which the message says it all. */
const EXPLAINED = [UsageError, DocumentError, BaselineError, LiveError];

/** Runs the command line; gives the exit code. Never throws. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    io.stderr.write(`groq-provider: ${explain(error)}\n`);
    return UNUSABLE;
  }
}

async function run([command, ...rest]: readonly string[], io: Io): Promise<number> {
  switch (command) {
    case "drift":
      return drift(rest, io);
    case "--help":
    case "-h":
    case "help":
      io.stdout.write(HELP);
      return 0;
    case "--version":
      io.stdout.write(`${version()}\n`);
      return 0;
    default:
      // What stands there is not repeated: it may be a key.
      throw new UsageError("expected the command drift (see groq-provider --help)");
  }
}

function explain(error: unknown): string {
  if (EXPLAINED.some((kind) => error instanceof kind)) return (error as Error).message;
  // `util.parseArgs` explains itself well; of other faults nobody foresaw the stack helps whoever reports them.
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith("ERR_PARSE_ARGS")) return error.message.split(". ")[0] ?? error.message;
  return code ? error.message : (error.stack ?? error.message);
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
