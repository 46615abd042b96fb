/** What a command reads and writes, so that tests can stand in for a terminal. */
export interface Io {
  stdin: AsyncIterable<Uint8Array | string> & { isTTY?: boolean };
  stdout: Output;
  stderr: Output;
  env: Record<string, string | undefined>;
}

export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
}

/** The command line asks for something that there is not. */
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
