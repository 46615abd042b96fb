import { isObject } from "../base/values.ts";

/**
 * Whether an event's data is one of the many chunks that add text and nothing else. Their few members are looked at by
 * hand, at a hundredth of what the schema costs; `false` means only that the schema has to decide. What passes here
 * passes the loose schema.
 */
export function isPlainChunk(data: unknown): boolean {
  if (!isObject(data)) return false;
  if (data.usage != null || data.x_groq != null || !Array.isArray(data.choices)) return false;
  for (const choice of data.choices) if (!isPlainChoice(choice)) return false;
  return (
    isText(data.id) &&
    isText(data.object) &&
    isText(data.model) &&
    isText(data.system_fingerprint) &&
    isText(data.service_tier) &&
    isNumber(data.created)
  );
}

function isPlainChoice(choice: unknown): boolean {
  if (!isObject(choice)) return false;
  const { delta } = choice;
  if (!isObject(delta) || delta.tool_calls != null || delta.executed_tools != null) return false;
  return (
    isText(delta.content) &&
    isText(delta.reasoning) &&
    isText(delta.reasoning_content) &&
    isText(delta.refusal) &&
    isText(delta.role) &&
    isText(delta.channel) &&
    isText(choice.finish_reason) &&
    isNumber(choice.index)
  );
}

const isText = (value: unknown) => value == null || typeof value === "string";
const isNumber = (value: unknown) => value == null || (typeof value === "number" && Number.isFinite(value));
