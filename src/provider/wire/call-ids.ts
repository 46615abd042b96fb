/** Ids of tool calls that are unique over a conversation: some servers count from 0 in each answer, and others refuse that. */
import type { RequestMessage } from "../../generated/wire.ts";

/**
 * The messages with each call under an id of its own, and each tool message under that of its call. The first call of an id
 * keeps it. A later one gets a name that is the same each time the conversation is sent, so that caches of prompts hold.
 */
export function withUniqueCallIds(messages: RequestMessage[]): RequestMessage[] {
  const taken = new Set<string>();
  /** By the id that a call came with: those that its answers go to, in the order of the calls. */
  let current = new Map<string, string[]>();
  return messages.map((message) => {
    if (message.role === "assistant" && message.tool_calls?.length) {
      current = new Map();
      const calls = message.tool_calls.map((call) => {
        const own = call.id ?? "";
        const id = uniqueId(own, taken);
        taken.add(id);
        current.set(own, [...(current.get(own) ?? []), id]);
        return id === call.id ? call : { ...call, id };
      });
      return calls.some((call, at) => call !== message.tool_calls?.[at])
        ? { ...message, tool_calls: calls }
        : message;
    }
    if (message.role !== "tool") return message;
    const ids = current.get(message.tool_call_id ?? "");
    const id = ids && ids.length > 1 ? ids.shift() : ids?.[0];
    return id === undefined || id === message.tool_call_id ? message : { ...message, tool_call_id: id };
  });
}

/** Mistral takes nine letters or digits and nothing else, so such an id stays one. */
const NINE = /^[a-zA-Z0-9]{9}$/;

function uniqueId(id: string, taken: ReadonlySet<string>): string {
  let name = id;
  for (let count = 2; taken.has(name); count++) {
    const ending = count.toString(36);
    name = NINE.test(id) ? id.slice(0, 9 - ending.length) + ending : `${id}_${count}`;
  }
  return name;
}
