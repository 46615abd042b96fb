/** Applies an overlay to a document, action by action, and tells which actions the document no longer needs. */
import { exec, type JsonValue } from "jsonpath-rfc9535";
import { isObject, valueAt } from "../provider/base/values.ts";
import { DocumentError } from "./error.ts";
import type { JsonObject } from "./json.ts";
import { MAPS } from "./normalise.ts";
import type { Overlay, OverlayAction } from "./overlay.ts";

export interface Overlaid {
  /** A copy of the document, changed. */
  content: unknown;
  /** A line for each action that changes nothing, as the document says it by itself. */
  needless: string[];
}

/**
 * Throws `DocumentError` for an action that matches nothing, or that does not fit what it matches: a correction that no longer
 * corrects is a fault, not something to pass over.
 */
export function applyOverlay(document: unknown, overlay: Overlay): Overlaid {
  // A root of its own, so that every place has a container.
  const box = { root: structuredClone(document) };
  const needless: string[] = [];
  overlay.actions.forEach((action, index) => {
    const place = `${overlay.source}: actions[${index}] (${action.target})`;
    const isNeedless = new Application(box, action, place).run();
    if (isNeedless) needless.push(`${place} can go: the document says so by itself`);
  });
  return { content: box.root, needless };
}

type Key = string | number;

/** A place in the document: `container[key]`. */
interface Place {
  container: object;
  key: Key;
  path: readonly Key[];
}

class Application {
  readonly #box: { root: unknown };
  readonly #action: OverlayAction;
  readonly #place: string;

  constructor(box: { root: unknown }, action: OverlayAction, place: string) {
    this.#box = box;
    this.#action = action;
    this.#place = place;
  }

