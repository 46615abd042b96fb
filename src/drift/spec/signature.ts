/** A schema in one line that is equal for schemas that may be the same. */
import type { Kind } from "./kind.ts";
import type { ShapeReader } from "./shape.ts";

const LEVELS = 2;

/** Types and values, of members too, but not their names: in a schema that holds itself, they may have changed. */
export function signatureOf(read: ShapeReader, schema: unknown, levels = LEVELS): string {
  const { kinds, nullable } = read(schema);
  const texts = kinds.map((kind) => kindText(read, kind, levels)).sort();
  return `${texts.join("|")}${nullable ? "|null" : ""}`;
}

function kindText(read: ShapeReader, kind: Kind, levels: number): string {
  const { type, values, bounds, properties, required, items } = kind;
  const parts: string[] = [type];
  if (values)
    parts.push(
      values
        .map((value) => JSON.stringify(value))
        .sort()
        .join(),
    );
  parts.push([...bounds.keys()].sort().join());
  if (levels > 0) {
    const members = [...properties].map(
      ([name, schema]) => `${signatureOf(read, schema, 0)}${required.has(name) ? "!" : ""}`,
    );
    parts.push(`{${members.sort().join()}}`);
    if (type === "array") parts.push(`[${signatureOf(read, items, levels - 1)}]`);
  }
  return parts.join(" ");
}
