/** What the parts of a comparison of schemas share. */
import type { PlacedFinding } from "./change.ts";
import type { Direction, SchemaRule } from "./rules.ts";
import type { ShapeReader } from "./shape.ts";

export type Side = "before" | "after";

export type Readers = Record<Side, ShapeReader>;

export interface SchemaContext {
  direction: Direction;
  read: Readers;
  compare(before: unknown, after: unknown): PlacedFinding[];
  isSame(before: unknown, after: unknown): boolean;
  rule(rule: SchemaRule): `${Direction}-${SchemaRule}`;
}
