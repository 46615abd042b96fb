/** When things come: late, in drops, never, or without end. */

import type { Family } from "../assault.ts";
import { Random } from "../random.ts";
import type { Step } from "../wire.ts";
import {
  bytesOf,
  cut,
  DONE,
  EVENT_TYPE,
  headOf,
  healthy,
  isStream,
  JSON_TYPE,
  send,
  TEXT,
  toEvent,
  toJson,
  validBody,
  validChunks,
} from "../wire.ts";
import { isPlainText } from "./expect.ts";

const STOPS = ["hang", "reset", "end"] as const;

export const timing: Family = {
  name: "timing",
  weight: 3,
  make(random, operation) {
    const seed = random.int(0, 2 ** 31);
    const kind = random.pick([
      "no head",
      "stops",
      "stops",
      "drips",
      "packets",
      "late",
      "closes after",
    ] as const);
    const stop = random.pick(STOPS);
    const framing = random.pick(["length", "chunked"] as const);
    const ms = random.pick([1, 20, 300, 2000]);
    const isHarmless = (kind === "packets" || kind === "closes after") && isPlainText(operation);
    return {
      name:
        kind === "stops" || kind === "no head"
          ? `${kind}: ${stop}`
          : kind === "late" || kind === "drips"
            ? `${kind}, ${ms} ms`
            : kind,
      ...(isHarmless && { text: TEXT }),
      *answer(request): Generator<Step> {
        const inner = new Random(seed);
        const bytes = new Uint8Array(
          Buffer.concat(
            [...healthy(request, {}, framing)].map((step) =>
              step.do === "send" ? step.bytes : new Uint8Array(),
            ),
          ),
        );
        switch (kind) {
          case "no head":
            yield { do: "wait", ms: inner.pick([0, 50]) };
            yield { do: stop };
            return;
          case "stops":
            for (const part of cut(inner, bytes.subarray(0, inner.int(0, bytes.length - 1)), 2)) {
              yield { do: "send", bytes: part };
              yield { do: "wait", ms: inner.pick([0, 30]) };
            }
            yield { do: stop };
            return;
          case "drips":
            for (const byte of bytes) {
              yield { do: "send", bytes: Uint8Array.of(byte) };
              yield { do: "wait", ms };
            }
            return;
          case "packets":
            for (const part of cut(inner, bytes, inner.int(5, 200))) {
              yield { do: "send", bytes: part };
              yield { do: "wait", ms: 0 };
            }
            return;
          case "late":
            yield { do: "wait", ms };
            yield { do: "send", bytes };
            return;
          case "closes after":
            yield { do: "send", bytes };
            yield { do: "wait", ms: inner.pick([0, 1, 5, 20]) };
            yield { do: inner.pick(["end", "reset"]) };
        }
      },
    };
  },
};

const TOTAL = 40e6;
/** What comes again and again, and in what it stands. */
const FLOODS: Record<string, { before: string; again: string; of?: "head" }> = {
  "head lines": { before: "HTTP/1.1 200 OK\r\n", again: "x-more: to come\r\n", of: "head" },
  "a head line": { before: "HTTP/1.1 200 OK\r\nx-long: ", again: "x".repeat(1000), of: "head" },
  "early hints": { before: "", again: "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", of: "head" },
  continue: { before: "", again: "HTTP/1.1 100 Continue\r\n\r\n", of: "head" },
  processing: { before: "", again: "HTTP/1.1 102 Processing\r\n\r\n", of: "head" },
  blanks: { before: "", again: " \r\n ".repeat(100) },
  "a JSON text": { before: '{"id":"', again: "x".repeat(1000) },
  "JSON lists": { before: "", again: "[".repeat(1000) },
  "JSON objects": { before: "[", again: "{},".repeat(300) },
  "JSON digits": { before: '{"id":', again: "9".repeat(1000) },
  comments: { before: "", again: ": alive\n\n" },
  "empty lines": { before: "", again: "\n".repeat(100) },
  "carriage returns": { before: "", again: "\r".repeat(100) },
  "a data line": { before: "data: ", again: "x".repeat(1000) },
  "data lines of one event": { before: "", again: "data: x\n" },
  "field names": { before: "", again: "id: 7\nevent: y\nretry: 1\nfoo: bar\n" },
  "empty events": { before: "", again: "data:\n\n" },
  "events that are null": { before: "", again: "data: null\n\n" },
  "events of nothing": { before: "", again: 'data: {"choices":[]}\n\n' },
  "events with a delta of nothing": {
    before: "",
    again:
      'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":null}]}\n\n',
  },
  "a letter each": {
    before: "",
    again:
      'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n',
  },
  reasoning: {
    before: "",
    again: `data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"reasoning":"${"b".repeat(200)}"},"finish_reason":null}]}\n\n`,
  },
  "tool arguments": {
    before: "",
    again:
      'data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"get_weather","arguments":"1"}}]},"finish_reason":null}]}\n\n',
  },
  "choices beside the first": {
    before: "",
    again: `data: {"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[${[1, 2, 3, 4, 5, 6, 7, 8].map((index) => `{"index":${index},"delta":{"content":"c"},"finish_reason":null}`).join(",")}]}\n\n`,
  },
};

/** Up to 40 MB of one thing, as fast as the client reads, or slowly for 3 s. */
export const floods: Family = {
  name: "floods",
  weight: 2,
  make(random) {
    const name = random.pick(Object.keys(FLOODS));
    const { before, again, of } = FLOODS[name] as { before: string; again: string; of?: "head" };
    const slow = random.chance(0.3);
    const after = random.pick(["reset", "end", "finish"] as const);
    const status = random.pick([200, 200, 200, 500]);
    return {
      name: `${slow ? "slow " : ""}flood of ${name}${status === 200 || of ? "" : ` in a ${status}`}`,
      heavy: true,
      *answer(request): Generator<Step> {
        if (!of)
          yield send(
            headOf({
              status,
              type: isStream(request) ? EVENT_TYPE : JSON_TYPE,
              headers: [["connection", "close"]],
            }),
          );
        yield send(before);
        const bytes = slow
          ? bytesOf(again)
          : bytesOf(again.repeat(Math.max(1, Math.floor(60_000 / again.length))));
        yield {
          do: "flood",
          bytes,
          total: TOTAL,
          ...(slow ? { everyMs: 10, maxMs: 3000 } : { maxMs: 8000 }),
        };
        if (after === "finish" && isStream(request))
          yield send(
            `${validChunks(request)
              .map((chunk) => toEvent(toJson(chunk)))
              .join("")}${DONE}`,
          );
        if (after === "finish" && !isStream(request)) yield send(toJson(validBody(request)));
        yield { do: after === "reset" ? "reset" : "end" };
      },
    };
  },
};
