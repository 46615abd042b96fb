/** Streams in which events come in another order, another number, another spelling, or end in an error. */
import type { Family, Operation } from "../assault.ts";
import { mutate, value } from "../hostile.ts";
import { Random } from "../random.ts";
import { cut, DONE, EVENT_TYPE, framed, type Json, TEXT, toEvent, toJson, validChunks } from "../wire.ts";
import { isPlainText } from "./expect.ts";

const STREAMED: readonly Operation[] = ["chatStream", "runToolsStream", "chatObjectStream"];

type Lines = (random: Random, events: string[]) => string[];
const textOf = (data: string) => data.slice(6, -2);

/** These change nothing of what is said. */
const HARMLESS: Record<string, Lines> = {
  "CR LF": (_, events) => events.map((event) => event.replaceAll("\n", "\r\n")),
  CR: (_, events) => events.map((event) => event.replaceAll("\n", "\r")),
  "no blank after the colon": (_, events) => events.map((event) => event.replace("data: ", "data:")),
  comments: (_, events) => events.flatMap((event) => [": ping\n\n", event]),
  "ids and retry": (_, events) => events.map((event) => `id: 1\nretry: 99999999\n${event}`),
  "event: message": (_, events) => events.map((event) => `event: message\n${event}`),
  "data over lines": (_, events) =>
    events.map((event) =>
      event === DONE ? event : `data: ${textOf(event).replaceAll('","', '",\ndata: "')}\n\n`,
    ),
  "unknown fields": (_, events) => events.map((event) => `foo: bar\n:\n${event}`),
  "byte order mark": (_, events) => ["\ufeff", ...events],
  "nothing after [DONE] counts": (random, events) => [
    ...events,
    random.pick(["data: {broken\n\n", "data: x\n\n", toEvent("{}"), DONE]),
  ],
  "no [DONE]": (_, events) => events.slice(0, -1),
  "empty events": (_, events) => events.flatMap((event) => [event, "\n\n"]),
  "[DONE] with blanks": (_, events) => [...events.slice(0, -1), "data: [DONE] \n\n"],
};

/** These do. */
const HARMFUL: Record<string, Lines> = {
  shuffled: (random, events) => random.shuffled(events),
  "[DONE] first": (_, events) => [DONE, ...events],
  "only [DONE]": () => [DONE],
  "nothing at all": () => [],
  "without finish": (_, events) => events.filter((event) => !event.includes('"finish_reason":"')),
  "without the first": (_, events) => events.slice(1),
  "all twice": (_, events) => events.flatMap((event) => [event, event]),
  "finish first": (_, events) => [...events.slice(-3), ...events],
  "a broken event": (random, events) =>
    events.map((event, index) =>
      index === 3
        ? `data: ${random.pick(["{", "nul", "undefined", "{'a':1}", "[", '"', "NaN", "\u0000"])}\n\n`
        : event,
    ),
  "an event of another shape": (random, events) =>
    events.map((event, index) => (index === 2 ? `data: ${toJson(value(random, 500))}\n\n` : event)),
  "named events": (random, events) =>
    events.map(
      (event) => `event: ${random.pick(["delta", "ping", "done", "error", "constructor", ""])}\n${event}`,
    ),
  "two answers": (_, events) => [...events.slice(0, -1), ...events],
  "cut within an event": (random, events) => {
    const text = events.join("");
    return [text.slice(0, random.int(0, text.length))];
  },
  "events without a blank line": (_, events) => events.map((event) => event.slice(0, -1)),
  "JSON instead of a stream": (_, events) => [textOf(events[0] ?? "")],
  "JSON lines instead of events": (_, events) => events.map((event) => `${textOf(event)}\n`),
};

export const events: Family = {
  name: "events",
  weight: 3,
  operations: STREAMED,
  make(random, operation) {
    const seed = random.int(0, 2 ** 31);
    const harmless = random.chance(0.4);
    const set = harmless ? HARMLESS : HARMFUL;
    const name = random.pick(Object.keys(set));
    const mutated = !harmless && random.chance(0.3);
    return {
      name: `${name}${mutated ? ", and changed" : ""}`,
      ...(harmless && isPlainText(operation) && { text: TEXT }),
      answer(request) {
        const inner = new Random(seed);
        const chunks = validChunks(request).map((chunk) =>
          mutated && inner.chance(0.3) ? mutate(inner, chunk, 1, 300) : chunk,
        );
        const lines = (set[name] as Lines)(inner, [...chunks.map((chunk) => toEvent(toJson(chunk))), DONE]);
        const parts = inner.chance(0.5) ? lines : cut(inner, lines.join(""), inner.int(1, 30));
        return framed({ type: EVENT_TYPE }, parts, "chunked");
      },
    };
  },
};

const ERRORS: Record<string, (says: string) => string> = {
  "event: error": (message) =>
    toEvent(
      toJson({ error: { message, type: "server_error", code: "over_capacity", status_code: 503 } }),
      "error",
    ),
  "error, unnamed": (message) => toEvent(toJson({ error: { message, code: 500 } })),
  "error, a text": (message) => toEvent(toJson({ error: message })),
  "error, one name only": (message) => toEvent(toJson({ message, code: 400 }), "error"),
  "error, plain text": (message) => toEvent(message, "error"),
  "error over lines": (message) =>
    `event: error\ndata: {"error":\ndata: {"message": ${JSON.stringify(message)}}}\n\n`,
  "error, CR LF": (message) => toEvent(toJson({ error: { message } }), "error").replaceAll("\n", "\r\n"),
  "name after data": (message) => `data: ${toJson({ error: { message } })}\nevent: error\n\n`,
  "x_groq.error": (error) =>
    toEvent(
      toJson({
        id: "a",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [],
        x_groq: { id: "r", error },
      }),
    ),
  "x_groq.error, an object": (message) =>
    toEvent(
      toJson({
        id: "a",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [],
        x_groq: { error: { message } },
      }),
    ),
  "error beside choices": (message) =>
    toEvent(
      toJson({
        id: "a",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
        error: { message, code: 502 },
      }),
    ),
  "error in a list": (message) => toEvent(toJson([{ error: { message } }])),
  "object: error": (message) =>
    toEvent(toJson({ object: "error", message, type: "BadRequestError", code: 40303 })),
  detail: (detail) => toEvent(toJson({ detail })),
  "JSON without an event": (message) => `${toJson({ error: { message } })}\n\n`,
  "not ended by a blank line": (message) => `data: ${toJson({ error: { message } })}\n`,
};

/** An error within a stream of status 200: what the server said must be told, and what came before it too. */
export const streamErrors: Family = {
  name: "errors in streams",
  weight: 3,
  operations: STREAMED,
  make(random) {
    const seed = random.int(0, 2 ** 31);
    const name = random.pick(Object.keys(ERRORS));
    const says = `The ${random.pick(["left", "right"])} wheel ${random.int(1000, 9999)} is stuck.`;
    const at = random.pick(["first", "middle", "last"] as const);
    const done = random.chance(0.5);
    return {
      name: `${name}, ${at}${done ? ", then [DONE]" : ""}`,
      says,
      answer(request) {
        const inner = new Random(seed);
        const chunks: Json[] = validChunks(request);
        const count = at === "first" ? 0 : at === "middle" ? 4 : chunks.length - 2;
        const text = [
          ...chunks.slice(0, count).map((chunk) => toEvent(toJson(chunk))),
          (ERRORS[name] as (says: string) => string)(says),
          ...(done ? [DONE] : []),
        ].join("");
        return framed({ type: EVENT_TYPE }, cut(inner, text, inner.int(1, 12)), "chunked");
      },
    };
  },
};
