/** Emits wire.ts: what the adapter imports, by what it is for. */

import { READS } from "../provider/base/reads.ts";
import { find, formsOf } from "./find.ts";
import { refName, refTo, type Schema, type Schemas } from "./schema.ts";
import type { Api, Role } from "./select.ts";
import type { Wire } from "./wire-schemas.ts";

/** What a role is, for its docstring. */
const ABOUT: Readonly<Record<string, string>> = {
  ChatAnswer: "A whole answer, as far as the adapter reads it.",
  StreamChunk: "The data of an event of a stream, as far as the adapter reads it.",
  EmbeddingAnswer: "Vectors, as far as the adapter reads them.",
  ModelList: "The list of models, as far as the adapter reads it.",
  Model: "A model, as far as the adapter reads it.",
};

const CHECKED = Object.keys(READS);

/** A type of what the adapter sends. */
export interface RequestType {
  name: string;
  about: string;
  /** The component that it is; none where the document has no such thing. */
  component: string | undefined;
}

/** The text of wire.ts, without its header. `aliases`: the exported types of `wireAliases`. */
export function emitWire(requests: readonly RequestType[], wire: Wire, aliases: string): string {
  const sent = requests.map(
    ({ name, about, component }) =>
      `/** ${about} */\nexport type ${name} = ${component === undefined ? "never" : `components["schemas"][${JSON.stringify(component)}]`};\n`,
  );
  const absent = CHECKED.filter((name) => !wire.schemas[name]).map(
    (name) => `/** The document does not say what it is. */\nexport type ${name} = never;\n`,
  );
  return `import type { components, paths } from "./types.ts";

/** The operations of the document. */
export type Paths = paths;

/** The answers, by what they are. */
export interface Answers {
${CHECKED.map((role) => `    ${role}: ${role};\n`).join("")}}

${[...sent, aliases, ...absent].join("\n")}`;
}

/** The schemas of the answers, each with the words of its docstring. */
export function wireAliases({ schemas }: Wire): Schemas {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      ABOUT[name] === undefined ? schema : { ...schema, description: ABOUT[name] },
    ]),
  );
}

/**
 * The types of what the adapter sends, and the schemas that are to join the document's for them: those that stand in it without a
 * name.
 */
export function requestTypes(api: Api): { types: RequestType[]; added: Schemas } {
  const added: Record<string, Schema> = {};
  const types = requestSchemas(api).map(([name, about, schema]) => {
    if (!schema) return { name, about, component: undefined };
    if (schema.$ref !== undefined) return { name, about, component: refName(schema.$ref) };
    let component = name;
    for (let i = 2; Object.hasOwn(api.schemas, component); i++) component = `${name}_${i}`;
    added[component] = schema;
    return { name, about, component };
  });
  return { types, added };
}

/** The parts of requests that the adapter writes, found by their place. */
function requestSchemas({
  schemas,
  roles,
}: Api): [name: string, about: string, schema: Schema | undefined][] {
  const role = (name: Role) => {
    const found = roles.get(name);
    return found === undefined ? undefined : refTo(found);
  };
  const chat = role("ChatRequest");
  const at = (...path: string[]) => (chat ? find(schemas, chat, path) : undefined);
  return [
    ["ChatRequest", "The body of `POST /chat/completions`.", chat],
    ["RequestMessage", "A message of a request.", at("messages", "[]")],
    ["ContentPart", "A part of a user's message.", at("messages", "[]", "role=user", "content", "[]")],
    ["TextPart", "A part of a system's message.", at("messages", "[]", "role=system", "content", "[]")],
    [
      "RequestToolCall",
      "A tool call that goes back in the assistant's message.",
      at("messages", "[]", "role=assistant", "tool_calls", "[]"),
    ],
    ["RequestTool", "A tool that the model may call.", at("tools", "[]")],
    ["EmbeddingRequest", "The body of `POST /embeddings`.", role("EmbeddingRequest")],
  ];
}

/** The names of the top-level fields of a request, in order. */
export function fieldNames({ schemas, roles }: Api, role: Role): string[] {
  const name = roles.get(role);
  const forms = name === undefined ? [] : formsOf(schemas, refTo(name));
  return [...new Set(forms.flatMap((form) => Object.keys(form.properties ?? {})))].sort();
}
