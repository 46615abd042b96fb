/** A provider that answers from a script, and keeps what it was asked. */
import type {
  ChatChunk,
  ChatOptions,
  ChatResponse,
  ChatStream,
  ChatStreamOptions,
  Message,
  ToolCall,
} from "../../../src/provider/base/types.ts";

type Line = Partial<ChatResponse> | Error;

export function call(name: string, args: unknown, id = `call_${name}`): ToolCall {
  const rawArguments = typeof args === "string" ? args : JSON.stringify(args);
  const invalid = typeof args === "string";
  return {
    id,
    type: "function",
    function: {
      name,
      arguments: invalid ? {} : (args as ToolCall["function"]["arguments"]),
      rawArguments,
      ...(invalid && { invalid: true as const }),
    },
  };
}

export function answer(line: Partial<ChatResponse>): ChatResponse {
  const choice = {
    index: 0,
    content: "",
    toolCalls: [],
    finishReason: "stop" as const,
    rawFinishReason: "stop",
  };
  return {
    role: "assistant",
    id: "chatcmpl-1",
    model: "test/model",
    created: 1,
    choices: [choice],
    ...choice,
    ...line,
  };
}

export class ScriptedProvider {
  readonly asked: { messages: readonly Message[]; options: ChatStreamOptions }[] = [];
  /** Streams that were closed before their end. */
  closed = 0;
  readonly #lines: Line[];

  constructor(...lines: Line[]) {
    this.#lines = lines;
  }

  #next(messages: readonly Message[], options: ChatStreamOptions): ChatResponse {
    this.asked.push({ messages, options });
    const line = this.#lines.shift();
    if (line === undefined) throw new Error("the script is over");
    if (line instanceof Error) throw line;
    return answer(line);
  }

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<ChatResponse> {
    return this.#next(messages, options);
  }

  /** Text in pieces of four characters. */
  chatStream(messages: readonly Message[], options: ChatStreamOptions = {}): ChatStream {
    const response = (async () => this.#next(messages, options))();
    response.catch(() => {});
    const chunks = this.#chunks(response);
    return {
      [Symbol.asyncIterator]: () => chunks,
      response,
      text: async () => (await response).content,
      cancel: () => {},
    };
  }

  async *#chunks(response: Promise<ChatResponse>): AsyncGenerator<ChatChunk, void> {
    let ended = false;
    try {
      const { content, toolCalls, finishReason, rawFinishReason } = await response;
      for (const text of content.match(/.{1,4}/gsu) ?? []) yield { type: "text", text };
      for (const toolCall of toolCalls) yield { type: "toolCall", toolCall };
      yield { type: "finish", finishReason, rawFinishReason };
      ended = true;
    } finally {
      if (!ended) this.closed++;
    }
  }
}
