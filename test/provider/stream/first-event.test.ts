/** A try of a stream ends with its first event: until then another does no harm. */
import { expect, test } from "vitest";
import { groqConfig, stubbed } from "../support.ts";
import { Body, event, failure, finish, sse, text } from "./harness.ts";

const hello = [{ role: "user" as const, content: "Hello" }];
const busy = { error: { message: "Over capacity", status_code: 503 } };
const answer = (parts: Iterable<string | Uint8Array>) =>
  new Response(new Body(parts).stream, { headers: { "content-type": "text/event-stream" } });

function asked(first: Iterable<string | Uint8Array>) {
  return stubbed((_, count) => answer(count === 1 ? first : [sse(text("Hi"), finish())]), groqConfig(), {
    random: () => 0,
  });
}

const bytes = (whole: string) => Array.from(new TextEncoder().encode(whole), (byte) => Uint8Array.of(byte));
const JSON_TEXT = JSON.stringify(busy);

test.each<[string, Iterable<string | Uint8Array>]>([
  ["a named event", [`event: error\ndata: ${JSON_TEXT}\n\n`]],
  ["CR LF", [`event: error\r\ndata: ${JSON_TEXT}\r\n\r\n`]],
  ["CR alone", [`event: error\rdata: ${JSON_TEXT}\r\r`]],
  ["no space after the colon", [`event:error\ndata:${JSON_TEXT}\n\n`]],
  ["data before its name", [`data: ${JSON_TEXT}\nevent: error\n\n`]],
  ["no name at all", [event(busy)]],
  ["under x_groq", [event({ x_groq: busy })]],
  ["after a comment and another event", [`: keep-alive\n\nevent: ping\ndata: {}\n\n${event(busy)}`]],
  ["data in several lines", [`data: {"error":\ndata: {"message": "Over capacity", "status_code": 503}}\n\n`]],
  ["cut at each byte", bytes(`event: error\ndata: ${JSON_TEXT}\n\n`)],
  ["without its blank line", [`event: error\ndata: ${JSON_TEXT}`]],
  ["a body that breaks off", [": keep-alive\n\n"]],
])("an error that comes first is tried again: %s", async (_, first) => {
  const { provider, sent } = asked(first);
  expect(await provider.chatStream(hello).text()).toBe("Hi");
  expect(sent).toHaveLength(2);
});

test("an error after the first event is not, though both come in one read", async () => {
  const { provider, sent } = asked([event(text("Hel")) + event(busy)]);
  const stream = provider.chatStream(hello);
  const chunks: unknown[] = [];
  const read = async () => {
    for await (const chunk of stream) chunks.push(chunk);
  };
  expect(await failure(read())).toMatchObject({ kind: "ServiceUnavailable", status: 503, partial: "Hel" });
  expect(chunks).toEqual([{ type: "text", text: "Hel" }]);
  expect(sent).toHaveLength(1);
});

test("an error that is final is told as it is, with no other try", async () => {
  const refused = { error: { message: "no such key", code: "invalid_api_key", status_code: 401 } };
  const { provider, sent } = asked([event(refused)]);
  expect(await failure(provider.chatStream(hello).response)).toMatchObject({ kind: "Authentication" });
  expect(sent).toHaveLength(1);
});
