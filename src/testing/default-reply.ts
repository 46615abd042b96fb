/** What the model says when a test does not: always the same for the same request, and of use to an application. */
import { type ChatRequest, type ModelReply, type RequestTool, textOf } from "./reply.ts";
import { sampleJson } from "./sample-json.ts";

export function defaultReply(request: ChatRequest): ModelReply {
  const last = request.messages.at(-1);
  const prompt = textOf(request.messages.findLast(({ role }) => role === "user"));
  const reasoning = request.model.includes("gpt-oss") ? { reasoning: "The answer is simple." } : {};
  if (last?.role === "tool") return { ...reasoning, text: `The tool says: ${textOf(last)}` };
  const tool = chooseTool(request);
  if (tool?.function) {
    const { name, parameters } = tool.function;
    const schema = { type: "object", ...Object(parameters) };
    return { ...reasoning, toolCalls: [{ name, arguments: sampleJson(schema, prompt) }] };
  }
  const format = request.response_format;
  if (format?.type === "json_schema") {
    return { ...reasoning, text: JSON.stringify(sampleJson(format.json_schema?.schema ?? {}, prompt)) };
  }
  if (format?.type === "json_object") return { ...reasoning, text: JSON.stringify({ answer: prompt }) };
  return { ...reasoning, text: `You said: ${prompt}` };
}

function chooseTool({ tools, tool_choice: choice }: ChatRequest): RequestTool | undefined {
  if (choice === "none") return undefined;
  const functions = (tools ?? []).filter((tool) => tool.type === "function");
  if (typeof choice === "object" && choice !== null) {
    const name: unknown = Reflect.get(Reflect.get(choice, "function") ?? {}, "name");
    return functions.find((tool) => tool.function?.name === name);
  }
  return functions[0];
}
