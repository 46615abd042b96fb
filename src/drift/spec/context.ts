/** What every part of a comparison is given. */
import { DocumentError } from "../../openapi/document.ts";
import { note } from "./change.ts";
import type { Gatherer } from "./gather.ts";
import type { Direction } from "./rules.ts";
import type { SchemaComparer } from "./schema.ts";

export interface Comparers extends Record<Direction, SchemaComparer> {
  /** Of parameters, which are text on the wire: `1` is a number and a text. */
  parameter: SchemaComparer;
  /** The same of headers. */
  header: SchemaComparer;
}

export interface Context {
  schemas: Comparers;
  gathered: Gatherer;
  /** Whether a part that can't be read costs the comparison, or itself alone. */
  isStrict: boolean;
}

/** Runs a part; where a document can't be followed there, that is told as a change of its own. */
export function guarded(
  { gathered, isStrict }: Context,
  subject: string,
  direction: Direction,
  part: () => void,
): void {
  try {
    part();
  } catch (error) {
    if (isStrict || !(error instanceof DocumentError)) throw error;
    gathered.addAlike(subject, direction, note("not-compared", `can't be compared: ${error.message}`));
  }
}
