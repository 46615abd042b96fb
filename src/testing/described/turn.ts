/** What a chat request asks for, as wishes for the places of its answer. */
import { isObject } from "../../provider/base/values.ts";
import { defaultReply } from "../default-reply.ts";
import type { ChatRequest, ReplyToolCall } from "../reply.ts";
import type { Wish } from "./sampler.ts";

export interface Turn {
  model: string;
  choices: number;
  /** A tool is to be called. */
  call: ReplyToolCall | undefined;
  /** What the text is to be: JSON that was asked for. */
  text: string | undefined;
  /** An answer is due that calls no tool. */
  isAnswer: boolean;
}

export function turnOf(body: unknown): Turn {
  const request = readRequest(body);
  const { toolCalls, text } = defaultReply(request);
  const [call] = toolCalls ?? [];
  const isJson = ["json_object", "json_schema"].includes(request.response_format?.type ?? "");
  return {
    model: request.model,
    choices: typeof request.n === "number" ? request.n : 1,
    call,
    text: isJson && !call ? text : undefined,
    isAnswer: !call && (isJson || request.messages.at(-1)?.role === "tool"),
  };
}

/** As far as it is one: the document may ask for something else. */
function readRequest(body: unknown): ChatRequest {
  const given = isObject(body) ? body : {};
  return {
    ...given,
    model: typeof given.model === "string" ? given.model : "model",
    messages: Array.isArray(given.messages) ? given.messages.filter(isMessage) : [],
  };
}

const isMessage = (value: unknown): value is ChatRequest["messages"][number] =>
  isObject(value) && typeof value.role === "string";

const ABSENT: Wish = { isAbsent: true };

/** An answer of success tells of no error, though a document may have a member for one. */
const noError = { error: ABSENT, x_groq: { members: { error: ABSENT } } };

export const answerWish = (turn: Turn): Wish => ({
  members: {
    ...noError,
    model: { value: turn.model },
    choices: {
      isThere: true,
      length: turn.choices,
      item: (index) => ({
        members: {
          error: ABSENT,
          index: { value: index },
          finish_reason: reason(turn),
          message: { isThere: true, members: messageWish(turn, turn.text) },
        },
      }),
    },
  },
});

/** What an event of a stream is. */
export interface Part {
  /** From 0. */
  index: number;
  /** How many events come before the last one. */
  of: number;
  /** What is the same in all events of an answer. */
  head: Readonly<Record<string, unknown>>;
}

/** An event before the last one: it has no reason to finish. */
export const eventWish = (turn: Turn, { index, of, head }: Part): Wish =>
  chunkWish(turn, head, {
    finish_reason: { value: null, isAbsent: true },
    delta: {
      isThere: true,
      members: deltaWish(
        index === 0 ? turn : { ...turn, call: undefined, isAnswer: turn.isAnswer || turn.call !== undefined },
        index,
        piece(turn.text, index, of),
      ),
    },
  });

/** The last event with a choice. */
export const lastWish = (turn: Turn, head: Part["head"]): Wish =>
  chunkWish(turn, head, {
    finish_reason: { ...reason(turn), isThere: true },
    delta: { members: { content: ABSENT, refusal: ABSENT, tool_calls: ABSENT, function_call: ABSENT } },
  });

/** After it the tokens, beside no choice. */
export const usageWish = (head: Part["head"]): Wish => ({
  members: { ...noError, ...values(head), choices: { value: [] }, usage: { isThere: true } },
});

const chunkWish = (turn: Turn, head: Part["head"], choice: Record<string, Wish>): Wish => ({
  members: {
    ...noError,
    model: { value: turn.model },
    ...values(head),
    choices: {
      isThere: true,
      length: turn.choices,
      item: (index) => ({ members: { error: ABSENT, index: { value: index }, ...choice } }),
    },
  },
});

const values = (head: Part["head"]): Record<string, Wish> =>
  Object.fromEntries(Object.entries(head).map(([name, value]) => [name, { value }]));

/** The text in as many pieces as there are events. */
function piece(text: string | undefined, index: number, of: number): string | undefined {
  if (text === undefined) return undefined;
  const size = Math.ceil(text.length / of);
  return text.slice(index * size, (index + 1) * size);
}

function reason(turn: Turn): Wish {
  if (turn.call) return { value: "tool_calls" };
  return turn.isAnswer ? { value: "stop" } : { avoid: /error$/i };
}

function messageWish(turn: Turn, text: string | undefined): Record<string, Wish> {
  return {
    role: { value: "assistant" },
    error: ABSENT,
    ...(text !== undefined && {
      content: { value: text, isThere: true },
      refusal: { value: null, isAbsent: true },
    }),
    ...callWishes(turn, 0),
  };
}

const deltaWish = (turn: Turn, index: number, text: string | undefined): Record<string, Wish> => ({
  ...messageWish(turn, text),
  ...callWishes(turn, index),
});

function callWishes({ call, isAnswer }: Turn, position: number): Record<string, Wish> {
  if (isAnswer) return { tool_calls: ABSENT, function_call: ABSENT };
  if (!call) {
    const made = { members: { arguments: { value: "{}" } } };
    const item = (index: number): Wish => ({
      members: { index: { value: position + index }, function: made },
    });
    return { tool_calls: { item, length: 1 }, function_call: made };
  }
  const made: Wish = {
    isThere: true,
    members: {
      name: { value: call.name, isThere: true },
      arguments: { value: JSON.stringify(call.arguments), isThere: true },
    },
  };
  const item = (index: number): Wish => ({
    isThere: true,
    members: { index: { value: index }, type: { value: "function" }, function: made },
  });
  return { tool_calls: { isThere: true, length: 1, item }, function_call: ABSENT };
}