  /** Whether nothing had to be changed. */
  run(): boolean {
    const { target, change } = this.#action;
    const places = this.#find(target);
    if (places.length === 0) this.#fail("matches nothing");
    if ("remove" in change) {
      // The last of a list first, so that the indexes of the others stay.
      for (const place of places.sort((a, b) => Number(b.key) - Number(a.key))) this.#remove(place);
      return false;
    }
    const update = "copy" in change ? this.#source(change.copy) : change.update;
    const kinds = new Set(places.map((place) => kindOf(contentOf(place))));
    if (kinds.size > 1) this.#fail(`matches ${[...kinds].join(" and ")}, expected places of one kind`);
    if (places.every((place) => this.#holds(contentOf(place), update))) return true;
    for (const place of places) this.#update(place, update);
    return false;
  }

  #fail(problem: string): never {
    throw new DocumentError(`${this.#place}: ${problem}`);
  }

  /** Each place once, though a path may lead to it twice. */
  #find(query: string): Place[] {
    const places = new Map<string, Place>();
    try {
      exec(this.#box.root as JsonValue, query, (_, escaped) => {
        const path = escaped.map(plainKey);
        const container = path.length === 0 ? this.#box : this.#at(path.slice(0, -1));
        if (typeof container === "object" && container !== null)
          places.set(JSON.stringify(path), { container, key: path.at(-1) ?? "root", path });
      });
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      this.#fail(`is no JSONPath of RFC 9535: ${fault.split("\n")[0]}`);
    }
    return [...places.values()];
  }

  #at(path: readonly Key[]): unknown {
    return valueAt(this.#box.root, path.map(String));
  }

  #source(query: string): unknown {
    const [first, ...others] = this.#find(query);
    if (!first || others.length > 0)
      this.#fail(`copy: ${query} matches ${others.length + (first ? 1 : 0)} places, expected one`);
    return structuredClone(contentOf(first));
  }

  /** Whether a value says already what the update says. */
  #holds(value: unknown, update: unknown): boolean {
    if (Array.isArray(value))
      return (Array.isArray(update) ? update : [update]).every((item) =>
        value.some((one) => isSame(one, item)),
      );
    if (!isObject(value) || !isObject(update)) return isSame(value, update);
    return Object.entries(update).every(
      ([key, item]) =>
        Object.hasOwn(value, key) &&
        (isSame(value[key], item) || (isMerged(value[key], item) && this.#holds(value[key], item))),
    );
  }

  #remove({ container, key, path }: Place): void {
    const value: unknown = Reflect.get(container, key);
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else Reflect.deleteProperty(container, key);
    const schema = path.at(-2) === "required" ? this.#at(path.slice(0, -2)) : undefined;
    // That a member may be absent is said of the member.
    const member = isObject(schema) ? valueAt(schema, ["properties", String(value)]) : undefined;
    if (isObject(member)) this.#note(member);
    else this.#cite(path.slice(0, -1));
  }

  #update({ container, key, path }: Place, update: unknown): void {
    const value: unknown = Reflect.get(container, key);
    if (isObject(value)) {
      if (!isObject(update)) this.#fail(`expected an object to merge, found ${kindOf(update)}`);
      this.#merge(value, update, path);
    } else if (Array.isArray(value)) {
      value.push(...structuredClone(Array.isArray(update) ? update : [update]));
      this.#cite(path);
    } else if (isObject(update) || Array.isArray(update)) {
      this.#fail(`expected a plain value in place of one, found ${kindOf(update)}`);
    } else {
      setOwn(container, key, update);
      this.#cite(path);
    }
  }

  #merge(target: JsonObject, update: JsonObject, path: readonly Key[]): void {
    for (const [key, item] of Object.entries(update)) {
      const here = [...path, key];
      const known = Object.hasOwn(target, key) ? target[key] : undefined;
      if (known !== undefined && isSame(known, item)) continue;
      if (isObject(known) && isObject(item)) this.#merge(known, item, here);
      else {
        if (known === undefined) setOwn(target, key, structuredClone(item));
        else if (Array.isArray(known) && Array.isArray(item)) known.push(...structuredClone(item));
        else if (isPlain(known) && isPlain(item)) setOwn(target, key, item);
        else this.#fail(`${here.join(".")} is ${kindOf(known)}, which does not merge with ${kindOf(item)}`);
        this.#cite(here);
      }
    }
  }

  /** Leaves the evidence at the schema that was changed: the one that is new at this place, or the one around it. */
  #cite(changed: readonly Key[]): void {
    if (!this.#action.evidence) return;
    for (let path = changed; path.length > 0; path = path.slice(0, -1)) {
      const value = this.#at(path);
      if (!isObject(value) || isMap(path)) continue;
      if (path !== changed || isMap(path.slice(0, -1))) {
        this.#note(value);
        return;
      }
    }
  }

  #note(schema: JsonObject): void {
    const { evidence, description } = this.#action;
    if (!evidence) return;
    const known: unknown[] = [schema["x-evidence"] ?? []].flat();
    const added: JsonObject = { ...evidence, ...(description !== undefined && { note: description }) };
    // What replaces a list is two actions with one evidence.
    if (
      known.some(
        (one) => isObject(one) && isSame({ ...one, note: added.note }, { ...added, note: added.note }),
      )
    )
      return;
    schema["x-evidence"] = [...known, added];
  }
}

const contentOf = ({ container, key }: Place): unknown => Reflect.get(container, key);

const isMerged = (a: unknown, b: unknown): boolean =>
  (isObject(a) && isObject(b)) || (Array.isArray(a) && Array.isArray(b));

/** Whether the keys there are names, not words of OpenAPI. */
const isMap = (path: readonly Key[]): boolean =>
  MAPS.has(String(path.at(-1))) && !MAPS.has(String(path.at(-2)));

const isPlain = (value: unknown): boolean => typeof value !== "object" || value === null;

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : "a plain value";
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}

/** A key of a normalised path as it stands in the document. */
const plainKey = (key: Key): Key =>
  typeof key === "number"
    ? key
    : key.replace(/\\(u[0-9a-f]{4}|.)/g, (_, code: string) => plainCharacter(code));

const plainCharacter = (code: string): string =>
  code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES.get(code) ?? code);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

// A member may be called `__proto__`.
function setOwn(target: object, key: string | number, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
