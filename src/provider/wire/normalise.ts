/**
 * Answers of other services in the shape of the document. What decorates an answer and has another type than it should is
 * mended or left out: it fails no call. An answer that has the shape is given back as it is, not as a copy, since a stream has
 * thousands of chunks.
 */
import { isObject } from "../base/values.ts";
import type { AnswerSchema } from "./check.ts";
import { normaliseEmbeddings, normaliseModel, normaliseModels } from "./normalise-lists.ts";
import {
  isTextOrNull,
  type Members,
  mapChanged,
  toNumber,
  toText,
  withMembers,
} from "./normalise-members.ts";
import { normaliseMessage } from "./normalise-message.ts";
import { normaliseUsage } from "./normalise-usage.ts";

/** What came, in the shape of the schema that it is to be checked with. */
export const normalise = (schema: AnswerSchema, body: unknown): unknown => SHAPES[schema](body);

/** A whole answer. */
export function normaliseChat(body: unknown): unknown {
  if (!isObject(body) || !Array.isArray(body.choices)) return body;
  return normaliseAnswer(body, mapChanged(body.choices, normaliseChoice));
}

/**
 * One chunk of a stream. One without choices has usage alone, or nothing, as pings have: that is no fault. With an id it
 * would be an answer that lacks them.
 */
export function normaliseChunk(chunk: unknown): unknown {
  if (!isObject(chunk)) return chunk;
  const lacksAll = chunk.choices === undefined && chunk.id != null && chunk.usage == null;
  const choices = lacksAll ? undefined : (chunk.choices ?? []);
  if (!Array.isArray(choices)) return chunk;
  return normaliseAnswer(chunk, mapChanged(choices, normaliseChunkChoice));
}

function normaliseAnswer(answer: Members, choices: readonly unknown[]): unknown {
  const usage = answer.usage == null ? usageOfChoice(choices) : normaliseUsage(answer.usage);
  const isSame = choices === answer.choices && (usage ?? null) === (answer.usage ?? null);
  if (isSame && isPlain(answer)) return answer;
  return withMembers(answer, {
    choices,
    usage,
    id: toText(answer.id),
    model: toText(answer.model),
    created: toSeconds(answer.created),
    system_fingerprint: toText(answer.system_fingerprint),
    service_tier: toText(answer.service_tier),
    x_groq: toGroqFacts(answer.x_groq),
  });
}

const isPlain = (answer: Members) =>
  isTextOrNull(answer.id) &&
  isTextOrNull(answer.model) &&
  (answer.created == null || Number.isFinite(answer.created)) &&
  isTextOrNull(answer.system_fingerprint) &&
  isTextOrNull(answer.service_tier) &&
  (answer.x_groq == null || toGroqFacts(answer.x_groq) === answer.x_groq);

/** Seconds since 1970, also from a date as text. */
function toSeconds(created: unknown): number | undefined {
  const seconds = toNumber(created);
  if (seconds !== undefined || typeof created !== "string") return seconds;
  const ms = Date.parse(created.slice(0, 60));
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

function toGroqFacts(facts: unknown): unknown {
  if (!isObject(facts)) return undefined;
  const usage = facts.usage == null ? facts.usage : normaliseUsage(facts.usage);
  const isSame = isTextOrNull(facts.id) && (facts.seed == null || Number.isFinite(facts.seed));
  if (isSame && usage === facts.usage) return facts;
  return withMembers(facts, { usage, id: toText(facts.id), seed: toNumber(facts.seed) });
}

/** Moonshot has the usage in the choice. */
function usageOfChoice(choices: readonly unknown[]): unknown {
  const first = choices[0];
  return isObject(first) && first.usage != null ? normaliseUsage(first.usage) : undefined;
}

function normaliseChoice(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const message = normaliseMessage(choice.message ?? textAsMessage(choice));
  if (message === choice.message && isPlainChoice(choice)) return choice;
  return withMembers(choice, { message, ...choiceMembers(choice) });
}

/** A whole message in an event is its `delta` as well as its `message`. */
function normaliseChunkChoice(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const whole = isBlank(choice.delta) ? (choice.message ?? textAsMessage(choice)) : undefined;
  if (isObject(whole)) {
    const delta = normaliseMessage(whole);
    return withMembers(choice, { delta, message: delta, ...choiceMembers(choice) });
  }
  const delta = normaliseMessage(choice.delta);
  if (delta === choice.delta && isPlainChoice(choice)) return choice;
  return withMembers(choice, { delta, ...choiceMembers(choice) });
}

function isBlank(delta: unknown): boolean {
  if (!isObject(delta)) return delta == null;
  for (const _name in delta) return false;
  return true;
}

/** The form of the older completions. */
const textAsMessage = ({ text }: Members) => (typeof text === "string" ? { content: text } : undefined);

const isPlainChoice = ({ index, finish_reason: reason }: Members) =>
  (index == null || Number.isFinite(index)) &&
  (reason == null || (typeof reason === "string" && !NO_REASON.test(reason)));

const choiceMembers = (choice: Members) => ({
  index: toNumber(choice.index),
  finish_reason: toReason(choice.finish_reason),
});

/** A reason that is none: some servers have one of these in every chunk but the last. */
const NO_REASON = /^\s*(?:null|none|undefined|finish_reason_unspecified)?\s*$/i;

function toReason(reason: unknown): string | null {
  const text = toText(reason);
  return text === undefined || NO_REASON.test(text) ? null : text;
}

const SHAPES: Record<AnswerSchema, (body: unknown) => unknown> = {
  ChatAnswer: normaliseChat,
  StreamChunk: normaliseChunk,
  EmbeddingAnswer: normaliseEmbeddings,
  ModelList: normaliseModels,
  Model: normaliseModel,
};
