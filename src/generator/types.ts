/** Emits types.ts: the operations and schemas of a document, laid out as openapi-fetch reads them. */
import { METHODS } from "../openapi/operations.ts";
import { docOf } from "./docs.ts";
import { memberName } from "./names.ts";
import type { Schema, Schemas } from "./schema.ts";
import type { Answer, ApiOperation, Body, Parameter } from "./select.ts";
import { typeText } from "./type-text.ts";

const inDocument = (name: string): string => `components["schemas"][${JSON.stringify(name)}]`;

/** The text of types.ts, without its header. */
export function emitTypes(operations: readonly ApiOperation[], schemas: Schemas): string {
  const byPath = new Map<string, ApiOperation[]>();
  for (const one of operations) byPath.set(one.path, [...(byPath.get(one.path) ?? []), one]);
  const paths = [...byPath].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, ones]) => pathText(path, ones));
  const components = Object.entries(schemas).map(
    ([name, schema]) => docOf(schema, "    ") + line("    ", JSON.stringify(name), schema),
  );
  return `export interface paths {
${paths.join("")}}

export interface components {
  schemas: {
${components.join("")}  };
}
`;
}

const line = (indent: string, name: string, schema: Schema): string =>
  `${indent}${name}: ${typeText(schema, inDocument, indent)};\n`;

function pathText(path: string, operations: readonly ApiOperation[]): string {
  const methods = METHODS.map((method) => {
    const operation = operations.find((one) => one.method === method);
    return operation ? operationText(operation) : `    ${method}?: never;\n`;
  });
  return `  ${JSON.stringify(path)}: {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
${methods.join("")}  };
`;
}

function operationText({
  method,
  summary,
  description,
  deprecated,
  parameters,
  body,
  answers,
}: ApiOperation): string {
  const words = [summary, description].filter((text) => text !== undefined).join("\n\n") || undefined;
  const statuses = [...answers].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${docOf({ description: words, deprecated }, "    ")}    ${method}: {
      parameters: {
${PLACES.map((place) => parametersText(place, parameters)).join("")}      };
${bodyText(body)}      responses: {
${statuses.map(([status, answer]) => answerText(status, answer)).join("")}      };
    };
`;
}

const PLACES = ["query", "header", "path", "cookie"] as const;

function parametersText(place: Parameter["in"], parameters: readonly Parameter[]): string {
  const here = parameters.filter((one) => one.in === place).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (here.length === 0) return `        ${place}?: never;\n`;
  const lines = here.map(
    ({ name, required, description, schema }) =>
      docOf({ ...schema, description: description ?? schema.description }, "          ") +
      line("          ", `${memberName(name)}${required ? "" : "?"}`, schema),
  );
  const optional = here.some(({ required }) => required) ? "" : "?";
  return `        ${place}${optional}: {\n${lines.join("")}        };\n`;
}

function bodyText(body: Body | undefined): string {
  if (!body || body.content.size === 0) return "      requestBody?: never;\n";
  return `${docOf(body, "      ")}      requestBody${body.required ? "" : "?"}: {
${contentText(body.content, "        ")}      };
`;
}

function answerText(status: string, { description, headers, content }: Answer): string {
  const known = [...headers].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = known.map(
    ([name, { required, description, schema }]) =>
      docOf({ ...schema, description: description ?? schema.description }, "            ") +
      line("            ", `${memberName(name)}${required ? "" : "?"}`, schema),
  );
  return `${docOf({ description }, "        ")}        ${/^\d+$/.test(status) ? status : JSON.stringify(status)}: {
          headers: {
${lines.join("")}            [name: string]: unknown;
          };
${contentText(content, "          ")}        };
`;
}

function contentText(content: ReadonlyMap<string, Schema>, indent: string): string {
  if (content.size === 0) return `${indent}content?: never;\n`;
  const lines = [...content].map(([type, schema]) => line(`${indent}  `, JSON.stringify(type), schema));
  return `${indent}content: {\n${lines.join("")}${indent}};\n`;
}
