/** How often each member is there, per kind of answer: no values, no texts. As a file, it is what later answers are held against. */
import { expectObject, expectText } from "../../openapi/arguments.ts";
import { isObject } from "../../provider/base/values.ts";

/** How often each member is there. */
export interface PresenceProfile {
  /** By what was asked and how it was answered: `api.example.com POST /chat/completions 200`. */
  kinds: Map<string, PresenceKind>;
}

/** Answers of one kind; a stream counts once, whatever its number of events. */
export interface PresenceKind {
  /** How many answers there were in each group: those with the same model and the same members in the request. */
  groups: Map<string, number>;
  /** When the first was made, ISO 8601, where answers tell it. */
  from?: string;
  /** When the last was made. */
  to?: string;
  /** By place: `choices[].message.content`. */
  places: Map<string, PresencePlace>;
  /** The latest answers, where something is missing in all of them that may have vanished: they count as those of now. */
  recent?: PresenceKind;
}

/** One place, over all answers of a kind. */
export interface PresencePlace {
  /** In how many answers of each group it is there. */
  seen: Map<string, number>;
  /** In how many of them it is not null. */
  filled: Map<string, number>;
  /** JSON types other than null: `number` stands for integers too. */
  types: Set<string>;
}

/** A profile that can't be read. The message names the file. */
export class PresenceError extends Error {
  /** Tells it from other errors. */
  override name = "PresenceError";
}

export const emptyKind = (): PresenceKind => ({ groups: new Map(), places: new Map() });
export const emptyPlace = (): PresencePlace => ({ seen: new Map(), filled: new Map(), types: new Set() });

export const sum = (counts: ReadonlyMap<string, number>): number => {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
};

export function addTo(counts: Map<string, number>, group: string, more = 1): void {
  counts.set(group, (counts.get(group) ?? 0) + more);
}

/** Of `choices[].message` it is `choices[]`, of that `choices`; undefined for a place of the answer itself. */
export function parentPlace(place: string): string | undefined {
  if (place.startsWith("(headers) ")) return "(headers)";
  // Beside the body, as the end of a stream is.
  if (place.startsWith("(")) return undefined;
  const end = place.endsWith("[]")
    ? place.length - 2
    : place.endsWith("]")
      ? place.lastIndexOf('["')
      : place.lastIndexOf(".");
  return end <= 0 ? undefined : place.slice(0, end);
}

/** In how many answers of the group the place could be: those in which what holds it is there, and is not null. */
export function couldBe(kind: PresenceKind, place: string, group: string): number {
  const parent = parentPlace(place);
  if (parent === undefined) return kind.groups.get(group) ?? 0;
  return kind.places.get(parent)?.filled.get(group) ?? 0;
}

const VERSION = 1;

/** The profile as the text of its file: place by place, so that a change of it can be read. */
export function formatPresence(profile: PresenceProfile): string {
  expectObject("formatPresence", "profile", profile, { kinds: "object" });
  const kinds = sorted(profile.kinds).map(([name, kind]) => [name, kindAsJson(kind)]);
  return `${JSON.stringify({ presence: VERSION, kinds: Object.fromEntries(kinds) }, undefined, 2)}\n`;
}

function kindAsJson(kind: PresenceKind): object {
  const places = sorted(kind.places).map(([place, entry]) => [place, placeAsJson(kind, place, entry)]);
  return {
    answers: sum(kind.groups),
    ...(kind.from !== undefined && { from: kind.from }),
    ...(kind.to !== undefined && { to: kind.to }),
    groups: Object.fromEntries(sorted(kind.groups)),
    places: Object.fromEntries(places),
    ...(kind.recent && { recent: kindAsJson(kind.recent) }),
  };
}

/** `436/436 string` where every answer has it, else the same for each group. */
function placeAsJson(kind: PresenceKind, place: string, entry: PresencePlace): unknown {
  const types = [...entry.types].sort().join("|");
  const all = sum(kind.groups);
  if (sum(entry.seen) === all && sum(entry.filled) === all) return `${all}/${all}${types && ` ${types}`}`;
  const groups = sorted(kind.groups).flatMap(([group]) => {
    const of = couldBe(kind, place, group);
    const [seen, filled] = [entry.seen.get(group) ?? 0, entry.filled.get(group) ?? 0];
    return of === 0 && seen === 0
      ? []
      : [[group, `${seen}/${of}${filled === seen ? "" : `, ${filled} not null`}`]];
  });
  return { ...(types !== "" && { is: types }), in: Object.fromEntries(groups) };
}

