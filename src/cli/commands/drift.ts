/** `groq-provider drift`: hands over to the one of the three checks that is meant. */
import { type Io, UsageError } from "../io.ts";
import { checkRecordings } from "./drift-files.ts";
import { checkLive } from "./drift-live.ts";
import type { DriftOptions } from "./drift-options.ts";
import { compareDocuments } from "./drift-spec.ts";

/** Gives the exit code. Throws `UsageError`, `DocumentError`, `BaselineError`, `LiveError`. */
export async function drift(files: readonly string[], options: DriftOptions, io: Io): Promise<number> {
  if (options.spec) {
    refuse(options, [...OF_ANSWERS, ...OF_LIVE, "live"], "does not go with --spec");
    return compareDocuments(files, options, io);
  }
  refuse(options, OF_DOCUMENTS, "needs --spec");
  if (options.live) return checkLive(files, options, io);
  refuse(options, OF_LIVE, "needs --live");
  return checkRecordings(files, options, io);
}

const OF_ANSWERS = [
  ...(["schema", "overlay", "service", "baseline", "updateBaseline"] as const),
  ...(["presence", "updatePresence", "suggest"] as const),
];
const OF_LIVE = ["baseUrl", "model", "keyEnv", "record"] as const;

const OF_DOCUMENTS = ["scope", "rules"] as const;

function refuse(options: DriftOptions, names: readonly (keyof DriftOptions)[], reason: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} ${reason}`);
}
