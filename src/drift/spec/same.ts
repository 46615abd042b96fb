/** Which schemas of one document are written alike, so that what stands there twenty times is read once. */
import type { OpenApiDocument } from "../../openapi/document.ts";
import { MAPS } from "../../openapi/normalise.ts";
import { isObject } from "../../provider/base/values.ts";

// They change nothing that a value may be.
const WORDS = new Set(["description", "example", "examples", "externalDocs", "summary", "$comment"]);
// Below these there is data, not schema.
const DATA = new Set(["default", "enum", "const"]);

/**
 * Gives for each object schema the first one that is written like it. Components are themselves, for their name counts;
 * so is what has no properties: two texts that change alike are two changes.
 */
export function createInterner(document: OpenApiDocument): <T extends object>(schema: T) => T {
  const ids = new WeakMap<object, number>();
  const idsByText = new Map<string, number>();
  const firsts = new Map<number, object>();

  const idOf = (value: object, isMap: boolean): number => {
    const known = ids.get(value);
    if (known !== undefined) return known;
    const text = isComponent(document, value)
      ? `component ${document.pointers.get(value)}`
      : textOf(value, isMap);
    const id = idsByText.get(text) ?? idsByText.size;
    idsByText.set(text, id);
    ids.set(value, id);
    return id;
  };

  const textOf = (value: object, isMap: boolean): string => {
    if (Array.isArray(value)) return `[${value.map((item) => partOf(item, false)).join()}]`;
    const parts: string[] = [];
    for (const [key, child] of Object.entries(value)) {
      if (!isMap && (WORDS.has(key) || (key.startsWith("x-") && key !== "x-sunset"))) continue;
      const isData = !isMap && DATA.has(key);
      const text = isData ? JSON.stringify(child) : partOf(child, !isMap && MAPS.has(key));
      parts.push(`${JSON.stringify(key)}:${text}`);
    }
    return `${isMap ? "map" : ""}{${parts.sort().join()}}`;
  };

  const partOf = (value: unknown, isMap: boolean): string =>
    typeof value === "object" && value !== null ? `#${idOf(value, isMap)}` : JSON.stringify(value);

  return <T extends object>(schema: T): T => {
    if (!("properties" in schema)) return schema;
    const id = idOf(schema, false);
    const first = firsts.get(id) ?? schema;
    firsts.set(id, first);
    return first as T;
  };
}

const isComponent = ({ pointers }: OpenApiDocument, value: object): boolean =>
  isObject(value) && /^\/components\/schemas\/[^/]+$/.test(pointers.get(value) ?? "");
