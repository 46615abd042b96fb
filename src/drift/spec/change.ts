/** A change between two documents, in the terms of whoever calls the service. */
import { formatPlace } from "../base/problem.ts";
import type { ChangeLevel, Direction, SpecRule } from "./rules.ts";

export type { ChangeLevel } from "./rules.ts";

/** A change between two documents. */
export interface SpecChange {
  /** What it means to a caller. */
  level: ChangeLevel;
  /** The rule that tells it, one of `SPEC_RULES`: stable, for programs and rules files. */
  rule: SpecRule;
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
  /** How many places the change reaches: this one, and the further ones. */
  places: number;
  /** Further places of the same change, the first 50: a schema that several others use. */
  also: {
    /** As `subject` of the change. */
    subject: string;
    /** As `place` of the change. */
    place: string;
  }[];
}

/** What a change is, wherever it stands; one object for each, so that its places can be gathered. */
export type Finding = Pick<SpecChange, "rule" | "before" | "after" | "text">;

export type Step = string | { variant: string };

/** A way into a schema, its first step outermost. Lists that are told in many places share their ends. */
export type Steps = { step: Step; rest: Steps } | undefined;

export interface PlacedFinding {
  finding: Finding;
  steps: Steps;
}

export function note(rule: SpecRule, text: string, before?: string, after?: string): Finding {
  return { rule, text, ...(before && { before }), ...(after && { after }) };
}

export function formatSteps(steps: Steps): string {
  let text = "";
  let names: string[] = [];
  const flush = () => {
    if (names.length === 0) return;
    const place = formatPlace(names);
    text += text === "" || place.startsWith("[") ? place : `.${place}`;
    names = [];
  };
  for (let at = steps; at; at = at.rest) {
    const { step } = at;
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
