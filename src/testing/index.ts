/** What applications import as `groq-provider/testing`: a Groq to test against. */
export { createEmbeddedGroq, type EmbeddedGroq } from "./embedded-groq.ts";
export type { Fault } from "./faults.ts";
export type { LimitOptions } from "./limits.ts";
export type { WireModel } from "./models.ts";
export type { EmbeddedGroqOptions, ReceivedRequest } from "./options.ts";
export type {
  ChatRequest,
  ErrorReply,
  ModelReply,
  Reply,
  ReplyToolCall,
  RequestMessage,
  RequestTool,
} from "./reply.ts";
export { type EmbeddedGroqServer, type EmbeddedGroqServerOptions, startEmbeddedGroq } from "./server.ts";
