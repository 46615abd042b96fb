/** What vanished or appeared since earlier answers, by a test that tells it from chance. */
import { allOnOneSide, type Counts, type Trial, tarone } from "./chance.ts";
import { HEADERS, NO_MODEL } from "./observe.ts";
import { couldBe, type PresenceKind, type PresencePlace, parentPlace, sum } from "./profile.ts";

/** Earlier answers of a kind from which on something is told of it. */
export const MIN_ANSWERS = 30;

/** With this probability at most, one check says of anything at all that it changed when nothing did. */
export const ALPHA = 0.01;

/** How often a place was there, of how many answers in which it could be. */
export interface Share {
  seen: number;
  of: number;
}

/** A change of presence. */
export interface PresenceChange {
  /** `vanished`: gone, from now on null, or no longer always there. `renamed`: gone, and one of its shape is in its stead. */
  change: "vanished" | "renamed" | "appeared";
  place: string;
  /** Of what was renamed. */
  newPlace?: string;
  before: Share;
  now: Share;
  /** It is still there, and null. */
  isNull?: true;
  /** How likely this is by chance alone, of this place. */
  p: number;
}

interface Judged extends Trial {
  change: PresenceChange;
}

/** The changes of several kinds of answers, judged together; each kind with its name. */
export function comparePresence(
  kinds: readonly { name: string; before: PresenceKind; now: PresenceKind }[],
  alpha: number = ALPHA,
): Map<string, PresenceChange[]> {
  const judged = kinds
    .filter(({ before }) => sum(before.groups) >= MIN_ANSWERS)
    .map(({ name, before, now }) => ({ name, trials: trialsOf(before, now), before, now }));
  const level = tarone(
    judged.flatMap(({ trials }) => trials),
    alpha,
  );
  return new Map(
    judged.map(({ name, trials, before, now }) => {
      const changes = trials.filter(({ p }) => p <= level).map(({ change }) => change);
      return [name, withRenames(outermost(once(changes)), before, now)];
    }),
  );
}

// What chance alone does one time in twenty may be the beginning of more.
const DOUBT = 0.05;

/** Whether something that may have vanished is missing in these answers, and they are too few to tell. */
export const isDoubtful = (before: PresenceKind, now: PresenceKind): boolean =>
  trialsOf(before, now).some(({ p, change }) => change.change === "vanished" && p <= DOUBT);

function trialsOf(before: PresenceKind, now: PresenceKind): Judged[] {
  const places = new Set([...before.places.keys(), ...now.places.keys()]);
  places.delete(HEADERS);
  return [...places].flatMap((place) => trialsOfPlace(place, before, now));
}

function trialsOfPlace(place: string, before: PresenceKind, now: PresenceKind): Judged[] {
  const [entry, entryNow] = [before.places.get(place), now.places.get(place)];
  const there = countsOf(
    (group) => [entry?.seen.get(group) ?? 0, couldBe(before, place, group)],
    (group) => [entryNow?.seen.get(group) ?? 0, couldBe(now, place, group)],
    before,
    now,
  );
  const filled = countsOf(
    (group) => [entry?.filled.get(group) ?? 0, entry?.seen.get(group) ?? 0],
    (group) => [entryNow?.filled.get(group) ?? 0, entryNow?.seen.get(group) ?? 0],
    before,
    now,
  );
  const isNull = { isNull: true } as const;
  return [
    ...judge(lost(there), (share) => ({ change: "vanished", place, ...share })),
    ...judge(gained(there), (share) => ({ change: "appeared", place, ...share })),
    ...judge(lost(filled), (share) => ({ change: "vanished", place, ...isNull, ...share })),
  ];
}

type Outcome = { p: number; least: number; before: Share; now: Share };

const judge = (
  outcomes: readonly Outcome[],
  changeOf: (share: { before: Share; now: Share; p: number }) => PresenceChange,
): Judged[] =>
  outcomes.map(({ p, least, before, now }) => ({ p, least, change: changeOf({ before, now, p }) }));

/** Counts by group, and all together. `isWhole`: every group that is there now was there before. */
interface PlaceCounts {
  groups: Counts[];
  all: Counts;
  isWhole: boolean;
  /** Models and the like in which it could be before. */
  kinds: number;
}

function countsOf(
  countBefore: (group: string) => [seen: number, of: number],
  countNow: (group: string) => [seen: number, of: number],
  before: PresenceKind,
  now: PresenceKind,
): PlaceCounts {
  const all: Counts = { seen: 0, of: 0, nowSeen: 0, nowOf: 0 };
  const groups: Counts[] = [];
  let [isWhole, kinds] = [true, 0];
  for (const group of new Set([...before.groups.keys(), ...now.groups.keys()])) {
    const [[seen, of], [nowSeen, nowOf]] = [countBefore(group), countNow(group)];
    const counts = { seen, of, nowSeen, nowOf };
    if (of > 0) kinds++;
    if (nowOf > 0 && of === 0 && group !== NO_MODEL) isWhole = false;
    // A group of one side only says nothing of a change.
    if (of > 0 && nowOf > 0) groups.push(counts);
    for (const key of ["seen", "of", "nowSeen", "nowOf"] as const) all[key] += counts[key];
  }
  return { groups, all, isWhole, kinds };
}

