/** Requests that fit the document and that Groq refuses all the same: fields that exclude others, or ask too much of a model. */
import type { WireModel } from "./models.ts";
import type { ChatRequest } from "./reply.ts";
import { countPromptTokens } from "./wire.ts";

/** Says what is wrong, if anything. A model that lists no features is assumed to have all of them. */
export function findUnsupported(
  request: ChatRequest,
  model: WireModel,
): { message: string; param?: string } | undefined {
  return clashOfFields(request) ?? beyondModel(request, model) ?? beyondSize(request, model);
}

function clashOfFields(request: ChatRequest): { message: string } | undefined {
  const format = request.response_format?.type ?? "text";
  const hasTools = (request.tools?.length ?? 0) > 0;
  if (request.include_reasoning != null && request.reasoning_format != null) {
    return { message: "cannot specify both include_reasoning and reasoning_format" };
  }
  if (format === "json_schema" && hasTools) {
    return { message: "response format `json_schema` cannot be combined with tools" };
  }
  if (request.reasoning_format === "raw" && (format !== "text" || hasTools)) {
    return { message: "reasoning_format `raw` cannot be combined with tools or a JSON response format" };
  }
  const refused = ["logprobs", "top_logprobs", "logit_bias"].find(
    (field) => request[field] != null && request[field] !== false,
  );
  return refused === undefined
    ? undefined
    : { message: `'${refused}' : property '${refused}' is unsupported` };
}

function beyondModel(request: ChatRequest, model: WireModel): { message: string } | undefined {
  if (lacks(model.output_modalities, "text")) {
    return { message: `The model \`${model.id}\` does not support chat completions` };
  }
  if ((request.tools?.length ?? 0) > 0 && lacks(model.supported_features, "tools")) {
    return { message: "`tool calling` is not supported with this model" };
  }
  // Not by "structured_outputs": the model list omits that for a model which has them.
  if (request.response_format?.type === "json_schema" && lacks(model.supported_features, "json_mode")) {
    return { message: "This model does not support response format `json_schema`" };
  }
  const place = lacks(model.input_modalities, "image")
    ? request.messages.findIndex(({ content }) => hasImage(content))
    : -1;
  return place < 0 ? undefined : { message: `'messages.${place}' : content must be a string` };
}

function beyondSize(request: ChatRequest, model: WireModel): { message: string; param: string } | undefined {
  const { max_completion_tokens: most, context_window: window } = model;
  const asked = request.max_completion_tokens ?? request.max_tokens ?? 0;
  if (typeof most === "number" && asked > most) {
    const param = "max_completion_tokens";
    return { message: `\`${param}\` must be less than or equal to \`${most}\` for this model`, param };
  }
  if (typeof window === "number" && countPromptTokens(request) + asked > window) {
    return { message: "Please reduce the length of the messages or completion.", param: "messages" };
  }
  return undefined;
}

const lacks = (list: unknown, entry: string) => Array.isArray(list) && !list.includes(entry);

const hasImage = (content: unknown) =>
  Array.isArray(content) && content.some((part: { type?: unknown }) => part?.type === "image_url");