/** Reads a profile from its text. Throws `PresenceError`. */
export function parsePresence(text: string, source: string): PresenceProfile {
  expectText("parsePresence", "text", text);
  expectText("parsePresence", "source", source);
  const fail = (problem: string): never => {
    throw new PresenceError(`${source}: ${problem}`);
  };
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return fail("expected a profile of presence in JSON; write one with --update-presence");
  }
  if (!isObject(content) || !isObject(content.kinds)) return fail('expected an object "kinds"');
  if (content.presence !== VERSION)
    return fail(`expected "presence": ${VERSION}, found ${JSON.stringify(content.presence)?.slice(0, 40)}`);
  const kinds = Object.entries(content.kinds).map(([name, value]): [string, PresenceKind] => [
    name,
    readKind(value, (problem) => fail(`kinds[${JSON.stringify(name)}]${problem}`)),
  ]);
  return { kinds: new Map(kinds) };
}

function readKind(value: unknown, fail: (problem: string) => never): PresenceKind {
  if (!isObject(value) || !isObject(value.groups) || !isObject(value.places))
    return fail(': expected "groups" and "places"');
  const { from, to } = value;
  const groups = Object.entries(value.groups).map(([group, count]): [string, number] =>
    isCount(count) ? [group, count] : fail(`.groups[${JSON.stringify(group)}]: expected a count`),
  );
  const kind: PresenceKind = {
    groups: new Map(groups),
    places: new Map(),
    ...(typeof from === "string" && { from }),
    ...(typeof to === "string" && { to }),
  };
  for (const [place, entry] of Object.entries(value.places))
    kind.places.set(
      place,
      readPlace(entry, kind, (problem) => fail(`.places[${JSON.stringify(place)}]${problem}`)),
    );
  if (value.recent !== undefined)
    kind.recent = readKind(value.recent, (problem) => fail(`.recent${problem}`));
  return kind;
}

function readPlace(value: unknown, kind: PresenceKind, fail: (problem: string) => never): PresencePlace {
  if (typeof value === "string") {
    const [counts = "", types = ""] = value.split(" ", 2);
    const all = sum(kind.groups);
    if (counts !== `${all}/${all}`) return fail(`: expected ${all}/${all}, as many as there are answers`);
    return { seen: new Map(kind.groups), filled: new Map(kind.groups), types: readTypes(types) };
  }
  if (!isObject(value) || !isObject(value.in)) return fail(': expected counts, or an object with "in"');
  const entry = { ...emptyPlace(), types: readTypes(typeof value.is === "string" ? value.is : "") };
  for (const [group, text] of Object.entries(value.in)) {
    const [, seen, of, filled] = /^(\d+)\/(\d+)(?:, (\d+) not null)?$/.exec(String(text)) ?? [];
    const most = Math.min(Number(of), kind.groups.get(group) ?? 0);
    if (seen === undefined || Number(seen) > most || Number(filled ?? seen) > Number(seen))
      return fail(`.in[${JSON.stringify(group)}]: expected counts, as 3/12, of its answers`);
    if (Number(seen) > 0) entry.seen.set(group, Number(seen));
    if (Number(filled ?? seen) > 0) entry.filled.set(group, Number(filled ?? seen));
  }
  return entry;
}

const readTypes = (text: string): Set<string> => new Set(text === "" ? [] : text.split("|"));

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

/** Adds the answers of another kind, which are others than those that it has. */
export function addKind(to: PresenceKind, more: PresenceKind): void {
  for (const time of [more.from, more.to]) if (time !== undefined) widen(to, time);
  for (const [group, count] of more.groups) addTo(to.groups, group, count);
  for (const [place, entry] of more.places) {
    const target = to.places.get(place) ?? emptyPlace();
    to.places.set(place, target);
    for (const [group, count] of entry.seen) addTo(target.seen, group, count);
    for (const [group, count] of entry.filled) addTo(target.filled, group, count);
    for (const type of entry.types) target.types.add(type);
  }
}

/** Takes in one more time, ISO 8601. */
export function widen(kind: PresenceKind, time: string): void {
  if (kind.from === undefined || time < kind.from) kind.from = time;
  if (kind.to === undefined || time > kind.to) kind.to = time;
}
