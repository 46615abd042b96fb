/** Bytes as lines of JSON, as Ollama streams them. */
import { LlmError } from "../base/error.ts";
import type { BodyRead } from "../base/exchange.ts";
import { parseJson } from "../base/values.ts";

/** Characters of the longest line. */
const LONGEST = 1 << 20;

/** Each line as its value. Lines that are no JSON are left out; one beyond all measure is an `InvalidResponse`. */
export async function* jsonLines(read: () => Promise<BodyRead>): AsyncGenerator<unknown, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await read();
    // Only what came is searched: a line may come byte by byte.
    const lines = (value ? decoder.decode(value, { stream: true }) : decoder.decode()).split("\n");
    lines[0] = rest + (lines[0] ?? "");
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) {
      const parsed = parseJson(line);
      if (parsed !== undefined) yield parsed;
    }
    if (done) return;
    if (rest.length > LONGEST)
      throw new LlmError(
        "InvalidResponse",
        `Expected lines of at most ${LONGEST} characters, got a longer one`,
      );
  }
}
