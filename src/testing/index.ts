/** What applications import as `groq-provider/testing`: a Groq to test against. */
export { readDocument } from "./described/read-document.ts";
export type { AnswersOptions, Bodies, DocumentAnswers, ServedDocument } from "./described/types.ts";
export { createEmbeddedGroq, type EmbeddedGroq } from "./embedded-groq.ts";
export type { Fault } from "./faults.ts";
export type { LimitOptions } from "./limits.ts";
export type { WireModel } from "./models.ts";
export type { EmbeddedGroqOptions } from "./options.ts";
export type { ReceivedRequest } from "./received.ts";
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
