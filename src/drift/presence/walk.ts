/** Which members one answer has. */
import { jsonType } from "../../openapi/json.ts";
import { formatPlace } from "../base/problem.ts";
import { nameOf } from "../privacy/quote.ts";

/** What one answer has at a place: whether anything but null, and of which types. */
export interface Sight {
  isFilled: boolean;
  types: Set<string>;
}

/** By place. */
export type Sights = Map<string, Sight>;

// What is longer or deeper is no description of an answer; a hostile one must cost no more than another.
const MAX_DEPTH = 24;
const MAX_ITEMS = 200;
const MAX_PLACES = 2_000;

/** Adds all places of the value to what was seen of the answer. */
export function addSights(sights: Sights, value: unknown): void {
  walk(sights, value, []);
}

/** Adds one place. */
export function addSight(sights: Sights, place: string, value: unknown): void {
  let sight = sights.get(place);
  if (!sight) {
    if (sights.size >= MAX_PLACES) return;
    sight = { isFilled: false, types: new Set() };
    sights.set(place, sight);
  }
  const type = jsonType(value);
  if (type === "null") return;
  sight.isFilled = true;
  sight.types.add(type === "integer" ? "number" : type);
}

function walk(sights: Sights, value: unknown, path: readonly string[]): void {
  if (path.length > 0) addSight(sights, formatPlace(path), value);
  if (typeof value !== "object" || value === null || path.length >= MAX_DEPTH) return;
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS);
    const inner = [...path, "[]"];
    // Vectors and lists of texts: one item tells all.
    const told = items.some((item) => typeof item === "object" && item !== null) ? items : items.slice(0, 1);
    for (const item of told) walk(sights, item, inner);
    return;
  }
  let members = 0;
  for (const name in value) {
    if (++members > MAX_PLACES) return;
    if (Object.hasOwn(value, name)) walk(sights, Reflect.get(value, name), [...path, nameOf(name)]);
  }
}
