import { expect, test } from "vitest";
import { readerOf } from "../../../src/provider/stream/whole-answer.ts";

function bodyOf(pieces: readonly string[]) {
  const left = pieces.map((piece) => new TextEncoder().encode(piece));
  return {
    left,
    reader: {
      read: async () => {
        const value = left.shift();
        return value ? { done: false as const, value } : { done: true as const };
      },
      cancel: async () => {},
    },
  };
}

test("JSON in place of a stream is given as events, however long its blanks make it", async () => {
  const { reader } = bodyOf(["{", " ".repeat(150), '"a":1}']);
  const { value } = await readerOf(reader, 100).read();
  expect(new TextDecoder().decode(value)).toBe('data: {"a":1}\n\ndata: [DONE]\n\n');
});

test("JSON that is too long is refused before it is put together, and the rest is not read", async () => {
  const { reader, left } = bodyOf(['{"id":', ...Array.from({ length: 100 }, () => "9".repeat(10))]);
  const long = readerOf(reader, 100);
  await expect(long.read()).rejects.toMatchObject({
    kind: "InvalidResponse",
    message: "An event of the stream is longer than 100 characters (maxEventLength)",
  });
  expect(left).toHaveLength(80);
});
