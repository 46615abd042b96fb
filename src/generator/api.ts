/** Emits api.ts: what `withApi` of groq-provider/api takes of a document. */
import { emitChecks } from "./checks.ts";
import { relax } from "./relax.ts";
import type { Schema, Schemas } from "./schema.ts";
import { type Api, type ApiOperation, jsonIn } from "./select.ts";

/** The text of api.ts, without its header. `relaxed`: the schemas as answers may have them. */
export function emitApi({ operations, prefix }: Api, relaxed: Schemas): string {
  const answers = operations.flatMap((operation) => {
    const schema = successOf(operation);
    return schema ? [[operation.label, relax(schema, () => new Set())] as const] : [];
  });
  const about = "What is wrong with the JSON that an operation answered, or `undefined`.";
  const labels = answers.map(([label]) => label);
  // From the adapter's base up to where their paths begin.
  const up = prefix.replace(/[^/]+/g, "..");
  const elsewhere = operations.filter(({ isElsewhere }) => isElsewhere && up !== "");
  const above = elsewhere.map(({ label }) => `    ${JSON.stringify(label)}: ${JSON.stringify(up)},\n`);
  return `import { chatRequestFields } from "./fields.ts";
import type { paths } from "./types.ts";

${emitChecks({ ...relaxed, ...Object.fromEntries(answers) }, labels, about)}
/** The document, for \`withApi\` of groq-provider/api. */
export const api: {
  readonly chatRequestFields: readonly string[];
  readonly checks: Readonly<Record<string, (value: unknown) => Problem | undefined>>;
  /** By label, what leads from the base URL to where the path of an operation begins that does not stand behind it. */
  readonly above: Readonly<Record<string, string>>;
  /** A type alone: there is no such value. */
  readonly paths?: paths;
} = {
  chatRequestFields,
  checks,
  above: {${above.length > 0 ? `\n${above.join("")}  ` : ""}},
};
`;
}

/** Its JSON, where all that it answers with success is JSON of one schema. */
function successOf({ answers }: ApiOperation): Schema | undefined {
  const successes = [...answers].filter(([status]) => status.startsWith("2"));
  const [only, ...others] =
    successes.length > 0 ? successes : [...answers].filter(([status]) => status === "default");
  if (!only || others.length > 0) return undefined;
  const [, { content }] = only;
  return content.size === 1 ? jsonIn(content) : undefined;
}
