/** An answer's text as the object that was asked for. */
import { LlmError } from "../base/error.ts";
import type { ChatResponse, JsonValue } from "../base/types.ts";
import type { ResolvedSchema } from "../schema/standard-schema.ts";

/** What the schema makes of the answer; `GenerationFailed` when it is a refusal, no JSON, cut off, or does not fit. */
export async function readObject(response: ChatResponse, schema: ResolvedSchema): Promise<unknown> {
  const { content, refusal } = response;
  if (refusal) throw failed(response, `The model refused to answer: ${shorten(refusal)}`, refusal);
  const parsed = parse(content);
  if (parsed === undefined || wasCut(response, parsed.value)) throw notJson(response);
  const validated = await schema.validate(parsed.value);
  if (!validated.ok) {
    throw failed(response, `The answer does not fit the schema. ${validated.problems.join("; ")}`, content);
  }
  return validated.value;
}

function parse(text: string): { value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

/** An object or list that is closed is whole, wherever the answer ended; half a number is a number too. */
function wasCut({ finishReason }: ChatResponse, value: JsonValue): boolean {
  return finishReason === "length" && (typeof value !== "object" || value === null);
}

function notJson(response: ChatResponse): LlmError {
  const { content, finishReason, usage, requestId } = response;
  if (finishReason === "length") {
    const after = usage ? ` after ${usage.completionTokens} tokens` : "";
    return new LlmError("GenerationFailed", `The answer was cut off${after}; raise maxTokens`, {
      partial: content,
      requestId,
    });
  }
  const filtered = finishReason === "content_filter" ? " (stopped by the content filter)" : "";
  const got = content.trim() === "" ? "nothing" : JSON.stringify(shorten(content));
  return failed(response, `Expected an answer in JSON, got ${got}${filtered}`, content);
}

function failed({ requestId }: ChatResponse, message: string, failedGeneration: string): LlmError {
  return new LlmError("GenerationFailed", message, { failedGeneration, requestId });
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
