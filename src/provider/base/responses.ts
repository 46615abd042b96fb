/** What an application gets. */
import type { HeaderReader } from "./headers.ts";
import type { JsonObject } from "./json.ts";
import type { RateLimitSnapshot } from "./limits.ts";
import type { ExtraMembers, ReasoningField, ToolCall } from "./messages.ts";

/** A tool that the server ran itself (compound systems, built-in tools). */
export interface ExecutedTool {
  /** Its place among those of the answer. */
  index: number;
  /** As the server calls it: `browser.search`, `python`, … */
  type: string;
  /** Absent where the server does not say it. */
  name?: string;
  /** As text, mostly JSON. */
  arguments: string;
  /** What it gave; absent where it gave nothing. */
  output?: string;
  /** The entry as it came, with `search_results` and the like. */
  raw: JsonObject;
}

/** Tokens. A figure that the server left out, and that does not follow from the other two, is absent. */
export interface Usage {
  /** Of messages, tools and schemas. */
  promptTokens?: number;
  /** Of the answer, reasoning included. */
  completionTokens?: number;
  /** `promptTokens` and `completionTokens`. */
  totalTokens?: number;
  /** Prompt tokens served from the cache; a part of `promptTokens`. */
  cachedTokens?: number;
  /** A part of `completionTokens`. */
  reasoningTokens?: number;
}

/** Milliseconds (Groq sends seconds). `totalMs` is prompt and completion; the queue is not part of it. */
export interface Timing {
  /** Before the model began. */
  queueMs?: number;
  /** Reading the prompt. */
  promptMs: number;
  /** Writing the answer. */
  completionMs: number;
  /** Both. */
  totalMs: number;
}

/** `other`: the server said something that this version does not know, or nothing; see `rawFinishReason`. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "other";

/** One of the answers that a call asked for. */
export interface Choice {
  /** Its place among the choices, from 0. */
  index: number;
  /** `""` where the wire has null or nothing, as on tool calls. */
  content: string;
  /** What the model thought, where the service tells it. */
  reasoning?: string;
  /** Where `reasoning` stood, so that it can go back there. */
  reasoningField?: ReasoningField;
  /** What the service wants back with the message, as it came: `reasoning_details`, `extra_content`. */
  extra?: ExtraMembers;
  /** Sources that the answer rests on: `citations`, `annotations`, `search_results` of the wire. */
  citations?: Citation[];
  /** Probabilities of the tokens, where they were asked for. */
  logprobs?: TokenLogprob[];
  /** What a model says instead of an answer that it refuses to give (OpenAI's `refusal`). */
  refusal?: string;
  /** Calls that the model asks for; empty where it asks for none. */
  toolCalls: ToolCall[];
  /** Tools that the server ran itself. */
  executedTools?: ExecutedTool[];
  /** Why it ended, in one word for all services. */
  finishReason: FinishReason;
  /** The same in the server's word; null where it said none. */
  rawFinishReason: string | null;
}

/** A source that an answer rests on. */
export interface Citation {
  /** Where it stands. */
  url: string;
  /** What it is called. */
  title?: string;
  /** Where in `content` it is used: first character, and the one after the last. */
  start?: number;
  /** The character after the last. */
  end?: number;
}

/** How likely a token of the answer was; asked for with `extra: { logprobs: true, top_logprobs: 5 }`. */
export interface TokenLogprob {
  /** The token as text. */
  token: string;
  /** Natural logarithm of the probability. */
  logprob: number;
  /** The likeliest tokens at this place. */
  topLogprobs?: {
    /** The token as text. */
    token: string;
    /** Natural logarithm of the probability. */
    logprob: number;
  }[];
}

/**
 * What the model answered; its content, calls and the like are those of the first choice. It is an `AssistantMessage` too:
 * `messages.push(response)` goes on with the conversation.
 */
export interface ChatResponse extends Omit<Choice, "index"> {
  role: "assistant";
  /** Not always unique: Groq's compound systems answer `stub`. */
  id: string;
  /** The model that answered; under an alias another than was asked for. */
  model: string;
  /** From `x-request-id`, or the body's `x_groq.id`: quote it to the vendor's support. */
  requestId?: string;
  /** Seconds since 1970, as sent. */
  created: number;
  /** Tokens, where the service tells them. */
  usage?: Usage;
  /** How long the server took (Groq, Cerebras). */
  timing?: Timing;
  /** The tier that answered. */
  serviceTier?: string;
  /** The backend's configuration: answers to one seed may differ where it differs. */
  systemFingerprint?: string;
  /** The seed that was used, where the service tells it. */
  seed?: number;
  /** All choices; one, unless `n` asked for more. */
  choices: Choice[];
  /** US dollars, where the service tells what the call cost (OpenRouter, Perplexity). */
  cost?: number;
  /** What this answer's headers said of the limits. */
  rateLimits?: RateLimitSnapshot;
  /**
   * The answer as it came, parsed; of a stream its chunks in a list, where `includeRaw` asked for them. It is left out of
   * JSON, spreads and logs.
   */
  readonly raw?: unknown;
  /** The answer's headers: `headers.get("x-…")`. They are left out of JSON, spreads and logs, too. */
  readonly headers?: HeaderReader;
}

