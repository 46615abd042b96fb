/** Makes a profile of presence out of the samples that a drift check looks at. */
import type { CheckedRole } from "../../provider/base/reads.ts";
import { isObject } from "../../provider/base/values.ts";
import { hostOf, madeAt, type Sample, type StreamState } from "../base/sample.ts";
import type { Onlooker } from "../check/check.ts";
import { dataOf, type Part } from "../check/compare.ts";
import { isQuoted, nameOf } from "../privacy/quote.ts";
import {
  addTo,
  emptyKind,
  emptyPlace,
  type PresenceKind,
  type PresenceProfile,
  parentPlace,
  widen,
} from "./profile.ts";
import { addSight, addSights, type Sights } from "./walk.ts";

/** What is seen of each kind of answer while a drift check takes its samples. */
export interface PresenceObserver {
  /** Hand it to `createDriftCheck`. */
  look: Onlooker;
  /** What was seen so far. */
  profile(): PresenceProfile;
  /** What the answers of a kind were compared as. */
  about(kind: string): KindFacts | undefined;
}

/** What a kind of answer is in the document, and to this client. */
export interface KindFacts {
  /** The schema's name in the document. */
  schema: string;
  /** The host that answered; empty where no answer tells it. */
  host: string;
  /** What this client reads it as, if it does. */
  role: CheckedRole | undefined;
}

/** The place of a stream's `[DONE]`. */
export const DONE = "(end) [DONE]";
/** Present where an answer's headers are known. */
export const HEADERS = "(headers)";

const LIMIT_HEADER = /ratelimit|^retry-after/;

// Free names and models must not make the memory grow.
const MAX_KINDS = 500;
const MAX_GROUPS = 300;
const MAX_NAMES_OF_ONE_PARENT = 100;
const MAX_PLACES = 2_000;
const MAX_IDS = 200_000;
const MAX_FEATURES = 12;

/** Members of a request on which it does not depend which members the answer has. */
const SHAPELESS = new Set([
  ...[
    "model",
    "messages",
    "input",
    "prompt",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "seed",
    "stop",
  ],
  ...["max_tokens", "max_completion_tokens", "frequency_penalty", "presence_penalty", "repetition_penalty"],
  ...["logit_bias", "user", "metadata", "store", "safety_identifier", "prompt_cache_key"],
]);

/** A stream that is being read. */
interface Open {
  sights: Sights;
  sample: Sample;
  part: Part | undefined;
  model: string | undefined;
  id: string;
  time: number | undefined;
  isFault: boolean;
}

/** An observer of its own for each check. */
export function createPresence(): PresenceObserver {
  const kinds = new Map<string, Collected>();
  const streams = new WeakMap<StreamState, Open>();
  const ids = new Set<string>();

  const commit = (
    name: string,
    facts: KindFacts,
    group: string,
    sights: Sights,
    time: number | undefined,
  ) => {
    let kind = kinds.get(name);
    if (!kind) {
      if (kinds.size >= MAX_KINDS) return;
      kind = { kind: emptyKind(), facts, names: new Map() };
      kinds.set(name, kind);
    }
    collect(kind, group, sights, time);
  };

  /** Whether the same answer was recorded before. */
  const isRepeated = (kind: string, id: string): boolean => {
    if (id === "") return false;
    const key = `${kind} ${id}`;
    if (ids.has(key)) return true;
    if (ids.size < MAX_IDS) ids.add(key);
    return false;
  };

  const ofBody = (sample: Sample, part: Part) => {
    const { value, truncated, request } = sample;
    if (truncated || typeof value !== "object" || value === null) return;
    const host = hostOf(sample.url);
    const status = String(sample.status ?? part.status ?? "");
    const isError = /^([45]|default)/.test(status);
    const name = kindName(host, isError ? "error" : `${labelOf(part)} ${status}`.trimEnd());
    if (!isError && isRepeated(name, idOf(value))) return;
    const sights: Sights = new Map();
    addSights(sights, value);
    addHeaders(sights, sample);
    const group = isError ? status : groupOf(request, modelOf(value));
    commit(name, { schema: part.schema, host, role: part.role }, group, sights, sample.time ?? madeAt(value));
  };

  const ofEvent = (sample: Sample, parts: readonly Part[], open: Open) => {
    const value = dataOf(sample.value);
    const part = parts.find(({ side }) => side === "answer");
    if (sample.event === "error" || !part?.role) {
      // A stream that failed has not all that a stream has.
      if (sample.event === "error" || (isObject(value) && "error" in value)) open.isFault = true;
      return;
    }
    open.part ??= part;
    open.model ??= modelOf(value);
    if (open.id === "") open.id = idOf(value);
    open.time ??= sample.time ?? madeAt(value);
    addSights(open.sights, value);
  };

  const ofStream = ({ sights, sample, part, model, id, time, isFault }: Open, isDone: boolean) => {
    if (!part || isFault || sample.truncated) return;
    const host = hostOf(sample.url);
    const name = kindName(host, `${labelOf(part)} stream`);
    if (isRepeated(name, id)) return;
    addHeaders(sights, sample);
    if (isDone) addSight(sights, DONE, true);
    commit(
      name,
      { schema: part.schema, host, role: part.role },
      groupOf(sample.request, model),
      sights,
      time,
    );
  };

  return {
    look(sample, parts) {
      const { kind, stream } = sample;
      if (kind === "body") {
        const part = parts.find(({ side }) => side === "answer");
        if (part) ofBody(sample, part);
        return;
      }
      if (!stream) return;
      const fresh = (): Open => ({
        ...{ sights: new Map(), sample, part: undefined, model: undefined, id: "", time: undefined },
        isFault: false,
      });
      if (kind === "stream") streams.set(stream, fresh());
      const open = streams.get(stream);
      if (!open) return;
      if (kind === "event") ofEvent(sample, parts, open);
      if (kind !== "end") return;
      streams.delete(stream);
      ofStream(open, stream.isDone === true);
    },
    profile: () => ({ kinds: new Map([...kinds].map(([name, { kind }]) => [name, kind])) }),
    about: (name) => kinds.get(name)?.facts,
  };
}

