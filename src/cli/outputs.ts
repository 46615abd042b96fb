/** `--format NAME` and `--format NAME=FILE`: what is written where. */
import { writeFile } from "node:fs/promises";
import { type Io, oneOf, UsageError } from "./io.ts";

export interface OutputRequest<F extends string> {
  format: F;
  /** Standard output when absent. */
  file?: string;
}

/** Reads the `--format` options. At most one may go to standard output. */
export function parseOutputs<F extends string>(
  values: readonly string[],
  allowed: readonly F[],
): OutputRequest<F>[] {
  const outputs = values.map((value): OutputRequest<F> => {
    const [name = "", ...rest] = value.split("=");
    const format = oneOf("--format", name, allowed);
    return rest.length === 0 ? { format } : { format, file: rest.join("=") };
  });
  if (outputs.some(({ file }) => file === ""))
    throw new UsageError("expected a file name after --format NAME=");
  const printed = outputs.filter(({ file }) => file === undefined);
  if (printed.length > 1) {
    const names = printed.map(({ format }) => format).join(" and ");
    throw new UsageError(
      `${names} can't both be printed: give one a file, as --format ${printed[0]?.format}=FILE`,
    );
  }
  return outputs;
}

/** Writes each output where it was asked for. */
export async function writeOutputs<F extends string>(
  outputs: readonly OutputRequest<F>[],
  render: (format: F, isTerminal: boolean) => string,
  io: Io,
): Promise<void> {
  for (const { format, file } of outputs) {
    if (file === undefined) io.stdout.write(render(format, io.stdout.isTTY === true));
    else await writeFile(file, render(format, false));
  }
}
