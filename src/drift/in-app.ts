/**
 * Drift seen by the application itself: answers compared with the strict schemas that were generated from the document.
 *
 * Imports nothing of Node and no document, so it runs, and is bundled, wherever the provider is.
 */

import type * as z from "zod/mini";
import { answerSchemas } from "../generated/schemas.ts";
import { expectObject } from "../openapi/arguments.ts";
import { jsonType } from "../openapi/json.ts";
import type { DriftChecker, DriftEvent, DriftSchema } from "../provider/base/events.ts";
import { valueAt } from "../provider/base/values.ts";
import { formatPlace, isBreaking, KIND_WORDS, type ProblemKind } from "./base/problem.ts";
import { findClientProblems } from "./check/client.ts";
import { isQuoted, nameOf } from "./privacy/quote.ts";

/** Schemas by what an answer is, as `groq-provider generate --schemas` writes them: `answerSchemas` of its `schemas.ts`. */
export type AnswerSchemas = { readonly [N in DriftSchema]?: () => AnswerSchema };

/** A schema of zod, as far as it is used here: whoever generates none need not know zod's types. */
export interface AnswerSchema {
  /** Whether the value fits, and what keeps it from fitting. */
  safeParse(value: unknown): {
    /** It fits. */
    success: boolean;
    /** Absent where it fits. */
    error?:
      | {
          /** As zod has them. */
          issues: readonly object[];
        }
      | undefined;
  };
}

/** With what it compares, how often it looks, and by which clock. */
export interface DriftCheckerOptions {
  /**
   * Of the service that is asked. Default: the package's own, made from Groq's document, for answers of Groq; of other
   * services only what this client can't read is told.
   */
  schemas?: AnswerSchemas | undefined;
  /** The share of bodies and chunks that is looked at, from 0 to 1. Default 0.01. */
  sample?: number | undefined;
  /** From 0 to 1. Default: `Math.random`. */
  random?: (() => number) | undefined;
  /** Milliseconds, never going back. Default: `performance`. */
  clock?:
    | {
        /** The time now. */
        now(): number;
      }
    | undefined;
}

const QUIET_MS = 60_000;
// More of one body tell nothing more, and cost.
const MAX_DIFFERENCES = 1_000;
// Invented field names must not make the memory grow.
const MAX_PLACES = 1_000;
const NOTHING: readonly DriftEvent[] = Object.freeze([]);

/**
 * A check to hand to a provider as its `drift`. It tells a place of a schema at most once a minute, and costs a random
 * number for what is not sampled. Throws a `TypeError` when `sample` is no share.
 */
export function createDriftChecker(options: DriftCheckerOptions = {}): DriftChecker {
  expectObject("createDriftChecker", "options", options);
  const { schemas, sample = 0.01, random = Math.random, clock = performance } = options;
  if (!(sample >= 0 && sample <= 1)) {
    throw new TypeError(
      `createDriftChecker: expected sample to be a number from 0 to 1, got ${String(sample)}`,
    );
  }
  const toldAt = new Map<string, number>();

  const isNews = (key: string, now: number): boolean => {
    const last = toldAt.get(key);
    if (last !== undefined && now - last < QUIET_MS) return false;
    if (last === undefined && toldAt.size >= MAX_PLACES) {
      for (const [place, time] of toldAt) if (now - time >= QUIET_MS) toldAt.delete(place);
      if (toldAt.size >= MAX_PLACES) return false;
    }
    toldAt.set(key, now);
    return true;
  };

  return {
    check(schema, body, service = OWN_SERVICE) {
      try {
        if (random() >= sample) return NOTHING;
        const now = clock.now();
        const found = findDrift(schema, body, schemas ?? (service === OWN_SERVICE ? answerSchemas : {}));
        return found.length === 0 ? NOTHING : found.filter(({ place }) => isNews(`${schema} ${place}`, now));
      } catch {
        // A body so odd that it can't even be compared is the call's own concern, not that of a look aside.
        return NOTHING;
      }
    },
  };
}

/** The service whose document the package's own schemas are made from. */
const OWN_SERVICE = "groq";

/** Every difference from the schema, if there is one, and every place that the client can't read. */
function findDrift(schema: DriftSchema, body: unknown, schemas: AnswerSchemas): DriftEvent[] {
  const different = schemas[schema] ? findDifferences(schemas[schema](), body) : [];
  const unread = new Map(
    schema === "ErrorAnswer" ? [] : findClientProblems(schema, body).map((one) => [one.place, one]),
  );
  const told = different.map(({ kind, path, detail }): DriftEvent => {
    const place = formatPlace(path.map((step) => (typeof step === "number" ? "[]" : nameOf(String(step)))));
    const breaksClient = kind !== "unknown" && unread.delete(place);
    return { ...event(schema, place, kind, detail), breaksClient };
  });
  const rest = [...unread.values()].map(({ place, expected, got }) => ({
    ...event(schema, place, "client", `expected ${expected}, found ${got}`),
    breaksClient: true,
  }));
  return [...told, ...rest];
}

const event = (schema: DriftSchema, place: string, kind: ProblemKind, detail: string) => ({
  type: "drift" as const,
  schema,
  place,
  problem: detail === "" ? KIND_WORDS[kind] : `${KIND_WORDS[kind]}: ${detail}`,
  breaking: isBreaking({ kind, found: "" }),
});

type Issue = z.core.$ZodIssue;

/** Every difference of the body from the schema, the innermost branch of a union that fits best. */
function findDifferences(schema: AnswerSchema, body: unknown): Difference[] {
  const { error } = schema.safeParse(body);
  if (!error) return [];
  return (error.issues as readonly Issue[])
    .slice(0, MAX_DIFFERENCES)
    .flatMap((issue) => readIssue(issue, []))
    .slice(0, MAX_DIFFERENCES);

  function readIssue(issue: Issue, above: readonly PropertyKey[]): Difference[] {
    const path = [...above, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys
        .slice(0, MAX_DIFFERENCES)
        .map((key) => ({ kind: "unknown", path: [...path, key], detail: "" }));
    }
    if (issue.code === "invalid_union") {
      const branches = issue.errors.map((errors) => errors.flatMap((inner) => readIssue(inner, path)));
      const best = branches.sort((a, b) => distance(a, path) - distance(b, path))[0];
      if (best?.some((difference) => difference.path.length > path.length)) return best;
    }
    return [atPlace(issue, path)];
  }

  function atPlace(issue: Issue, path: readonly PropertyKey[]): Difference {
    const found = valueAt(body, path);
    if (found === undefined) return { kind: "missing", path, detail: "" };
    if (found === null) return { kind: "null", path, detail: "" };
    if (issue.code === "invalid_value" && issue.values.some((value) => typeof value === typeof found)) {
      return { kind: "enum", path, detail: wordOf(found) };
    }
    const expected = issue.code === "invalid_type" ? `expected ${issue.expected}, ` : "";
    return { kind: "type", path, detail: `${expected}found ${jsonType(found)}` };
  }
}

interface Difference {
  kind: ProblemKind;
  path: readonly PropertyKey[];
  /** Types and words of the protocol, never texts. */
  detail: string;
}

/** A value of another type at the union itself tells most against a branch. */
const distance = (differences: readonly Difference[], path: readonly PropertyKey[]): number =>
  differences.reduce((sum, one) => sum + (one.path.length === path.length ? 100 : 1), 0);

/** A value that an enum may have one day; anything longer may be a text of the application. */
const wordOf = (value: unknown): string =>
  isQuoted(String(value)) ? JSON.stringify(value) : jsonType(value);
