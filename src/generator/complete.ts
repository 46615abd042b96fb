/** What a document is silent on, from one that is not: as an overlay. */
import { applyOverlay } from "../openapi/apply-overlay.ts";
import { loadDocument, type OpenApiDocument, openDocument, packagedDocument } from "../openapi/document.ts";
import type { JsonObject } from "../openapi/json.ts";
import { jsonPath } from "../openapi/json-path.ts";
import { openOverlay } from "../openapi/overlay.ts";
import { WRITES } from "../provider/base/reads.ts";
import { find, formsOf, inlined } from "./find.ts";
import { prepare } from "./generate.ts";
import { branchesOf, isNull, placeOf, refTo, type Schema, typesOf } from "./schema.ts";
import type { Api, Role } from "./select.ts";

export interface Completion {
  /** An OpenAPI Overlay 1.1; `undefined` where nothing is missing, or nothing can be had. */
  overlay: JsonObject | undefined;
  /** A line for each member that is taken over. */
  lines: string[];
}

/** A member that the adapter reads or writes, and an object of the document that does not have it. */
interface Silence {
  role: Role;
  /** Such as `choices[].message.refusal`. */
  place: string;
  /** JSON pointer of the object. */
  owner: string;
}

/**
 * Members that the adapter reads of an answer or writes in a request, of which `document` says nothing, as `model` has them. A member
 * that is there, in whatever form, is left alone.
 */
export function complete(document: OpenApiDocument, model: OpenApiDocument): Completion {
  const known = prepare(model).api;
  const members = new Map<string, Record<string, JsonObject>>();
  const lines: string[] = [];
  for (const { role, place, owner } of silences(document)) {
    const schema = memberOf(known, role, place);
    const name = place.split(".").at(-1) ?? "";
    const others = members.get(owner) ?? {};
    if (!schema || Object.hasOwn(others, name)) continue;
    const standing = inlined(known.schemas, schema);
    members.set(owner, {
      ...others,
      [name]: document.version.startsWith("3.0") ? inWordsOf30(standing) : { ...standing },
    });
    lines.push(`${role}: ${place} is taken from ${model.source}`);
  }
  if (lines.length === 0) return { overlay: undefined, lines };
  return { overlay: overlayOf(document, model, members), lines };
}

/** The same by the package's own document, with the document that comes of it. */
export async function completeFromPackage(
  document: OpenApiDocument,
): Promise<Completion & { document: OpenApiDocument }> {
  const own = { ...(await loadDocument(await packagedDocument())), source: "openapi/groq.yaml" };
  const { overlay, lines } = complete(document, own);
  if (overlay === undefined) return { document, overlay, lines };
  const { content } = applyOverlay(document.written, openOverlay(overlay, "--complete"));
  return { document: openDocument(content, document.source), overlay, lines };
}

function overlayOf(
  document: OpenApiDocument,
  model: OpenApiDocument,
  members: ReadonlyMap<string, Record<string, JsonObject>>,
): JsonObject {
  const actions = [...members].map(([owner, properties]) => ({
    target: jsonPath(document.written, owner),
    description: `The document says nothing of ${Object.keys(properties).join(", ")}.`,
    update: { properties },
    "x-evidence": { source: model.source },
  }));
  const title = "What the document is silent on, and the adapter reads or writes";
  return { overlay: "1.1.0", info: { title, version: document.version }, actions };
}

function silences(document: OpenApiDocument): Silence[] {
  const { api, wire } = prepare(document);
  const read = wire.missing.flatMap(({ role, place, owner }) =>
    owner === undefined ? [] : [{ role, place, owner }],
  );
  return [...read, ...unwritten(api)];
}

/** Fields of requests that the adapter writes, and the document does not have. */
export function unwritten(api: Api): Silence[] {
  return (["ChatRequest", "EmbeddingRequest"] as const).flatMap((role) => {
    const name = api.roles.get(role);
    const forms = name === undefined ? [] : formsOf(api.schemas, refTo(name));
    const [owner] = forms.flatMap((form) => placeOf(form) ?? []);
    if (owner === undefined) return [];
    const isKnown = (field: string) => forms.some((form) => Object.hasOwn(form.properties ?? {}, field));
    return WRITES[role].filter((field) => !isKnown(field)).map((place) => ({ role, place, owner }));
  });
}

/** `choices[].message` as a member of the document's schemas. */
function memberOf({ roles, schemas }: Api, role: Role, place: string): Schema | undefined {
  const name = roles.get(role);
  const steps = place.replaceAll("[]", ".[]").split(".").filter(Boolean);
  return name === undefined ? undefined : find(schemas, refTo(name), steps);
}

/** A schema of the one form, in the words of OpenAPI 3.0. */
function inWordsOf30(schema: Schema): JsonObject {
  const { anyOf: _anyOf, oneOf: _oneOf, type: _type, ...rest } = schema;
  const written: JsonObject = { ...rest };
  if (schema.items) written.items = inWordsOf30(schema.items);
  if (schema.properties)
    written.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, member]) => [name, inWordsOf30(member)]),
    );
  if (typeof schema.additionalProperties === "object")
    written.additionalProperties = inWordsOf30(schema.additionalProperties);
  const branches = branchesOf(schema);
  const types = typesOf(schema);
  if (types.includes("null") || branches?.some(isNull) || schema.enum?.includes(null))
    written.nullable = true;
  const others = branches?.filter((branch) => !isNull(branch)).map(inWordsOf30);
  const named = types.filter((type) => type !== "null");
  if (others) return { ...written, [schema.oneOf ? "oneOf" : "anyOf"]: others };
  if (named.length > 1)
    return { nullable: written.nullable ?? false, anyOf: named.map((type) => ({ ...written, type })) };
  return named.length === 1 ? { ...written, type: named[0] } : written;
}
