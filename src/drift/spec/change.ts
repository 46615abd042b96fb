/** A change between two documents, in the terms of whoever calls the service. */
import { formatPlace } from "../base/problem.ts";

/**
 * - `breaking`: a caller that was right may now be wrong.
 * - `additive`: something new, or fewer surprises; nobody who was right is wrong now.
 * - `annotation`: no value is allowed or refused that was not before; worth knowing.
 */
export type ChangeLevel = "breaking" | "additive" | "annotation";

/** `request`: what the caller sends; `response`: what comes back. */
export type Direction = "request" | "response";

export type ChangeKind =
  | "operation-removed"
  | "operation-added"
  | "operation-moved"
  | "status-removed"
  | "status-added"
  | "content-removed"
  | "content-added"
  | "field-removed"
  | "field-added"
  | "required"
  | "optional"
  | "nullable"
  | "not-nullable"
  | "type"
  | "variant-removed"
  | "variant-added"
  | "enum"
  | "constraint"
  | "further-fields"
  | "default"
  | "deprecated"
  | "examples";

/** A change between two documents. */
export interface SpecChange {
  /** What it means to a caller. */
  level: ChangeLevel;
  /** What kind of change. */
  kind: ChangeKind;
  /** Whether it is about what is sent, or what comes back. */
  direction: Direction;
  /** `POST /chat/completions request`, `stream chunk`, `error answer`, … */
  subject: string;
  /** As the drift check writes places, with `<role=tool>` for a variant of a union; `(root)` is the whole. */
  place: string;
  /** What the old document says, in short; absent when it says nothing. */
  before?: string;
  /** What the new document says, in short; absent when it says nothing. */
  after?: string;
  /** One sentence, without the place. */
  text: string;
  /** Further places of the same change: a schema that several others use. */
  also: {
    /** As `subject` of the change. */
    subject: string;
    /** As `place` of the change. */
    place: string;
  }[];
}

/** What a change is, wherever it stands; one object for each, so that its places can be gathered. */
export type Finding = Pick<SpecChange, "level" | "kind" | "before" | "after" | "text">;

export type Step = string | { variant: string };

export interface PlacedFinding {
  finding: Finding;
  steps: Step[];
}

/** Values that a change allows or refuses: the same thing helps one side of the wire and hurts the other. */
export function levelOf(direction: Direction, effect: "narrower" | "wider" | "other"): ChangeLevel {
  if (effect === "other") return "breaking";
  return (effect === "narrower") === (direction === "request") ? "breaking" : "additive";
}

export function formatSteps(steps: readonly Step[]): string {
  let text = "";
  let names: string[] = [];
  const flush = () => {
    if (names.length === 0) return;
    const place = formatPlace(names);
    text += text === "" || place.startsWith("[") ? place : `.${place}`;
    names = [];
  };
  for (const step of steps) {
    if (typeof step === "string") {
      names.push(step);
      continue;
    }
    flush();
    text += `<${step.variant}>`;
  }
  flush();
  return text === "" ? "(root)" : text;
}