/** A `ChatResponse` with its text as `text`. */
export interface CompletionResponse extends Omit<ChatResponse, "content" | "role"> {
  /** The completion; the same as `content` of a chat. */
  text: string;
}

/** A piece of a streamed answer, of its first choice. */
export type ChatChunk =
  /** More of the answer's text. */
  | {
      type: "text";
      /** The new piece alone. */
      text: string;
    }
  /** More of what the model thinks. */
  | {
      type: "reasoning";
      /** The new piece alone. */
      text: string;
    }
  /** More of the arguments of a call; `index` is its place among the calls. */
  | {
      type: "toolCallDelta";
      /** Its place among the calls, from 0. */
      index: number;
      /** The call's id; comes with its first piece. */
      id?: string;
      /** The function's name; comes with its first piece. */
      name?: string;
      /** The new piece of JSON text. */
      arguments: string;
    }
  /** A call that is whole, with parsed arguments. */
  | {
      type: "toolCall";
      /** The call, as the response has it. */
      toolCall: ToolCall;
    }
  /** A tool that the server ran. */
  | {
      type: "executedTool";
      /** The tool's run, as the response has it. */
      tool: ExecutedTool;
    }
  /** The text is over. */
  | {
      type: "finish";
      /** Why it ended, in one word for all services. */
      finishReason: FinishReason;
      /** The same in the server's word; null where it said none. */
      rawFinishReason: string | null;
    }
  /** Comes last, where the service tells it. */
  | {
      type: "usage";
      /** Tokens of the whole answer. */
      usage: Usage;
      /** How long the server took. */
      timing?: Timing;
    }
  /** Each event of the stream as it came, before what is made of it. Only with `includeRaw`. */
  | {
      type: "raw";
      /** The event's data, parsed. */
      data: unknown;
    };

/**
 * A streamed chat; the request goes out when it is made. Iterate it once; or await `response` or `text()`, which read it to
 * its end. Chunks are those of the first choice. A failure is thrown after the chunks that came before it, and has their
 * text as `partial`.
 */
export interface ChatStream extends AsyncIterable<ChatChunk> {
  /**
   * The final response, of the same shape as `chat` gives. Asking for it reads the stream ahead to its end, at the server's
   * pace instead of the loop's; chunks that a loop has not taken yet wait for it in memory. So it may be asked for before,
   * beside or inside the loop. Rejects with what ends the stream, `Cancelled` where the loop was left early. Never causes an
   * unhandled rejection.
   */
  readonly response: Promise<ChatResponse>;
  /** The whole text, read to the end of the stream. */
  text(): Promise<string>;
  /** Closes the connection now. A waiting reader rejects with kind `Cancelled`. */
  cancel(reason?: string): void;
}

/** What `embed` gives. */
export interface EmbeddingResponse {
  /** The model that answered. */
  model: string;
  /** One vector for each input, in the order of the input. */
  embeddings: number[][];
  /** Tokens. A figure that the server left out is absent. */
  usage?: {
    /** Tokens of the input. */
    promptTokens?: number;
    /** The same, where nothing else was counted. */
    totalTokens?: number;
  };
  /** From `x-request-id`: quote it to the vendor's support. */
  requestId?: string;
  /** The answer as it came, parsed. It is left out of JSON, spreads and logs. */
  readonly raw?: unknown;
  /** The answer's headers, by `headers.get(name)`; left out in the same way. */
  readonly headers?: HeaderReader;
}

/** Models, with the answer that listed them. */
export interface ModelList extends Array<ModelInfo> {
  /** The answer as it came, parsed. It is left out of JSON, spreads and logs. */
  readonly raw?: unknown;
  /** The answer's headers, by `headers.get(name)`; left out in the same way. */
  readonly headers?: HeaderReader;
}

/** What a service tells of a model; what it leaves out is absent. */
export interface ModelInfo {
  /** May contain slashes. */
  id: string;
  /** Who made or serves it. */
  ownedBy?: string;
  /** Seconds since 1970. */
  created?: number;
  /** `false`: listed, but not serving. */
  active?: boolean;
  /** For people. */
  name?: string;
  /** Tokens of prompt and answer together. */
  contextWindow?: number;
  /** Tokens of the longest answer. */
  maxOutputTokens?: number;
  /** Bytes, of a model that is there as a file (Ollama). */
  sizeBytes?: number;
  /** `text`, `image`, `audio`, … */
  inputModalities?: string[];
  /** `text`, `audio`, … */
  outputModalities?: string[];
  /** For instance `tools`, `json_mode`, `structured_outputs`, `reasoning`. */
  features?: string[];
  /** US dollars per token (the wire has them as decimal strings). */
  pricing?: {
    /** A token of the prompt. */
    prompt?: number;
    /** A token of the answer. */
    completion?: number;
    /** A token of the prompt that came from the cache. */
    inputCacheRead?: number;
  };
  /** The model's entry as it came. It is left out of JSON, spreads and logs. */
  readonly raw?: unknown;
  /** Of `retrieveModel`: the answer's headers, by `headers.get(name)`; left out in the same way. */
  readonly headers?: HeaderReader;
}
