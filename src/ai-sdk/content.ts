/** The parts of an answer: reasoning, text, calls, what the server ran itself, sources. */
import type {
  LanguageModelV3Content,
  LanguageModelV3Source,
  LanguageModelV3ToolCall,
  LanguageModelV3ToolResult,
  SharedV3ProviderMetadata,
} from "@ai-sdk/provider";
import { randomId } from "../provider/base/random-id.ts";
import type { ChatResponse, ExecutedTool, ToolCall } from "../provider/base/types.ts";
import { isObject, valueAt } from "../provider/base/values.ts";
import { memoryOf } from "./answer.ts";
import type { Call } from "./call.ts";
import { jsonOf, jsonOrText } from "./json.ts";

type Names = Pick<Call, "serverTools" | "answerTool">;

/** In the order in which they came to be: the server's own tools run before the text that rests on them. */
export function toContent(response: ChatResponse, names: Names): LanguageModelV3Content[] {
  const { reasoning, toolCalls, executedTools = [] } = response;
  const parts: LanguageModelV3Content[] = [];
  const sources = new Sources();
  const memory = memoryOf(response);
  if (reasoning || memory)
    parts.push({ type: "reasoning", text: reasoning ?? "", ...(memory && metadata({ message: memory })) });
  for (const tool of executedTools) parts.push(...executedParts(tool, names, sources));
  // The first call of the answer tool is the answer: what else was said would spoil its JSON.
  const isAnswer = (call: ToolCall) => call.function.name === names.answerTool;
  const answer = toolCalls.find(isAnswer);
  const text = answer ? argumentsOf(answer) : textOf(response);
  if (text !== "") parts.push({ type: "text", text });
  parts.push(...toolCalls.filter((call) => !isAnswer(call)).map(toToolCall));
  parts.push(...sources.of(response.citations ?? []));
  return parts;
}

/** A refusal is all that the model says where it refuses. */
export const textOf = ({ content, refusal }: ChatResponse): string => content || (refusal ?? "");

export const metadata = (groq: object): { providerMetadata: SharedV3ProviderMetadata } => ({
  providerMetadata: { groq: jsonOf(groq) },
});

/** Blank ones mean none. */
export const argumentsOf = ({ function: { rawArguments } }: ToolCall): string =>
  rawArguments.trim() === "" ? "{}" : rawArguments;

/** Arguments that are no JSON go on as they are: `ai` lets the application repair them, and tells the model. */
export function toToolCall(call: ToolCall): LanguageModelV3ToolCall {
  const { id, function: called, extra } = call;
  return {
    type: "tool-call",
    toolCallId: id,
    toolName: called.name,
    input: argumentsOf(call),
    ...(extra && metadata({ extra })),
  };
}

/** A tool that the server ran, as a call with its result, and the pages that it found as sources. */
export function executedParts(
  tool: ExecutedTool,
  { serverTools }: Pick<Names, "serverTools">,
  sources: Sources,
): (LanguageModelV3ToolCall | LanguageModelV3ToolResult | LanguageModelV3Source)[] {
  const declared = serverTools.get(builtInOf(tool));
  const call = {
    // Of no other answer either: a client's message joins those of a whole loop.
    toolCallId: `server-tool-${randomId()}`,
    toolName: declared ?? tool.name ?? tool.type,
    // Not one of the application's.
    ...(declared === undefined && { dynamic: true }),
  };
  const { output, raw } = tool;
  const { index: _index, type: _type, name: _name, arguments: _arguments, output: _output, ...found } = raw;
  const result = { ...(output !== undefined && { output }), ...found };
  return [
    { type: "tool-call", ...call, input: toInput(tool.arguments), providerExecuted: true },
    { type: "tool-result", ...call, result: jsonOf(result) },
    ...sources.of(pagesOf(raw)),
  ];
}

/** Which of the built-in tools an entry is: its type or name varies, as in `browser.search`, `python`. */
function builtInOf({ type, name = "" }: ExecutedTool): string {
  const words = `${type} ${name}`.toLowerCase();
  if (/browser|search|visit/.test(words)) return "browser_search";
  return /python|code/.test(words) ? "code_interpreter" : type;
}

/** JSON, which a tool's arguments need not be: code may come as it is. */
function toInput(text: string): string {
  const value = jsonOrText(text.trim() === "" ? "{}" : text);
  return JSON.stringify(isObject(value) ? value : { input: value });
}

interface Page {
  url: string;
  title?: string | undefined;
}

function pagesOf(raw: object): Page[] {
  const lists = [valueAt(raw, ["search_results", "results"]), valueAt(raw, ["browser_results"])];
  return lists
    .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
    .filter(isObject)
    .flatMap(({ url, title }) =>
      typeof url === "string" && url !== ""
        ? [{ url, title: typeof title === "string" ? title : undefined }]
        : [],
    );
}

/** Each page once. */
export class Sources {
  readonly #seen = new Set<string>();

  of(pages: readonly Page[]): LanguageModelV3Source[] {
    return pages.flatMap(({ url, title }) => {
      if (this.#seen.has(url)) return [];
      this.#seen.add(url);
      const id = `source-${randomId()}`;
      return [{ type: "source", sourceType: "url", id, url, ...(title !== undefined && { title }) }];
    });
  }
}