// What three groups at least all had may be expected of another.
const MANY_GROUPS = 3;

/** Gone altogether, group by group; or missing in some, where it was always there in all groups. */
function lost({ groups, all, isWhole, kinds }: PlaceCounts): Outcome[] {
  const before = { seen: all.seen, of: all.of };
  const now = { seen: all.nowSeen, of: all.nowOf };
  const misses: Counts = { ...all, seen: all.of - all.seen, nowSeen: all.nowOf - all.nowSeen };
  const wasAlways = misses.seen === 0 && all.of > 0 && (isWhole || kinds >= MANY_GROUPS);
  return [
    outcome([misses], "now", before, now, wasAlways && misses.nowSeen > 0),
    outcome(groups, "before", before, now, all.seen > 0 && all.nowOf > 0 && all.nowSeen === 0),
  ];
}

function gained({ groups, all }: PlaceCounts): Outcome[] {
  const before = { seen: all.seen, of: all.of };
  const now = { seen: all.nowSeen, of: all.nowOf };
  return [outcome(groups, "now", before, now, all.seen === 0 && all.nowSeen > 0)];
}

/** `came`: all that was seen is on this side. */
function outcome(
  groups: readonly Counts[],
  side: "before" | "now",
  before: Share,
  now: Share,
  came: boolean,
): Outcome {
  const least = allOnOneSide(groups, side);
  return { p: came ? least : 1, least, before, now };
}

/** Two tests may say the same of a place; what is gone altogether is not told as null, too. */
const once = (changes: readonly PresenceChange[]): PresenceChange[] => [
  ...new Map(changes.toReversed().map((change) => [change.place, change])).values(),
];

/** Without what is in a member that changed itself. */
function outermost(changes: readonly PresenceChange[]): PresenceChange[] {
  const changed = new Set(changes.map(({ place }) => place));
  return changes.filter(({ place }) => {
    for (let parent = parentPlace(place); parent !== undefined; parent = parentPlace(parent))
      if (changed.has(parent)) return false;
    return true;
  });
}

/** One gone, and one of its shape there in the same object, which was not there before, is one change. */
function withRenames(
  changes: readonly PresenceChange[],
  before: PresenceKind,
  now: PresenceKind,
): PresenceChange[] {
  const fresh = [...now.places].filter(([place]) => !before.places.has(place) && place !== HEADERS);
  const taken = new Set<string>();
  const told = changes
    .filter(({ change }) => change === "vanished")
    .map((gone): PresenceChange => {
      const was = before.places.get(gone.place);
      if (!was || gone.isNull) return gone;
      const [match] = fresh.filter(
        ([place, entry]) => !taken.has(place) && isRename(gone, was, place, entry, before, now),
      );
      if (!match) return gone;
      taken.add(match[0]);
      return { ...gone, change: "renamed", newPlace: match[0] };
    });
  const appeared = changes.filter(({ change, place }) => change === "appeared" && !taken.has(place));
  return [...told, ...appeared];
}

/** Whether the place, which is new, is what is gone under another name: beside it, of its shape, about as often. */
function isRename(
  gone: PresenceChange,
  was: PresencePlace,
  place: string,
  entry: PresencePlace,
  before: PresenceKind,
  now: PresenceKind,
): boolean {
  const isType = (name: string) => name.startsWith(`${HEADERS} content-type`);
  return (
    parentPlace(place) === parentPlace(gone.place) &&
    place.endsWith("[]") === gone.place.endsWith("[]") &&
    place.startsWith("(") === gone.place.startsWith("(") &&
    isType(place) === isType(gone.place) &&
    haveCommon(was.types, entry.types) &&
    isLike(membersOf(before, gone.place), membersOf(now, place)) &&
    isAsOften(gone, sum(entry.seen))
  );
}

const haveCommon = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === 0 ? b.size === 0 : [...a].some((type) => b.has(type));

/** A third of what is missing, at least: chance makes small counts uneven. */
function isAsOften({ before, now }: PresenceChange, newSeen: number): boolean {
  const missing = before.seen / Math.max(1, before.of) - now.seen / Math.max(1, now.of);
  return (newSeen / Math.max(1, now.of)) * 3 >= missing;
}

/** Half of the names are the same. */
function isLike(a: readonly string[], b: readonly string[]): boolean {
  const common = a.filter((name) => b.includes(name)).length;
  return common * 2 >= Math.max(a.length, b.length);
}

/** The members of an object, or of the items of a list. */
const membersOf = ({ places }: PresenceKind, place: string): string[] =>
  [...places.keys()]
    .filter((inner) => parentPlace(inner) === place)
    .map((inner) => inner.slice(place.length));
