/** What an application says: messages and their parts, tools, and the form of the answer. */
import type { JsonObject, JsonSchema } from "./json.ts";

/**
 * Members of a message, a part, a tool or a call that the library has no name for, by their wire names: `cache_control`,
 * `prefix`, `extra_content`. They are sent as they are.
 */
export type ExtraMembers = { [name: string]: unknown };

/** Text, as a part of a message. */
export interface TextPart {
  type: "text";
  /** What it says. */
  text: string;
  /** Members of the part by their wire names: `{ cache_control: { type: "ephemeral" } }`. */
  extra?: ExtraMembers | undefined;
}

/**
 * An image for a vision model. Groq takes at most 20 MB a request with URLs and 4 MB as data URI.
 */
export interface ImagePart {
  type: "image";
  /** An http(s) or `data:` URL, or the bytes themselves (sent as a data URI). */
  image: string | URL | Uint8Array | ArrayBuffer;
  /** Needed with bytes whose first bytes do not tell it (PNG, JPEG, GIF and WebP are recognised). */
  mediaType?: string | undefined;
  /** How closely the model looks, and how many tokens that costs. Default: the service's, `auto`. */
  detail?: "auto" | "low" | "high" | undefined;
  /** Members of the part by their wire names. */
  extra?: ExtraMembers | undefined;
}

/** A part of a kind that the library has no name for, sent as it is. */
export interface RawPart {
  type: "raw";
  /** As the wire has it: `{ type: "input_audio", input_audio: { data, format: "wav" } }`. */
  part: ExtraMembers;
}

/** A part of a message: text, an image, or something that the library has no name for. */
export type ContentPart = TextPart | ImagePart | RawPart;

/** What the model is told about its task. `developer` is what OpenAI's newer models call it. */
export interface SystemMessage {
  /** `developer` where the service knows the word. */
  role: "system" | "developer";
  /** The text, or its parts. */
  content: string | readonly (TextPart | RawPart)[];
  /** Tells speakers of one role apart. */
  name?: string | undefined;
  /** Members of the message by their wire names. */
  extra?: ExtraMembers | undefined;
}

/** What the user said, in text and images. */
export interface UserMessage {
  role: "user";
  /** The text, or parts: text and images. */
  content: string | readonly ContentPart[];
  /** Tells speakers of one role apart. */
  name?: string | undefined;
  /** Members of the message by their wire names. */
  extra?: ExtraMembers | undefined;
}

/** What the model said earlier. A `ChatResponse` is one, so it can be given back as it came. */
export interface AssistantMessage {
  role: "assistant";
  /** The text; null or absent where the message only calls tools. */
  content?: string | readonly (TextPart | RawPart)[] | null | undefined;
  /** Each is answered by a `ToolMessage`. */
  toolCalls?: readonly ToolCall[] | undefined;
  /** Goes back where the service takes it: some refuse a tool conversation without it. */
  reasoning?: string | undefined;
  /** Where `reasoning` came from, and goes back to where the service takes more than one. */
  reasoningField?: ReasoningField | undefined;
  /**
   * Members of the message by their wire names. What one service wants back (`reasoning_details`, `extra_content`) is not
   * sent to another.
   */
  extra?: ExtraMembers | undefined;
}

/** The wire's places for reasoning: members of a message, or `thinking` parts of its content. */
export type ReasoningField = "reasoning" | "reasoning_content" | "thinking";

/** What a function of the application gave. */
export interface ToolMessage {
  role: "tool";
  /** What the function gave: a text (JSON is text too), or parts. */
  content: string | readonly ContentPart[];
  /** The `id` of the `ToolCall` that this answers. */
  toolCallId: string;
  /** The tool's name. No service asks for it. */
  name?: string | undefined;
  /** Members of the message by their wire names. */
  extra?: ExtraMembers | undefined;
}

/** One message of a conversation. */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

/** A call of a function that the model asks for. */
export interface ToolCall {
  /** Opaque, and of a different form for each model family; made up where the server sent none. */
  id: string;
  type: "function";
  /** The function to call. */
  function: {
    /** The tool's name. */
    name: string;
    /** The parsed arguments; `{}` when they came blank or, with `invalid`, when they are not a JSON object. */
    arguments: JsonObject;
    /** The arguments as the model wrote them. */
    rawArguments: string;
    /** Present when `rawArguments` is not a JSON object. */
    invalid?: true;
  };
  /** What the service wants back with the call, as it came: Gemini's `extra_content` with its thought signature. */
  extra?: ExtraMembers;
}

/** A function of the application that the model may call. `runTools` takes tools that run by themselves. */
export interface FunctionTool {
  type: "function";
  /** What the model is told of it. */
  function: {
    /** Letters, digits, `_`, `-`; at most 64. */
    name: string;
    /** What it does, and when to call it: the model goes by this. */
    description?: string | undefined;
    /** JSON Schema of the arguments, an object's. Default: none. */
    parameters?: JsonSchema | undefined;
    /** The arguments fit the schema to the letter; not every model can. Default: the service's. */
    strict?: boolean | undefined;
  };
  /** Members of the tool by their wire names. */
  extra?: ExtraMembers | undefined;
}

/** A tool that the server runs itself; on Groq for gpt-oss only. */
export interface BuiltInTool {
  /** Which one. */
  type: "browser_search" | "code_interpreter";
}

/** A tool of another service, sent as it is. */
export interface RawTool {
  type: "raw";
  /** As the wire has it: `{ type: "openrouter:web_search", parameters: { … } }`. */
  tool: ExtraMembers;
}

/** What the model may call. */
export type Tool = FunctionTool | BuiltInTool | RawTool;

/** `auto`: the model decides; `required`: it calls one at least; `none`: it calls none; or the one that it must call. */
export type ToolChoice =
  | "none"
  | "auto"
  | "required"
  | {
      type: "function";
      /** The function that must be called. */
      function: {
        /** The tool's name. */
        name: string;
      };
    };

/**
 * The form of the answer: plain text, any JSON object (the messages must ask for JSON, too), or JSON that fits a schema.
 * `chatObject` takes a schema, asks in this way, and validates.
 */
export type ResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      /** The schema, and how it is held. */
      jsonSchema: {
        /** Letters, digits, `_`, `-`; at most 64. */
        name: string;
        /** What it is for: the model goes by this. */
        description?: string | undefined;
        /** JSON Schema of the answer. */
        schema: JsonSchema;
        /** The answer fits to the letter; every property must then be required. Default: the service's. */
        strict?: boolean | undefined;
      };
    };
