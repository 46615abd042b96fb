/** Emits TypeScript types by openapi-typescript. */
import {
  astToString,
  type GlobalContext,
  NEVER,
  type OpenAPI3,
  resolveRef,
  STRING,
  transformSchema,
  tsRecord,
  tsUnion,
} from "openapi-typescript";
import ts from "typescript";
import type { JsonObject } from "../openapi/json.ts";
import { isObject } from "../provider/base/values.ts";
import { GenerateError, type Schemas } from "./schema.ts";
import type { ApiOperation } from "./select.ts";
import { TYPE_MARK, type TypeMark, typedDocument } from "./typed-document.ts";

const { factory } = ts;

const MARKED: Readonly<Record<TypeMark, ts.TypeNode>> = {
  /** `string & {}`: written so that an editor still offers the known ones beside it. */
  "any-text": factory.createIntersectionTypeNode([STRING, factory.createTypeLiteralNode([])]),
  binary: tsUnion([STRING, factory.createTypeReferenceNode("Blob")]),
  empty: tsRecord(STRING, NEVER),
  never: NEVER,
};

/** The text of types.ts, without its header: operations and schemas, laid out as openapi-fetch reads them. */
export function emitTypes(operations: readonly ApiOperation[], schemas: Schemas): string {
  return astToString(typeNodes(typedDocument(operations, schemas)));
}

/** Exported types of these schemas, which refer to each other alone. */
export function emitAliases(schemas: Schemas): string {
  const nodes = typeNodes(typedDocument([], schemas));
  return schemaMembers(nodes)
    .map((member) => astToString(aliasOf(member)))
    .join("\n");
}

/**
 * The library's own way in lints and bundles a document before it types it, which is a quarter of the time that a document of 3 MB
 * takes. This one was put together here, of what the library knows, so that step is left out.
 */
function typeNodes(document: JsonObject): ts.Node[] {
  const schema = document as OpenAPI3 & JsonObject;
  const context: Omit<GlobalContext, "redoc"> = {
    ...SETTINGS,
    injectFooter: [],
    discriminators: { objects: {}, refsHandled: [] },
    resolve: ($ref) => resolveRef(schema, $ref, { silent: true }),
    transform: (one) => {
      const mark = isObject(one) ? one[TYPE_MARK] : undefined;
      return typeof mark === "string" && mark in MARKED ? MARKED[mark as TypeMark] : undefined;
    },
  };
  try {
    // What is not there is the settings of that step.
    return transformSchema(schema, context as GlobalContext);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new GenerateError(
      `openapi-typescript refuses the document: ${message.replace(/\s+/g, " ").trim()}`,
    );
  }
}

const SETTINGS = {
  alphabetize: true,
  silent: true,
  // Otherwise every request field with a default becomes required.
  defaultNonNullable: false,
  additionalProperties: false,
  arrayLength: false,
  emptyObjectsUnknown: false,
  enum: false,
  enumValues: false,
  conditionalEnums: false,
  dedupeEnums: false,
  excludeDeprecated: false,
  exportType: false,
  immutable: false,
  rootTypes: false,
  rootTypesNoSchemaPrefix: false,
  rootTypesKeepCasing: false,
  pathParamsAsTypes: false,
  propertiesRequiredByDefault: false,
  makePathsEnum: false,
  generatePathParams: false,
  readWriteMarkers: false,
  postTransform: undefined,
  transformProperty: undefined,
} satisfies Partial<GlobalContext>;

/** The members of `components.schemas`. */
function schemaMembers(nodes: readonly ts.Node[]): ts.PropertySignature[] {
  const components = nodes.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === "components");
  if (!components || !ts.isInterfaceDeclaration(components)) return [];
  const schemas = components.members.find((member) => member.name && textOf(member.name) === "schemas");
  if (!schemas || !ts.isPropertySignature(schemas) || !schemas.type || !ts.isTypeLiteralNode(schemas.type))
    return [];
  return schemas.type.members.filter((member) => ts.isPropertySignature(member));
}

/** `Usage: …` of `components.schemas` as `export type Usage = …`, with its docstring. Not an interface: those can't be handed on as JSON objects. */
function aliasOf(member: ts.PropertySignature): ts.TypeAliasDeclaration {
  const type = member.type ?? NEVER;
  const alias = factory.createTypeAliasDeclaration(
    [factory.createModifier(ts.SyntaxKind.ExportKeyword)],
    textOf(member.name),
    undefined,
    ts.transform(type, [withoutComponents]).transformed[0] ?? type,
  );
  return ts.setSyntheticLeadingComments(alias, ts.getSyntheticLeadingComments(member));
}

/** `components["schemas"]["Usage"]` becomes `Usage`. */
const withoutComponents: ts.TransformerFactory<ts.TypeNode> = (context) => {
  const visit = (node: ts.Node): ts.Node => {
    const name = ts.isIndexedAccessTypeNode(node) ? componentName(node) : undefined;
    return name === undefined
      ? ts.visitEachChild(node, visit, context)
      : factory.createTypeReferenceNode(name);
  };
  return (node) => ts.visitNode(node, visit, ts.isTypeNode);
};

function componentName({ objectType, indexType }: ts.IndexedAccessTypeNode): string | undefined {
  if (!ts.isIndexedAccessTypeNode(objectType) || !ts.isTypeReferenceNode(objectType.objectType))
    return undefined;
  if (!ts.isLiteralTypeNode(indexType) || !ts.isStringLiteral(indexType.literal)) return undefined;
  return indexType.literal.text;
}

const textOf = (name: ts.PropertyName): string =>
  ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : "";
