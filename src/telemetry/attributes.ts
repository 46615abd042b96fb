/** What a call and its outcome are as attributes. No text of a prompt or an answer, but where it is asked for. */
import type { Attributes } from "@opentelemetry/api";
import type { LlmError } from "../provider/base/error.ts";
import type { Call, CallOutcome } from "../provider/base/layer.ts";
import type { ChatOptions } from "../provider/base/types.ts";
import { ATTR } from "./names.ts";

/** `chat` for whole and streamed chats: the conventions tell them apart by an attribute. */
export function operationName({ operation }: Call): string {
  if (operation === "chat" || operation === "chatStream") return "chat";
  return operation === "embed" ? "embeddings" : operation;
}

/** Whether a model is asked for something; lists of models are no inference. */
export function isInference({ operation }: Call): boolean {
  return (
    operation === "chat" || operation === "chatStream" || operation === "embed" || operation === "request"
  );
}

/** What metrics and spans share. */
export function commonAttributes(call: Call): Attributes {
  const [address = call.host, port] = splitHost(call.host);
  return defined({
    [ATTR.operation]: operationName(call),
    [ATTR.provider]: call.provider,
    [ATTR.requestModel]: call.model,
    [ATTR.server]: address,
    [ATTR.port]: port,
  });
}

export function requestAttributes(call: Call): Attributes {
  const options: ChatOptions = call.options;
  return defined({
    [ATTR.stream]: call.operation === "chatStream" ? true : undefined,
    [ATTR.maxTokens]: options.maxTokens,
    [ATTR.temperature]: options.temperature,
    [ATTR.topP]: options.topP,
    [ATTR.seed]: options.seed,
    [ATTR.stop]: options.stop === undefined ? undefined : [options.stop].flat(),
    [ATTR.choices]: options.n !== undefined && options.n !== 1 ? options.n : undefined,
  });
}

export function outcomeAttributes({ usage, response }: CallOutcome): Attributes {
  return defined({
    [ATTR.responseId]: response?.id || undefined,
    [ATTR.responseModel]: response?.model,
    [ATTR.finishReasons]: response?.choices.map(
      ({ rawFinishReason, finishReason }) => rawFinishReason ?? finishReason,
    ),
    [ATTR.inputTokens]: usage?.promptTokens,
    [ATTR.outputTokens]: usage?.completionTokens,
    [ATTR.cachedTokens]: usage?.cachedTokens,
    [ATTR.reasoningTokens]: usage?.reasoningTokens,
  });
}

export function errorAttributes({ kind, status, retryAfterMs }: LlmError): Attributes {
  return defined({ [ATTR.error]: kind, [ATTR.status]: status, [ATTR.retryAfter]: retryAfterMs });
}

/** `api.groq.com`, `127.0.0.1:8080`, `[::1]:8080`. */
function splitHost(host: string): [string, number | undefined] {
  const colon = host.lastIndexOf(":");
  const port = colon > host.lastIndexOf("]") ? Number(host.slice(colon + 1)) : Number.NaN;
  return Number.isInteger(port) ? [host.slice(0, colon), port] : [host, undefined];
}

function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
