/** The small fixed set of questions of a live check: one for each kind of answer that the document describes. */

import type { JsonObject } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import type { Exchange } from "../base/exchange.ts";

export interface Question {
  name: string;
  method: "GET" | "POST";
  path: string;
  body?: JsonObject;
  /** Ask with a key that is none. */
  wrongKey?: true;
  /** The statuses that answer it; another one is told, and checked all the same. */
  expects: readonly number[];
  /** What an answer of success lacks, if it is not the kind of answer that was asked for. */
  lack?(answer: Exchange): string | undefined;
}

export const DEFAULT_MODEL = "openai/gpt-oss-20b";
const NO_MODEL = "no-such-model-asked-by-a-drift-check";

export const MODELS_QUESTION: Question = { name: "models", method: "GET", path: "/models", expects: [200] };

export interface QuestionOptions {
  model: string;
  /** What the server calls the bound of an answer: `max_completion_tokens`, or `max_tokens` as others still do. */
  maxTokensField: "max_completion_tokens" | "max_tokens";
}

/** The questions after the list of models, in the order in which they are asked. */
export function questionsFor({ model, maxTokensField }: QuestionOptions): Question[] {
  // Reasoning counts as output; a server that does not know the field would refuse it.
  const effort = /gpt-oss/i.test(model) ? { reasoning_effort: "low" } : {};
  const chat = (
    name: string,
    content: string,
    maxTokens: number,
    more: JsonObject = {},
    rest: Partial<Question> = {},
  ): Question => ({
    name,
    method: "POST",
    path: "/chat/completions",
    body: {
      model,
      messages: [{ role: "user", content }],
      temperature: 0,
      [maxTokensField]: maxTokens,
      ...effort,
      ...more,
    },
    expects: [200],
    ...rest,
  });
  const weather = {
    type: "function",
    function: {
      name: "get_weather",
      description: "The weather in a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  };
  return [
    chat("chat", "Answer with one word: which colour has snow?", 60),
    chat(
      "tool call",
      "What is the weather in Oslo?",
      120,
      { tools: [weather], tool_choice: "required" },
      { lack: lackOfToolCall },
    ),
    chat(
      "stream",
      "Count from one to three.",
      60,
      { stream: true, stream_options: { include_usage: true } },
      { lack: lackOfStream },
    ),
    chat("JSON", 'Answer in JSON: {"colour": the colour of snow}', 120, {
      response_format: { type: "json_object" },
    }),
    chat(
      "a wrong model",
      "Hello",
      1,
      { model: NO_MODEL, reasoning_effort: undefined },
      { expects: [400, 404] },
    ),
    { ...MODELS_QUESTION, name: "a wrong key", wrongKey: true, expects: [401, 403] },
  ];
}

function lackOfToolCall({ body }: Exchange): string | undefined {
  const choice: unknown = isObject(body) && Array.isArray(body.choices) ? body.choices[0] : undefined;
  const message = isObject(choice) && isObject(choice.message) ? choice.message : {};
  const isThere = Array.isArray(message.tool_calls) && message.tool_calls.length > 0;
  return isThere ? undefined : "expected a tool call, came an answer without one";
}

function lackOfStream({ events }: Exchange): string | undefined {
  if (!events) return "expected an event stream, came another answer";
  if (events.some(({ event, data }) => event === "error" || (isObject(data) && "error" in data)))
    return "an error came inside the stream";
  return events.at(-1)?.data === "[DONE]" ? undefined : "the stream ended without [DONE]";
}

// What these say of themselves in a name is all that many servers say.
const NO_CHAT = /whisper|tts|orpheus|speech|guard|safety|moderation|embed|rerank|image|ocr/i;

/** The default model when it is listed, else the first that looks as if it could chat, tools first. */
export function chooseModel(list: unknown): string | undefined {
  const models = isObject(list) && Array.isArray(list.data) ? list.data.filter(isObject) : [];
  const able = models.filter((model) => typeof model.id === "string" && canChat(model));
  const withTools = able.find(({ supported_features: features }) => includes(features, "tools"));
  const chosen = able.find(({ id }) => id === DEFAULT_MODEL) ?? withTools ?? able[0];
  return chosen?.id as string | undefined;
}

function canChat(model: JsonObject): boolean {
  if (model.active === false || NO_CHAT.test(String(model.id))) return false;
  const takesText = model.input_modalities === undefined || includes(model.input_modalities, "text");
  const givesText = model.output_modalities === undefined || includes(model.output_modalities, "text");
  return takesText && givesText;
}

const includes = (list: unknown, value: string): boolean => Array.isArray(list) && list.includes(value);
