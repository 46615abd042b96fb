/** Emits TypeScript types by openapi-typescript. */
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { type Document, GenerateError } from "./document.ts";
import { anyTextMark } from "./relax.ts";

/** `string & {}`: any text, written so that an editor still offers the known ones beside it. */
const anyText = ts.factory.createIntersectionTypeNode([
  ts.factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword),
  ts.factory.createTypeLiteralNode([]),
]);

/** The text of types.ts, without its header. */
export async function emitTypes(document: Document): Promise<string> {
  try {
    // openapi-typescript changes its input.
    const nodes = await openapiTS(structuredClone(document) as never, {
      alphabetize: true,
      // Otherwise every request field with a default becomes required.
      defaultNonNullable: false,
      silent: true,
      transform: (schema) => (anyTextMark in schema ? anyText : undefined),
    });
    return astToString(nodes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new GenerateError(
      `openapi-typescript refuses the document: ${message.replace(/\s+/g, " ").trim()}`,
    );
  }
}
