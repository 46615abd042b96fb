/** From a document to the text of every generated file. */
import type { OpenApiDocument } from "../openapi/document.ts";
import { emitApi } from "./api.ts";
import { emitChecks } from "./checks.ts";
import { relax } from "./relax.ts";
import { GenerateError, reachable, refsIn, type Schema, type Schemas } from "./schema.ts";
import { emitSchemas, schemaKit } from "./schemas.ts";
import { type Api, type Role, select, type Wanted } from "./select.ts";
import { type Missing, type Wire, wireSchemas } from "./wire-schemas.ts";
import { emitWire, fieldNames, requestTypes, wireAliases } from "./wire-types.ts";

/** File name to content. The same document always gives the same bytes. */
export type GeneratedFiles = Record<string, string>;

export interface GenerateOptions {
  /** Operations beyond those that the adapter calls. */
  operations?: Wanted | undefined;
  /** Also the schemas by zod, for whoever has it installed. */
  schemas?: boolean | undefined;
  /** Also what `withApi` of groq-provider/api takes. */
  api?: boolean | undefined;
  /** How the files name each other: `./types.ts` (the default), `./types.js`, or `./types`. */
  importExtension?: ImportExtension | undefined;
}

/** What TypeScript calls the extension of a module. */
export type ImportExtension = ".ts" | ".js" | "";

export interface Generated {
  files: GeneratedFiles;
  /** What could not be read, and what the adapter reads but the document does not have. */
  notes: string[];
}

const ANSWERS: readonly Role[] = [
  ...(["ChatAnswer", "StreamChunk", "EmbeddingAnswer", "ModelList", "Model", "ErrorAnswer"] as const),
];
const REQUESTS: readonly Role[] = ["ChatRequest", "EmbeddingRequest"];

/** Makes every file in memory, so that a fault anywhere leaves the old ones whole. */
export async function generate(document: OpenApiDocument, options: GenerateOptions = {}): Promise<Generated> {
  const { api, wire, relaxed } = prepare(document, options.operations);
  const rolesOf = (roles: readonly Role[]) =>
    new Map(
      roles.flatMap((role) => (api.roles.has(role) ? [[role, api.roles.get(role) ?? ""] as const] : [])),
    );
  const requests = requestTypes(api);
  const { emitTypes, emitAliases } = await typesEmitter();
  const files: GeneratedFiles = {
    "types.ts":
      header("What may arrive, and what may be sent.") +
      emitTypes(api.operations, { ...relaxed, ...requests.added }),
    "wire.ts":
      header("What the adapter sends and reads.") +
      emitWire(requests.types, wire, emitAliases(wireAliases(wire))),
    "checks.ts":
      header("Whether an answer holds what the adapter needs.") + emitChecks(wire.schemas, wire.roles),
    "fields.ts": header("Names of the request fields that the document knows.") + fieldsModule(api),
  };
  if (options.schemas) {
    const answers = "Every member that the document does not know is a fault.";
    files["schemas.ts"] =
      header("Run-time schemas of the answers, to the letter of the document.") +
      emitSchemas(api.schemas, rolesOf(ANSWERS), "answer", "answerSchemas", answers);
    files["requests.ts"] =
      header("Run-time schemas of the requests, to the letter of the document.") +
      emitSchemas(
        api.schemas,
        rolesOf(REQUESTS),
        "request",
        "requestSchemas",
        "They refuse what the server refuses.",
      );
    files["schema-kit.ts"] = header("") + schemaKit;
  }
  if (options.api)
    files["api.ts"] = header("The document's operations, for groq-provider/api.") + emitApi(api, relaxed);
  return { files: linked(files, options.importExtension ?? ".ts"), notes: notesOf(api, wire) };
}

const linked = (files: GeneratedFiles, extension: ImportExtension): GeneratedFiles =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      text.replace(/(?<=^import .* from "\.\/[\w-]+)\.ts(?=";$)/gm, extension),
    ]),
  );

/** openapi-typescript and the compiler, which an application has only for this. */
async function typesEmitter() {
  try {
    return await import("./types.ts");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new GenerateError(
      "types are made by openapi-typescript: npm install --save-dev openapi-typescript@7 typescript@5",
    );
  }
}

/** What the files are made of. */
export function prepare(document: OpenApiDocument, operations?: Wanted) {
  const api = select(document, operations);
  const wire = wireSchemas(api);
  const isAnswer = answerNames(api);
  const needed = (object: Schema) => wire.needed.get(object) ?? new Set<string>();
  // A schema that requests use too (a tool call) is described for both as it may arrive.
  const relaxed: Schemas = Object.fromEntries(
    Object.entries(api.schemas).map(([name, schema]) => [
      name,
      isAnswer.has(name) ? relax(schema, needed) : schema,
    ]),
  );
  return { api, wire, relaxed };
}

function answerNames(api: Api): Set<string> {
  const contents = api.operations.flatMap(({ answers }) =>
    [...answers.values()].flatMap(({ content }) => [...content.values()]),
  );
  const roots = ANSWERS.flatMap((role) => api.roles.get(role) ?? []);
  return reachable(api.schemas, [...roots, ...contents.flatMap((schema) => [...refsIn(schema)])]);
}

const header = (about: string): string =>
  `// Generated by \`groq-provider generate\` (in its own sources \`npm run generate\`) from an OpenAPI document.\n` +
  `// Do not edit: change the document and generate again.\n${about && `//\n// ${about}\n`}\n`;

function fieldsModule(api: Api): string {
  const fields = fieldNames(api, "ChatRequest").map((field) => `  ${JSON.stringify(field)},\n`);
  return `/** Top-level fields of a chat request. */
export const chatRequestFields = [
${fields.join("")}] as const;

export type ChatRequestField = (typeof chatRequestFields)[number];
`;
}

function notesOf(api: Api, wire: Wire): string[] {
  const unread = api.notes.map(({ place, problem }) => `${place || "/"}: ${problem}`);
  const roles = [...new Set(wire.missing.map(({ role }) => role))];
  const missing = roles.map((role) =>
    missingNote(
      role,
      wire.missing.filter((one) => one.role === role),
    ),
  );
  return [...new Set(unread), ...missing];
}

function missingNote(role: string, places: readonly Missing[]): string {
  const needed = places.find(({ isNeeded }) => isNeeded);
  if (needed)
    return `${role}: the document lacks ${needed.place || "an object"}, without which the adapter can't go on`;
  return `${role}: the document lacks ${places.map(({ place }) => place).join(", ")}`;
}
