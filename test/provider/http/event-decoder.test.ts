import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventDecoder } from "../../../src/provider/http/event-decoder.ts";
import {
  Body,
  chunk,
  collect,
  DONE,
  event,
  failure,
  finish,
  sse,
  start,
  text,
  textOf,
  usage,
} from "../stream/harness.ts";

const encoder = new TextEncoder();

/** Bytes cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.slice(from, at[i]));
}

const places = fc.array(fc.nat(100_000), { maxLength: 60 });
const lineEnd = fc.constantFrom("\n", "\r", "\r\n");

test("events cut at any byte, under any line end, give the same", async () => {
  const whole = [
    ": welcome\n\n",
    "id: 5\nretry: 10\n",
    event(chunk({ role: "assistant", content: "" })),
    event(text("Grüße, 世界 🌍")),
    ": keep-alive\n\n",
    `event: ping\n${event({ type: "ping" })}`,
    `event: message\n${event(text("a\nb"))}`,
    "unknown field\n",
    `data:${JSON.stringify(text("no space"))}\n\n`,
    event(chunk({ tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: '{"ü":"🌍"}' } }] })),
    event(finish("tool_calls", { usage: usage(9) })),
    DONE,
  ].join("");
  const expected = await collect(start([whole]).stream);
  expect(textOf(expected.chunks)).toBe("Grüße, 世界 🌍a\nbno space");
  expect(expected.chunks).toHaveLength(7);

  await fc.assert(
    fc.asyncProperty(places, lineEnd, fc.boolean(), async (where, end, withMark) => {
      const bytes = encoder.encode((withMark ? "\uFEFF" : "") + whole.replaceAll("\n", end));
      const { stream } = start(cut(bytes, where));
      expect(await collect(stream)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("one byte a read", async () => {
  const bytes = encoder.encode(sse(text("世界"), finish()).replaceAll("\n", "\r\n"));
  const { stream } = start([...bytes].map((byte) => Uint8Array.of(byte)));
  expect(await stream.text()).toBe("世界");
});

test("an event of several data lines is one", async () => {
  const { stream } = start([
    `data: {"choices":[{"index":0,\ndata: "delta":{"content":"a"},"finish_reason":"stop"}]}\n\n`,
  ]);
  expect(await stream.text()).toBe("a");
});

test("lines ended by CR alone are out with their own read, not the next", async () => {
  const body = new Body([sse(text("a"), finish()).replaceAll("\n", "\r")], "open");
  expect(await start(body).stream.text()).toBe("a");
});

test("[DONE] and an event at the end count without their blank line", async () => {
  const noLine = event(text("a")) + event(finish()).trimEnd();
  expect(await start([noLine]).stream.text()).toBe("a");
  expect(await start([sse(text("a"), finish()).trimEnd()]).stream.text()).toBe("a");
  const { stream } = start([event(text("a")) + event({ error: { message: "gone" } }).trimEnd()]);
  expect((await failure(stream.response)).message).toContain("gone");
});

test("bytes that are no UTF-8 become replacement characters", async () => {
  const [before, after] = sse(text("a|b"), finish()).split("|");
  const { stream } = start([before ?? "", Uint8Array.of(0xff), after ?? ""]);
  expect(await stream.text()).toBe("a\uFFFDb");
});

describe("an event that is too long", () => {
  const options = { maxEventLength: 1000 };

  test.each([
    ["a line without end", [...Array(50)].map(() => "x".repeat(100))],
    ["a data line without end", ["data: ", ...[...Array(50)].map(() => "x".repeat(100))]],
    ["data lines without end", [...Array(50)].map(() => `data: ${"x".repeat(100)}\n`)],
    ["one event, whole in one read", [event(text("x".repeat(1000)))]],
    ["a comment without end", [": ", ...[...Array(50)].map(() => "x".repeat(100))]],
  ])("%s is refused", async (_, parts) => {
    const body = new Body([event(text("so")), ...parts], "open");
    const { stream } = start(body, options);
    const error = await failure(stream.response);
    expect(error).toMatchObject({ kind: "InvalidResponse", partial: "so" });
    expect(error.message).toBe(
      "An event of the stream is longer than 1000 characters (maxEventLength), from api.example.com",
    );
    expect(body.cancelled).toBe(true);
    // It was refused when the bound was met, not after all had been read.
    expect(body.reads).toBeLessThan(15);
  });

  test("the bound is for each event, not for all", async () => {
    const many = Array.from({ length: 50 }, () => text("x".repeat(500)));
    const { stream } = start([sse(...many, finish())], options);
    expect((await stream.text()).length).toBe(25_000);
  });
});

describe("lines that belong to no event", () => {
  const own = "x-vendor: 5\nx-more\n";
  const read = (body: string) => {
    const events: string[] = [];
    const stray: string[] = [];
    const decoder = new EventDecoder({
      maxLength: 1000,
      onEvent: (data) => events.push(data),
      onStrayLine: (line) => stray.push(line),
    });
    decoder.feed(encoder.encode(body));
    decoder.end();
    return { events: events.length, stray: stray.length };
  };

  test("do no harm beside events", () => {
    expect(read(`${own}data: 1\n\n`.repeat(5000))).toEqual({ events: 5000, stray: 10_000 });
  });

  test("end the stream where there is hardly anything else: each costs as much as an error", () => {
    expect(read("x\n".repeat(1000)).stray).toBe(1000);
    expect(() => read("x\r".repeat(1001))).toThrow("more than 1000 lines that belong to no event");
    expect(() => read(`${"retry: x\n".repeat(100)}data: 1\n\n`.repeat(20))).toThrow("more than 1000 lines");
  });
});

test("the decoder gives any text of events the same, however it is cut", () => {
  const line = fc.string({
    unit: fc.constantFrom("a", ":", " ", "é", "🌍", "data: ", "event: ", "\r", "\n", "\r\n"),
  });
  fc.assert(
    fc.property(line, places, (source, where) => {
      const run = (parts: Uint8Array[]) => {
        const events: unknown[] = [];
        const decoder = new EventDecoder({
          maxLength: 1e6,
          onEvent: (data, name) => events.push([data, name]),
        });
        for (const part of parts) decoder.feed(part);
        decoder.end();
        return events;
      };
      const bytes = encoder.encode(source);
      expect(run(cut(bytes, where))).toEqual(run([bytes]));
    }),
    { numRuns: 500 },
  );
});