interface Collected {
  kind: PresenceKind;
  facts: KindFacts;
  /** How many names each parent has. */
  names: Map<string, number>;
}

function collect({ kind, names }: Collected, wanted: string, sights: Sights, time: number | undefined): void {
  const group = kind.groups.has(wanted) || kind.groups.size < MAX_GROUPS ? wanted : "(others)";
  addTo(kind.groups, group);
  if (time !== undefined) widen(kind, new Date(time).toISOString());
  for (const [place, { isFilled, types }] of sights) {
    let entry = kind.places.get(place);
    if (!entry) {
      const parent = parentPlace(place) ?? "";
      const siblings = names.get(parent) ?? 0;
      const hasRoom = siblings < MAX_NAMES_OF_ONE_PARENT && kind.places.size < MAX_PLACES;
      // What is in a member that had no room has none either.
      if (!hasRoom || (parent !== "" && !kind.places.has(parent))) continue;
      names.set(parent, siblings + 1);
      entry = emptyPlace();
      kind.places.set(place, entry);
    }
    addTo(entry.seen, group);
    if (isFilled) addTo(entry.filled, group);
    for (const type of types) entry.types.add(type);
  }
}

const kindName = (host: string, what: string): string => (host === "" ? what : `${host} ${what}`);

/** `POST /chat/completions`, without what a server has before it, so that documents may differ in that. */
const labelOf = ({ operation, schema }: Part): string =>
  operation === undefined ? schema : operation.replace(/ \/(?:.*\/)?v\d+[a-z\d]*(?=\/)/, " ");

function addHeaders(sights: Sights, { headers }: Sample): void {
  // Some recorders keep none of them.
  if (!headers || Object.keys(headers).length === 0) return;
  addSight(sights, HEADERS, {});
  const type = headers["content-type"];
  if (typeof type === "string") {
    const [name = ""] = type.toLowerCase().split(";", 1);
    addSight(sights, `${HEADERS} content-type: ${isQuoted(name.trim()) ? name.trim() : "*"}`, true);
  }
  for (const name of Object.keys(headers))
    if (LIMIT_HEADER.test(name)) addSight(sights, `${HEADERS} ${nameOf(name)}`, true);
}

/** The model, and what was asked for that shapes an answer, by name. */
function groupOf(request: unknown, answered: string | undefined): string {
  const asked = modelOf(request);
  const model = asked ?? answered ?? NO_MODEL;
  if (!isObject(request)) return model === NO_MODEL ? NO_MODEL : `${model} (request unknown)`;
  const features = Object.entries(request)
    .filter(([name, value]) => !SHAPELESS.has(name) && value !== null && value !== false)
    .map(([name]) => nameOf(name))
    .sort();
  return [model, ...features.slice(0, MAX_FEATURES)].join(" +");
}

/** The group of answers that name no model. */
export const NO_MODEL = "(no model)";

function modelOf(value: unknown): string | undefined {
  const model = isObject(value) ? value.model : undefined;
  return typeof model === "string" && model !== "" && isQuoted(model) ? model : undefined;
}

/** What tells one answer from all others; empty where nothing does. */
export function idOf(value: unknown): string {
  const { id, created } = isObject(value) ? value : {};
  return typeof id === "string" && id !== "" ? `${id} ${created}` : "";
}
