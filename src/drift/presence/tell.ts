/** What vanished or appeared, as findings of a drift report; and the profile that later answers are held against. */

import { expectList, expectObject } from "../../openapi/arguments.ts";
import { KIND_WORDS } from "../base/problem.ts";
import type { DriftReport } from "../check/check.ts";
import { isRead } from "../check/client.ts";
import type { Finding } from "../check/findings.ts";
import { bySeverity, withoutTwins } from "../check/twins.ts";
import { comparePresence, isDoubtful, MIN_ANSWERS, type PresenceChange, type Share } from "./compare.ts";
import { DONE, HEADERS, type KindFacts, type PresenceObserver } from "./observe.ts";
import { addKind, emptyKind, type PresenceKind, type PresenceProfile, sum } from "./profile.ts";

/** A report with what presence adds to it. */
export interface PresenceResult {
  /** With a finding for each change; a member that the document misses or does not know, and that changed, is told once. */
  report: DriftReport;
  /** A line for each kind of answer of which nothing can be told yet. */
  notes: string[];
}

/** Compares what the check saw with earlier answers, and adds what vanished, was renamed, or appeared. */
export function tellPresence(
  report: DriftReport,
  earlier: PresenceProfile,
  observer: PresenceObserver,
): PresenceResult {
  expectObject("tellPresence", "report", report, { findings: "list" });
  expectObject("tellPresence", "earlier", earlier, { kinds: "object" });
  expectObject("tellPresence", "observer", observer, { profile: "function" });
  const met = [...observer.profile().kinds];
  const both = met.flatMap(([name, now]) => {
    const before = earlier.kinds.get(name);
    return before ? [{ name, before, now: withRecent(before, now) }] : [];
  });
  const changes = comparePresence(both);
  const findings = both.flatMap(({ name, now }) =>
    (changes.get(name) ?? []).map((change) => findingOf(change, name, now, observer.about(name))),
  );
  const notes = met.flatMap(([name, now]) => noteOf(name, now, earlier.kinds.get(name)));
  return { report: { ...report, findings: merged(report.findings, findings) }, notes };
}

function noteOf(name: string, now: PresenceKind, before: PresenceKind | undefined): string[] {
  const answers = sum((before ?? emptyKind()).groups);
  if (answers >= MIN_ANSWERS) return [];
  return [
    `${name}: presence is told from ${MIN_ANSWERS} earlier answers on, the profile has ${answers}; now ${sum(now.groups)}`,
  ];
}

/** The answers of now, with the latest of the profile where something is already missing in all of them. */
const withRecent = ({ recent }: PresenceKind, now: PresenceKind): PresenceKind =>
  recent && isLater(now, recent) ? joined(recent, now) : now;

/**
 * The profile with the answers of this check: added where they are all later than those it has, else in their place where they
 * are as many or more. Where something is missing in all of them that may have vanished, they are kept apart, so that a few
 * answers each night tell together what none of them tells alone. A kind of which something vanished stays as it was, until
 * `accepted` is set on each such finding: then it begins anew.
 */
export function updatePresence(
  earlier: PresenceProfile,
  observer: PresenceObserver,
  findings: readonly Finding[],
): PresenceProfile {
  expectObject("updatePresence", "earlier", earlier, { kinds: "object" });
  expectObject("updatePresence", "observer", observer, { profile: "function" });
  expectList("updatePresence", "findings", findings, "object");
  const kinds = new Map(earlier.kinds);
  const apart = findings.flatMap(({ also = [], ...finding }) => [
    finding,
    ...also.map((one) => ({ ...one, accepted: finding.accepted })),
  ]);
  for (const [name, now] of observer.profile().kinds) {
    const before = kinds.get(name);
    const gone = apart.filter(({ kind, presenceOf }) => presenceOf === name && kind !== "appeared");
    if (gone.some(({ accepted }) => !accepted)) continue;
    const next = !before || gone.length > 0 ? now : grown(before, now);
    kinds.set(name, next);
  }
  return { kinds };
}

