/** The options of `chatObject`, and the chat that they become. */
import type { ChatOptions, ChatStreamOptions, JsonSchema, ResponseFormat } from "../base/types.ts";
import { invalidRequest, isObject, readingLater } from "../base/values.ts";
import { type ResolvedSchema, resolveSchema, type Schema } from "../schema/standard-schema.ts";
import { closeObjects, strictProblems } from "../schema/strict.ts";
import { CHAT_RULES, type OptionRules, type Rule } from "../wire/option-rules.ts";
import { checkName } from "../wire/request.ts";
import { checkCallOptions } from "../wire/untyped-input.ts";

/** Options of a chat that make no sense here: one answer is asked for, and Groq can't combine a schema with tools. */
const REPLACED = ["tools", "toolChoice", "parallelToolCalls", "responseFormat", "n"] as const;
type Replaced = (typeof REPLACED)[number];
interface ObjectOptions<S extends Schema> {
  /** A Standard Schema (zod, valibot, arktype, …) or a JSON Schema. */
  schema: S;
  /** The JSON Schema that is sent, beside a Standard Schema that does not tell its own. */
  jsonSchema?: JsonSchema | undefined;
  /** What the schema is called on the wire: letters, digits, `_`, `-`; at most 64. Default `response`. */
  name?: string | undefined;
  /** Tells the model what the object is for. */
  description?: string | undefined;
  /**
   * `true`: the server lets the model write nothing else than what fits; `InvalidRequest` with the places where the
   * schema is not one that strict mode takes. `false`: best effort. Default: strict where the schema allows. A Standard
   * Schema's objects are closed for it (`additionalProperties: false`) unless they are open on purpose.
   */
  strict?: boolean | undefined;
}

/** Options of `chatObject`: the schema, and those of a chat. */
export interface ChatObjectOptions<S extends Schema = Schema>
  extends Omit<ChatOptions, Replaced>,
    ObjectOptions<S> {}
/** Options of `chatObjectStream`: the schema, and those of a streamed chat. */
export interface ChatObjectStreamOptions<S extends Schema = Schema>
  extends Omit<ChatStreamOptions, Replaced>,
    ObjectOptions<S> {}

const OBJECT_RULES = {
  schema: ["a Standard Schema or a JSON Schema", () => true],
  jsonSchema: ["a JSON Schema", isObject],
  name: ["a text", (value) => typeof value === "string"],
  description: ["a text", (value) => typeof value === "string"],
  strict: ["true or false", (value) => typeof value === "boolean"],
} satisfies Record<keyof ObjectOptions<Schema>, Rule>;

let rules: OptionRules | undefined;
function allRules(): OptionRules {
  const isReplaced = (name: string) => REPLACED.some((replaced) => replaced === name);
  rules ??= new Map([
    ...[...CHAT_RULES].filter(([name]) => !isReplaced(name)),
    ...Object.entries(OBJECT_RULES),
  ]);
  return rules;
}

/** The chat's options and the schema to hold its answer against; `InvalidRequest` for what is wrong with them. */
export async function prepare(options: ChatObjectStreamOptions): Promise<{
  chatOptions: ChatStreamOptions;
  schema: ResolvedSchema;
}> {
  return readingLater("options", () => prepared(options));
}

async function prepared(options: ChatObjectStreamOptions) {
  refuseTools(options);
  checkCallOptions(options, allRules());
  const { schema, jsonSchema, name = "response", description, strict, ...chatOptions } = options;
  checkName(name, "name");
  const resolved = await resolveSchema(schema, jsonSchema, "schema");
  const format = { name, description, ...decideStrictness(resolved, strict) };
  const responseFormat: ResponseFormat = { type: "json_schema", jsonSchema: format };
  return { chatOptions: { ...chatOptions, responseFormat }, schema: resolved };
}

function refuseTools(options: object): void {
  if (!isObject(options) || options.tools === undefined) return;
  throw invalidRequest(
    "tools",
    "expected none beside a schema, which Groq can't combine; use runTools, then chatObject on its messages",
  );
}

function decideStrictness({ jsonSchema, derived }: ResolvedSchema, wanted: boolean | undefined) {
  const schema = derived ? closeObjects(jsonSchema) : jsonSchema;
  const problems = wanted === false ? [] : strictProblems(schema);
  if (wanted === true && problems.length > 0) {
    throw invalidRequest("schema", `strict mode does not take it. ${problems.join("; ")}`);
  }
  const strict = wanted ?? problems.length === 0;
  return { schema: strict ? schema : jsonSchema, strict };
}
