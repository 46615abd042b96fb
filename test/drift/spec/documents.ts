/** Small OpenAPI documents to compare: the operations that the adapter uses, with one schema put in. */

import { type CompareSpecsOptions, compareSpecs, type SpecChange } from "../../../src/drift/spec/spec.ts";
import { type OpenApiDocument, openDocument } from "../../../src/openapi/document.ts";

export interface Parts {
  version?: string;
  request?: object;
  response?: object;
  /** Components; `CreateChatCompletionStreamResponse` and `ErrorResponse` are the chunk and the error. */
  schemas?: Record<string, object>;
  operation?: object;
  path?: string;
  server?: string;
  root?: object;
}

export function documentOf(parts: Parts = {}): OpenApiDocument {
  const body = (schema: object) => ({ content: { "application/json": { schema } } });
  return openDocument(
    {
      openapi: parts.version ?? "3.1.0",
      info: { title: "small", version: "1" },
      servers: [{ url: parts.server ?? "https://llm.example/v1" }],
      paths: {
        [parts.path ?? "/chat/completions"]: {
          post: {
            requestBody: { required: true, ...body(parts.request ?? { type: "object" }) },
            responses: { 200: { description: "ok", ...body(parts.response ?? { type: "object" }) } },
            ...parts.operation,
          },
        },
      },
      components: { schemas: parts.schemas ?? {} },
      ...parts.root,
    },
    "small.yaml",
  );
}

export const object = (properties: object, required: string[] = [], rest: object = {}) => ({
  type: "object",
  properties,
  required,
  ...rest,
});

export const string = { type: "string" };

export const compare = (before: Parts, after: Parts, options?: CompareSpecsOptions): SpecChange[] =>
  compareSpecs(documentOf(before), documentOf(after), options);

export const told = (changes: readonly SpecChange[]): string[] =>
  changes.map(({ level, place, text }) => `${level} ${place}: ${text}`);