function grown(before: PresenceKind, now: PresenceKind): PresenceKind {
  const { recent, ...known } = before;
  const all = recent ? joined(known, recent) : known;
  if (!isLater(now, all)) return sum(now.groups) >= sum(all.groups) ? now : before;
  const latest = recent ? joined(recent, now) : now;
  return isDoubtful(known, latest) ? { ...known, recent: latest } : joined(known, latest);
}

function joined(before: PresenceKind, now: PresenceKind): PresenceKind {
  const both = emptyKind();
  addKind(both, before);
  addKind(both, now);
  return both;
}

const isLater = (now: PresenceKind, before: PresenceKind): boolean =>
  now.from !== undefined && before.to !== undefined && now.from > before.to;

function findingOf(
  told: PresenceChange,
  name: string,
  kind: PresenceKind,
  facts: KindFacts | undefined,
): Finding {
  const { change, place, newPlace, before, now, isNull } = told;
  const { schema = name, host = "", role } = facts ?? {};
  const isGone = change !== "appeared";
  const count = isGone ? now.of - now.seen : now.seen;
  const period = {
    ...(kind.from !== undefined && { firstSeen: kind.from }),
    ...(kind.to !== undefined && { lastSeen: kind.to }),
  };
  return {
    key: `${schema} ${place} ${change}${newPlace === undefined ? "" : ` ${newPlace}`}`,
    schema,
    side: "answer",
    ...(host !== "" && { host }),
    ...(role && { role }),
    place,
    kind: change,
    problem: KIND_WORDS[change],
    // Whoever waits for the end of a stream waits for ever; all else the document may allow to be absent.
    breaking: isGone && place === DONE,
    breaksClient: isGone && (place.startsWith(`${HEADERS} `) || (role !== undefined && isRead(role, place))),
    expected: `${isNull ? "not null " : ""}in ${shareText(before)}`,
    found: foundText(told),
    count,
    of: now.of,
    share: now.of === 0 ? 0 : count / now.of,
    ...period,
    example: "",
    samples: [],
    days: [],
    evidence: { site: "" },
    presenceOf: name,
  };
}

function foundText({ change, newPlace, now, isNull }: PresenceChange): string {
  if (change === "renamed") return `now ${newPlace}`;
  if (isNull) return now.seen === 0 ? "now always null" : `now not null in ${shareText(now)}`;
  return now.seen === 0 ? `now in none of ${now.of}` : `now in ${shareText(now)}`;
}

const shareText = ({ seen, of }: Share): string => `${seen} of ${of}`;

/** Each change with what the document says of the same: a missing field that vanished, an unknown one that is new. */
function merged(found: readonly Finding[], changes: readonly Finding[]): Finding[] {
  let rest = [...found];
  const told = changes.flatMap((change) => {
    const isSame = (finding: Finding) => finding.schema === change.schema && finding.host === change.host;
    const isOf = (finding: Finding) =>
      isSame(finding) &&
      ((change.kind !== "appeared" && finding.kind === "missing" && finding.place === change.place) ||
        (change.kind === "renamed" && finding.kind === "unknown" && change.found === `now ${finding.place}`));
    // That a field is new and unknown is told as that.
    if (
      change.kind === "appeared" &&
      rest.some((one) => isSame(one) && one.kind === "unknown" && one.place === change.place)
    )
      return [];
    const also = rest.filter(isOf);
    rest = rest.filter((finding) => !also.includes(finding));
    const [known] = also.toSorted((a, b) => Number(b.kind === "unknown") - Number(a.kind === "unknown"));
    if (!known) return [change];
    return [
      {
        ...change,
        breaking: change.breaking || also.some(({ breaking }) => breaking),
        breaksClient: change.breaksClient || also.some(({ breaksClient }) => breaksClient),
        ...(known.firstSeen !== undefined && { firstSeen: known.firstSeen }),
        ...(known.lastSeen !== undefined && { lastSeen: known.lastSeen }),
        example: known.example,
        samples: known.samples,
        days: known.days,
        also,
      },
    ];
  });
  return bySeverity(withoutTwins([...told, ...rest]));
}
