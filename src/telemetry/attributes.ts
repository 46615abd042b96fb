/** What a call and its outcome are as attributes. No text of a prompt or an answer, but where it is asked for. */
import type { Attributes } from "@opentelemetry/api";
import type { LlmError } from "../provider/base/error.ts";
import type { Call, CallOutcome } from "../provider/base/layer.ts";
import { valueAt } from "../provider/base/values.ts";
import { ATTR, OPERATION, PROVIDERS } from "./names.ts";

/** `chat` for whole and streamed chats: the conventions tell them apart by an attribute. */
function operationName({ operation }: Call): string {
  if (operation === "chat" || operation === "chatStream") return OPERATION.chat;
  return operation === "embed" ? OPERATION.embeddings : operation;
}

/** Which measures of the conventions a call has: it asks a model for something. Lists of models and files have none. */
export type Measured = "inference" | "embeddings" | undefined;

export function measuredAs({ operation, namesModel }: Call): Measured {
  if (namesModel === false) return undefined;
  if (operation === "embed") return "embeddings";
  const asksModel = operation === "chat" || operation === "chatStream" || operation === "request";
  return asksModel ? "inference" : undefined;
}

/** `chat openai/gpt-oss-20b`; the operation alone where no model is asked. */
export function spanName(call: Call): string {
  return call.namesModel === false ? operationName(call) : `${operationName(call)} ${call.model}`;
}

/** What metrics and spans share. */
export function commonAttributes(call: Call): Attributes {
  const [address = call.host, port = call.port] = splitHost(call.host);
  return defined({
    [ATTR.operation]: operationName(call),
    [ATTR.provider]: PROVIDERS.get(call.provider) ?? call.provider,
    [ATTR.requestModel]: call.namesModel === false ? undefined : call.model,
    // An address is told without the brackets that a URL needs.
    [ATTR.server]: address.replace(/^\[(.*)\]$/, "$1"),
    [ATTR.port]: port,
  });
}

/** Of what is sent, defaults of the configuration too. */
export function requestAttributes({ operation, request }: Call): Attributes {
  const numberAt = (...names: string[]) =>
    names.map((name) => valueAt(request, [name])).find((value) => typeof value === "number");
  const textAt = (...path: string[]) => {
    const value = valueAt(request, path);
    return typeof value === "string" ? value : undefined;
  };
  const choices = numberAt("n");
  const format = textAt("encoding_format");
  return defined({
    [ATTR.stream]: operation === "chatStream" ? true : undefined,
    [ATTR.maxTokens]: numberAt("max_completion_tokens", "max_tokens"),
    [ATTR.temperature]: numberAt("temperature"),
    [ATTR.topP]: numberAt("top_p"),
    [ATTR.frequencyPenalty]: numberAt("frequency_penalty"),
    [ATTR.presencePenalty]: numberAt("presence_penalty"),
    [ATTR.seed]: numberAt("seed"),
    [ATTR.stop]: textsIn(valueAt(request, ["stop"])),
    [ATTR.choices]: choices === 1 ? undefined : choices,
    [ATTR.reasoning]: textAt("reasoning_effort"),
    [ATTR.outputType]: outputType(textAt("response_format", "type")),
    [ATTR.dimensions]: numberAt("dimensions"),
    [ATTR.encodings]: format === undefined ? undefined : [format],
  });
}

function textsIn(value: unknown): string[] | undefined {
  const texts = [value].flat().filter((one) => typeof one === "string");
  return texts.length > 0 ? texts : undefined;
}

function outputType(format: string | undefined): string | undefined {
  return format?.startsWith("json") ? "json" : format;
}

export function outcomeAttributes(outcome: CallOutcome, kind: Measured): Attributes {
  const { usage, response, firstEventMs, error } = outcome;
  // A stream that had begun ends with a reason, or it broke off.
  const broken = error && firstEventMs !== undefined ? ["error"] : undefined;
  return defined({
    [ATTR.responseId]: response?.id || undefined,
    [ATTR.responseModel]: response?.model,
    [ATTR.finishReasons]:
      response?.choices.map(({ rawFinishReason, finishReason }) => rawFinishReason ?? finishReason) ?? broken,
    [ATTR.firstChunk]: firstEventMs === undefined ? undefined : firstEventMs / 1000,
    [ATTR.inputTokens]: usage?.promptTokens,
    [ATTR.outputTokens]: kind === "embeddings" ? undefined : usage?.completionTokens,
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
