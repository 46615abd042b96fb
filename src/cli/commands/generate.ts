/** `groq-provider generate`: types and checks from a document. */
import type { GenerateArguments } from "../../generator/command.ts";
import { type Io, say } from "../io.ts";

/** Gives the generator's exit code. */
export async function generate(options: GenerateArguments, io: Io): Promise<number> {
  // Loaded when it is asked for: it is large.
  const { generateTo } = await import("../../generator/command.ts");
  const output = {
    log: (line: string) => io.stdout.write(`${line}\n`),
    error: (line: string) => say(io, line),
  };
  return generateTo(options, output, { api: true });
}
