/** What a command reads and writes, so that tests can stand in for a terminal. */
import { styleText } from "node:util";
import { plainLog } from "../drift/base/escape.ts";
import { printable } from "../drift/base/json.ts";

export interface Io {
  stdin: AsyncIterable<Uint8Array | string> & { isTTY?: boolean };
  stdout: Output;
  stderr: Output;
  env: Record<string, string | undefined>;
  /** Aborts when the user has had enough (Ctrl-C). */
  signal?: AbortSignal;
}

export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
}

/**
 * 0: as it should be. 1: the answer is no: there is drift, files are stale, or the service refused, failed or cut the call.
 * 2: what was given can't be used: the command line, the environment, a file. 130: stopped by the user.
 */
export const EXIT = { ok: 0, no: 1, unusable: 2, stopped: 130 } as const;

/** The command line or the environment can't be used. The message is one line. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** One of the values that an option can have. Throws `UsageError` for any other. */
export function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw new UsageError(`expected ${option} ${allowed.join("|")}, found ${value || "nothing"}`);
  return found;
}

/** A message on standard error: one line, which begins with the program's name. */
export function say(io: Io, message: string): void {
  io.stderr.write(plainLog(`groq-provider: ${printable(message)}\n`));
}

/** Whether this output may have colours: a terminal whose user did not ask for none. */
export const hasColour = (output: Output, { env }: Io): boolean =>
  output.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";

export type Style = Parameters<typeof styleText>[0];

/** The text in a style, where the output may have one. */
export const paint = (output: Output, io: Io, style: Style, text: string): string =>
  hasColour(output, io) ? styleText(style, text, { validateStream: false }) : text;
