/** A reply in the shapes of the wire: a whole answer, or the events of a stream. */
import { toEvent } from "./answer.ts";
import { type ChatRequest, type ModelReply, type ReplyToolCall, textOf } from "./reply.ts";

export interface WireContext {
  request: ChatRequest;
  reply: ModelReply;
  requestId: string;
  /** Counts answers, so that ids differ and still are the same in each run. */
  number: number;
  /** Seconds since 1970. */
  created: number;
}

const CHARACTERS_PER_TOKEN = 4;

export const countTokens = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

/** So many tokens of a text. */
export const firstTokens = (text: string, count: number): string =>
  text.slice(0, Math.max(0, count) * CHARACTERS_PER_TOKEN);

export function countPromptTokens(request: ChatRequest): number {
  const tools = request.tools && request.tools.length > 0 ? countTokens(JSON.stringify(request.tools)) : 0;
  return request.messages.reduce((sum, message) => sum + 4 + countTokens(textOf(message)), tools);
}

/** The body of an answer in one piece. As on the wire, a message with calls and no text has no `content` at all. */
export function toCompletion(context: WireContext): Record<string, unknown> {
  const { reply, requestId } = context;
  const calls = toWireCalls(context);
  return {
    ...head(context, "chat.completion"),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          ...((calls.length === 0 || reply.text !== undefined) && { content: reply.text ?? "" }),
          ...(showsReasoning(context) && { reasoning: reply.reasoning }),
          ...(calls.length > 0 && { tool_calls: calls }),
          ...(reply.executedTools && { executed_tools: reply.executedTools }),
        },
        logprobs: null,
        finish_reason: finishReason(reply),
      },
    ],
    usage: toWireUsage(context),
    usage_breakdown: null,
    system_fingerprint: "fp_0123456789",
    x_groq: { id: requestId, seed: 42 },
    service_tier: "on_demand",
  };
}

/** The events of an answer in pieces, `[DONE]` last. */
export function toEvents(context: WireContext): string[] {
  const { request, reply, requestId } = context;
  const calls = toWireCalls(context);
  const usage = toWireUsage(context);
  const chunk = (delta: object, finish: string | null = null, rest: object = {}) =>
    toEvent({
      ...head(context, "chat.completion.chunk"),
      system_fingerprint: "fp_0123456789",
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...rest,
    });
  const text = reply.text ?? "";
  const pieces = reply.pieces ?? wordsOf(text);
  const events = [
    chunk({ role: "assistant", content: calls.length > 0 && text === "" ? null : "" }, null, {
      x_groq: { id: requestId, seed: 42 },
    }),
  ];
  if (showsReasoning(context)) {
    for (const piece of wordsOf(reply.reasoning ?? "")) {
      events.push(chunk({ reasoning: piece, ...(isGptOss(request) && { channel: "analysis" }) }));
    }
  }
  if (reply.executedTools) {
    // Each comes twice at its index: as called, then with what it gave.
    const called = reply.executedTools.map(({ output: _, ...rest }) => rest);
    events.push(chunk({ executed_tools: called }), chunk({ executed_tools: reply.executedTools }));
  }
  for (const piece of pieces) events.push(chunk({ content: piece }));
  for (const [index, call] of calls.entries()) events.push(chunk({ tool_calls: [{ ...call, index }] }));
  events.push(chunk({}, finishReason(reply), { x_groq: { id: requestId, usage }, usage }));
  if (request.stream_options?.include_usage) {
    events.push(
      toEvent({ ...head(context, "chat.completion.chunk"), choices: [], usage, service_tier: "on_demand" }),
    );
  }
  events.push(toEvent("[DONE]"));
  return events;
}

/** The words of a text, each with the blanks before it; the last one also keeps those after it. */
function wordsOf(text: string): string[] {
  const end = text.trimEnd().length;
  const words = text.slice(0, end).match(/\s*\S+/g) ?? [];
  return words.map((word, index) => (index === words.length - 1 ? word + text.slice(end) : word));
}

function head({ request, number, created }: WireContext, object: string) {
  return { id: `chatcmpl-${toUuid(number)}`, object, created, model: request.model };
}

const toUuid = (number: number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;

function toWireCalls({ reply, number }: WireContext) {
  return (reply.toolCalls ?? []).map((call: ReplyToolCall, index) => ({
    id: call.id ?? `fc_${toUuid(number * 16 + index)}`,
    type: "function",
    function: {
      name: call.name,
      arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
    },
  }));
}

const finishReason = (reply: ModelReply) =>
  reply.finishReason ?? (reply.toolCalls && reply.toolCalls.length > 0 ? "tool_calls" : "stop");

const isGptOss = (request: ChatRequest) => request.model.includes("gpt-oss");

/** gpt-oss shows its reasoning unasked. */
function showsReasoning({ request, reply }: WireContext): boolean {
  if (reply.reasoning === undefined || request.include_reasoning === false) return false;
  return request.reasoning_format !== "hidden";
}

/** Counted as four characters a token; times in seconds. */
export function toWireUsage({ request, reply }: Pick<WireContext, "request" | "reply">) {
  const { usage = {} } = reply;
  const written = [
    reply.text,
    reply.reasoning,
    ...(reply.toolCalls ?? []).map((call) => JSON.stringify(call)),
  ];
  const prompt = usage.promptTokens ?? countPromptTokens(request);
  const completion =
    usage.completionTokens ?? written.reduce((sum: number, text) => sum + countTokens(text ?? ""), 1);
  const promptTime = prompt * 1e-5;
  const completionTime = completion * 1e-3;
  return {
    queue_time: 0.002,
    prompt_tokens: prompt,
    prompt_time: promptTime,
    completion_tokens: completion,
    completion_time: completionTime,
    total_tokens: prompt + completion,
    total_time: promptTime + completionTime,
    ...(usage.cachedTokens !== undefined && { prompt_tokens_details: { cached_tokens: usage.cachedTokens } }),
    ...(usage.reasoningTokens !== undefined && {
      completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    }),
  };
}
