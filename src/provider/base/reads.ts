/**
 * What the adapter reads of each answer, by place: the checks of a call look at these and at nothing else, and the types that the
 * adapter imports (wire.ts) have these and no others, so that the compiler tells when this table and the adapter part.
 */

export interface Reads {
  /** The name of its type in wire.ts. */
  as?: string;
  /** Of an object, the members that are read. Without `of` and `each` the value is read whole. */
  of?: Readonly<Record<string, Member>>;
  /** Of an array. */
  each?: Reads;
  /** Read as a value of unknown type: nothing is asked of it. */
  any?: true;
}

export interface Member extends Reads {
  /** The adapter can't go on without it. `filled`: nor without an item in it. */
  need?: true | "filled";
}

const whole: Member = {};

/** Members that are read whole, and may be absent. */
const wholes = (...names: string[]): Record<string, Member> =>
  Object.fromEntries(names.map((name) => [name, whole]));

const usage: Member = {
  as: "Usage",
  of: {
    ...wholes("prompt_tokens", "completion_tokens", "total_tokens"),
    ...wholes("queue_time", "prompt_time", "completion_time", "total_time"),
    prompt_tokens_details: { of: wholes("cached_tokens") },
    completion_tokens_details: { of: wholes("reasoning_tokens") },
  },
};

const head = wholes("id", "model", "created", "system_fingerprint", "service_tier");

// Reasoning, which each service calls otherwise, is read as a value of unknown type.
const texts = wholes("content", "refusal");

const executedTools: Member = {
  each: {
    as: "ExecutedTool",
    of: { ...wholes("index", "name", "arguments", "output"), type: { need: true } },
  },
};

const toolCalls: Member = {
  each: {
    as: "ToolCall",
    of: {
      id: whole,
      function: { need: true, of: { name: { need: true }, arguments: whole } },
    },
  },
};

const toolCallDeltas: Member = {
  each: {
    as: "ToolCallDelta",
    of: { ...wholes("index", "id"), function: { of: wholes("name", "arguments") } },
  },
};

const model: Reads = {
  as: "Model",
  of: {
    id: { need: true },
    ...wholes("owned_by", "created", "active", "name", "context_window", "max_completion_tokens"),
    ...wholes("input_modalities", "output_modalities", "supported_features"),
  },
};

/** The answers that are checked before they are read. */
export type CheckedRole = "ChatAnswer" | "StreamChunk" | "EmbeddingAnswer" | "ModelList" | "Model";

export const READS: Readonly<Record<CheckedRole, Reads>> = {
  ChatAnswer: {
    as: "ChatAnswer",
    of: {
      ...head,
      usage,
      x_groq: { of: wholes("id", "seed") },
      choices: {
        // Without a choice there is no answer.
        need: "filled",
        each: {
          as: "Choice",
          of: {
            ...wholes("index", "finish_reason"),
            message: {
              need: true,
              as: "AnswerMessage",
              of: { ...texts, tool_calls: toolCalls, executed_tools: executedTools },
            },
          },
        },
      },
    },
  },
  StreamChunk: {
    as: "StreamChunk",
    of: {
      ...head,
      usage,
      x_groq: { of: { ...wholes("id", "seed"), usage } },
      choices: {
        need: true,
        each: {
          as: "ChunkChoice",
          of: {
            ...wholes("index", "finish_reason"),
            logprobs: { any: true },
            delta: {
              as: "Delta",
              of: { ...texts, tool_calls: toolCallDeltas, executed_tools: executedTools },
            },
          },
        },
      },
    },
  },
  EmbeddingAnswer: {
    as: "EmbeddingAnswer",
    of: {
      model: whole,
      usage: { of: wholes("prompt_tokens", "total_tokens") },
      data: { need: true, each: { as: "Embedding", of: { index: whole, embedding: { need: true } } } },
    },
  },
  ModelList: { as: "ModelList", of: { data: { need: true, each: model } } },
  Model: model,
};

/** The fields of requests that the adapter writes. */
export const WRITES: Readonly<Record<"ChatRequest" | "EmbeddingRequest", readonly string[]>> = {
  ChatRequest: [
    ...[
      "model",
      "messages",
      "temperature",
      "max_tokens",
      "max_completion_tokens",
      "top_p",
      "stop",
      "seed",
      "user",
    ],
    ...["n", "tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort"],
    ...["reasoning_format", "include_reasoning", "service_tier", "stream", "stream_options"],
  ],
  EmbeddingRequest: ["model", "input", "encoding_format", "dimensions", "user"],
};
