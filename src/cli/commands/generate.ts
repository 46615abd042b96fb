/** `groq-provider generate`: types and checks from a document. */
import { fileURLToPath } from "node:url";
import { packagedDocument } from "../../openapi/document.ts";
import { type Io, UsageError } from "../io.ts";

export interface GenerateOptions {
  /** A file or a URL. Default: the package's own document. */
  spec?: string | undefined;
  out: string;
  check?: boolean | undefined;
}

/** Gives the generator's exit code. */
export async function generate({ spec, out, check = false }: GenerateOptions, io: Io): Promise<number> {
  const { run } = await loadGenerator();
  const source = spec ?? fileURLToPath(await packagedDocument());
  return run(["--spec", source, "--out", out, ...(check ? ["--check"] : [])], {
    log: (line) => io.stdout.write(`${line}\n`),
    error: (line) => io.stderr.write(`groq-provider ${line}\n`),
  });
}

/** Loaded when it is asked for: it is large, and needs packages that nothing else does. */
async function loadGenerator() {
  try {
    return await import("../../generator/command.ts");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new UsageError(
      "generate needs packages that are not installed with this one: npm install --save-dev openapi-typescript typescript@5",
    );
  }
}
