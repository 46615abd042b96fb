/** What is wrong with a configuration that was read from a file, before anything is added to it in code. */
import { isObject } from "../base/values.ts";
import { type Fields, readFields } from "./fields.ts";
import { connectionFields, modelConfigFields, readWindows } from "./settings.ts";

/** What is wrong with a configuration as far as it is written: what is missing may be given in code. */
export function writtenProblems(input: unknown): string[] {
  const problems: string[] = [];
  readFields(input, WRITTEN, "", problems);
  if (isObject(input)) readWindows(input.limit, problems);
  return problems;
}

const optional = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, { required: _, ...field }]) => [name, field]));
const WRITTEN: Fields = {
  ...optional(modelConfigFields),
  config: { kind: "mapping", fields: optional(connectionFields) },
};
