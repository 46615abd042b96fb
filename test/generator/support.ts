import ts from "typescript";
import { openDocument } from "../../src/openapi/document.ts";

/** A document of these schemas, whose chat operation answers with `Root`. */
export function documentOf(schemas: Record<string, unknown>, version = "3.1.0") {
  const json = (name: string) => ({
    "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
  });
  return openDocument(
    {
      openapi: version,
      paths: {
        "/chat/completions": {
          post: {
            requestBody: { content: json("Root") },
            responses: { "200": { description: "OK", content: json("Root") } },
          },
        },
      },
      components: { schemas },
    },
    "document",
  );
}

/** The exports of a generated module that imports nothing but what is given. */
export async function importText<T>(text: string, modules: Record<string, string> = {}): Promise<T> {
  let linked = text;
  for (const [name, url] of Object.entries(modules))
    linked = linked.replaceAll(`"${name}"`, JSON.stringify(url));
  const { outputText } = ts.transpileModule(linked, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(outputText)}`)) as T;
}
