/** `groq-provider drift --spec [OLD] NEW`: what changed between two documents. */
import { openSchema } from "../../drift/check-files.ts";
import { renderSpecChanges, SPEC_FORMATS } from "../../drift/spec/report.ts";
import { parseRules, SPEC_SCOPES } from "../../drift/spec/rules.ts";
import { compareSpecs, specExitCode } from "../../drift/spec/spec.ts";
import { readSource } from "../../openapi/load.ts";
import { type Io, oneOf, UsageError } from "../io.ts";
import { parseOutputs, writeOutputs } from "../outputs.ts";
import type { DriftOptions } from "./drift-options.ts";

export async function compareDocuments(
  names: readonly string[],
  options: DriftOptions,
  io: Io,
): Promise<number> {
  const [newName] = names.slice(-1);
  const [oldName] = names.length === 2 ? names : [undefined];
  if (newName === undefined || names.length > 2) {
    throw new UsageError(`expected --spec NEW, or --spec OLD NEW; found ${names.length} documents`);
  }
  const failOn = oneOf("--fail-on", options.failOn ?? "breaking", ["breaking", "any", "none"]);
  const scope = oneOf("--scope", options.scope ?? "adapter", SPEC_SCOPES);
  const outputs = parseOutputs(options.format ?? ["table"], SPEC_FORMATS);
  const { rules: file } = options;
  const rules = file === undefined ? {} : parseRules(await readSource(file), file);
  const [before, after] = [await openSchema(oldName), await openSchema(newName)];
  const changes = compareSpecs(before, after, { scope, rules });
  const documents = { oldName: before.source, newName: after.source, scope };
  await writeOutputs(outputs, (format) => renderSpecChanges(changes, format, documents), io);
  return specExitCode(changes, failOn);
}
