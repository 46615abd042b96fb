/**
 * Answers of other services in the shape of the document: parts of a content become text and reasoning, calls get arguments
 * as text, a bare list of models its envelope. An answer that has that shape is given back as it is, not as a copy.
 */
import { isObject } from "../base/values.ts";

type Members = Record<string, unknown>;

/** A whole answer, or one chunk of a stream. */
export function normaliseChat(body: unknown): unknown {
  if (!isObject(body) || !Array.isArray(body.choices)) return body;
  const usage = body.usage == null ? body.usage : normaliseUsage(body.usage);
  const choices = mapChanged(body.choices, normaliseChoice);
  if (usage === body.usage && choices === body.choices) return body;
  return { ...body, choices, ...(usage !== body.usage && { usage }) };
}

/** A list of models: bare, under `data`, or under `models`, as Ollama's own. What is no figure or text is left out. */
export function normaliseModels(body: unknown): unknown {
  const list = Array.isArray(body) ? body : isObject(body) ? (body.data ?? body.models) : undefined;
  return Array.isArray(list) ? { object: "list", data: list.map(normaliseModel) } : body;
}

export function normaliseModel(model: unknown): unknown {
  if (!isObject(model)) return model;
  const kept = Object.entries(MODEL_MEMBERS).filter(([name, accepts]) => accepts(model[name]));
  const id = typeof model.id === "string" ? model.id : (model.name ?? model.model);
  return { ...Object.fromEntries(kept.map(([name]) => [name, model[name]])), id, vendor: model };
}

const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => Number.isFinite(value);
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const MODEL_MEMBERS: Record<string, (value: unknown) => boolean> = {
  object: isText,
  created: isNumber,
  owned_by: isText,
  active: (value) => typeof value === "boolean",
  name: isText,
  context_window: isNumber,
  max_completion_tokens: isNumber,
  input_modalities: isTexts,
  output_modalities: isTexts,
  supported_features: isTexts,
};

/** Embeddings: usage that is none is left out. */
export function normaliseEmbeddings(body: unknown): unknown {
  if (!isObject(body) || body.usage == null) return body;
  const usage = normaliseUsage(body.usage);
  return usage === body.usage ? body : { ...body, usage };
}

function normaliseChoice(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const message = normaliseMessage(choice.message);
  const delta = normaliseMessage(choice.delta);
  if (message === choice.message && delta === choice.delta) return choice;
  return { ...choice, ...(message !== undefined && { message }), ...(delta !== undefined && { delta }) };
}

function normaliseMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  const { content, tool_calls, reasoning, reasoning_content } = message;
  const calls = Array.isArray(tool_calls) ? mapChanged(tool_calls, normaliseCall) : tool_calls;
  // A stream has thousands of these: an ordinary one costs no copy.
  if (
    calls === tool_calls &&
    !Array.isArray(content) &&
    isTextOrNull(reasoning) &&
    isTextOrNull(reasoning_content)
  ) {
    return message;
  }
  const changed: Members = { ...message };
  if (calls !== tool_calls) changed.tool_calls = calls;
  if (Array.isArray(content)) {
    changed.content = textOf(content);
    changed.thinking = thinkingOf(content);
  }
  // What it is, nobody knows; the rest of the answer is good.
  if (!isTextOrNull(reasoning)) changed.reasoning = null;
  if (!isTextOrNull(reasoning_content)) changed.reasoning_content = null;
  return changed;
}

const isTextOrNull = (value: unknown) => value == null || typeof value === "string";

/** Of the parts `text`, and of whatever else holds a text and is no thought. */
function textOf(parts: readonly unknown[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (!isObject(part) || part.type === "thinking" || part.type === "reasoning") return "";
      return typeof part.text === "string" ? part.text : "";
    })
    .join("");
}

/** Mistral's `{ type: "thinking", thinking: [{ type: "text", text }] }`, and the same with a text. */
function thinkingOf(parts: readonly unknown[]): string {
  return parts
    .map((part) => {
      if (!isObject(part) || (part.type !== "thinking" && part.type !== "reasoning")) return "";
      const inner = part.thinking ?? part.reasoning ?? part.text;
      return Array.isArray(inner) ? textOf(inner) : typeof inner === "string" ? inner : "";
    })
    .join("");
}

/** Arguments as an object, or null; ids and indexes of another type. */
function normaliseCall(call: unknown): unknown {
  if (!isObject(call)) return call;
  const { function: fn, id, index } = call;
  const odd: Members = {};
  if (isObject(fn) && fn.arguments !== undefined && typeof fn.arguments !== "string") {
    odd.function = { ...fn, arguments: fn.arguments === null ? "" : toText(fn.arguments) };
  }
  if (id != null && typeof id !== "string") odd.id = typeof id === "number" ? String(id) : null;
  if (index != null && !Number.isFinite(index)) odd.index = null;
  return Object.keys(odd).length > 0 ? { ...call, ...odd } : call;
}

/** As it is where it is nested too deep to be written: the check refuses it then. */
function toText(value: unknown): unknown {
  try {
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

/** Usage that is no object, and figures that are none, are left out: they fail no call. */
function normaliseUsage(usage: unknown): unknown {
  if (!isObject(usage)) return undefined;
  const odd = Object.keys(usage).filter(
    (name) => NUMBERS.test(name) && usage[name] != null && !Number.isFinite(usage[name]),
  );
  const details = DETAILS.filter((name) => usage[name] != null && !isFine(usage[name]));
  if (odd.length === 0 && details.length === 0) return usage;
  const left = [...odd, ...details];
  return Object.fromEntries(Object.entries(usage).filter(([name]) => !left.includes(name)));
}

const NUMBERS = /_(?:tokens|time)$/;
const DETAILS = ["prompt_tokens_details", "completion_tokens_details"];
const isFine = (details: unknown) =>
  isObject(details) && Object.values(details).every((value) => value == null || Number.isFinite(value));

/** The same list where nothing changed. */
function mapChanged(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const changed = change(list[i]);
    if (changed === list[i]) continue;
    copy ??= [...list];
    copy[i] = changed;
  }
  return copy ?? list;
}
