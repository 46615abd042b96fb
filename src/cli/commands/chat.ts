/** `groq-provider chat`: a question, and its answer as it comes. */
import { readFile } from "node:fs/promises";
import { readFault } from "../../openapi/document.ts";
import type {
  ChatOptions,
  ChatResponse,
  FinishReason,
  JsonSchema,
  Message,
} from "../../provider/base/types.ts";
import { isObject } from "../../provider/base/values.ts";
import { chatObject } from "../../provider/object/chat-object.ts";
import { type ConnectionOptions, connect } from "../connection.ts";
import { EXIT, type Io, paint, say, UsageError } from "../io.ts";

export interface ChatCommandOptions extends ConnectionOptions {
  system?: string | undefined;
  /** Prints the whole answer as data. */
  json?: boolean | undefined;
  /** A file with a JSON Schema that the answer has to fit. */
  schema?: string | undefined;
  maxTokens?: number | undefined;
  temperature?: number | undefined;
  /** Shows what a reasoning model thinks, on standard error. */
  reasoning?: boolean | undefined;
}

/** Asks what stands on the command line; `-` among its words, or nothing, stands for standard input. */
export async function chat(words: readonly string[], options: ChatCommandOptions, io: Io): Promise<number> {
  const schema = options.schema === undefined ? undefined : await readSchema(options.schema);
  const provider = connect(options, io);
  const messages: Message[] = [
    ...(options.system === undefined ? [] : [{ role: "system" as const, content: options.system }]),
    { role: "user", content: await readPrompt(words, io) },
  ];
  const { maxTokens, temperature } = options;
  const chatOptions: ChatOptions = { maxTokens, temperature, signal: io.signal };
  if (schema) {
    const { object } = await chatObject(provider, messages, { ...chatOptions, schema });
    printJson(object, io);
    return EXIT.ok;
  }
  if (options.json) {
    const response = await provider.chat(messages, chatOptions);
    printJson(response, io);
    return judge(response, io);
  }
  const print = printer(options.reasoning ?? false, io);
  const stream = provider.chatStream(messages, chatOptions);
  for await (const chunk of stream) {
    if (chunk.type === "text" || chunk.type === "reasoning") print.add(chunk.type, chunk.text);
  }
  print.end();
  return judge(await stream.response, io);
}

/** Why an answer that came is not all that the model had to say. */
const CUT: Partial<Record<FinishReason, string>> = {
  length: "the answer is cut: it reached the longest length (--max-tokens, or the model's own)",
  content_filter: "the answer is cut: the service's filter stopped it",
};

/** Half an answer must not pass for a whole one, least of all in a script. */
function judge({ finishReason }: ChatResponse, io: Io): number {
  const problem = CUT[finishReason];
  if (problem === undefined) return EXIT.ok;
  say(io, problem);
  return EXIT.no;
}

async function readPrompt(words: readonly string[], io: Io): Promise<string> {
  const takesInput = words.length === 0 || words.includes("-");
  if (takesInput && io.stdin.isTTY) {
    throw new UsageError('expected a question, as in: groq-provider chat "Why is the sky blue?"');
  }
  const input = takesInput ? await readAll(io.stdin) : "";
  const asked = words.filter((word) => word !== "-").join(" ");
  const prompt = [asked, input].filter((part) => part.trim() !== "").join("\n\n");
  if (prompt === "") throw new UsageError("expected a question, and standard input is empty");
  return prompt;
}

async function readAll(input: Io["stdin"]): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of input) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function readSchema(file: string): Promise<JsonSchema> {
  let text: string;
  try {
    // Without the mark that some editors begin a file with.
    text = new TextDecoder().decode(await readFile(file));
  } catch (error) {
    throw new UsageError(`${file}: ${readFault(error)}`);
  }
  try {
    const schema: unknown = JSON.parse(text);
    if (isObject(schema)) return schema;
  } catch {
    // Told below.
  }
  throw new UsageError(`${file}: expected a JSON Schema: an object in JSON`);
}

const printJson = (value: unknown, { stdout }: Io): void => {
  stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
};

/** The answer goes to standard output, the reasoning, if it is wanted, to standard error. Both end with a line break. */
function printer(showsReasoning: boolean, io: Io) {
  let last = "";
  let isReasoning = false;
  const endLine = () => {
    if (last !== "" && last !== "\n") (isReasoning ? io.stderr : io.stdout).write("\n");
    last = "";
  };
  return {
    add(type: "text" | "reasoning", text: string): void {
      if ((type === "reasoning" && !showsReasoning) || text === "") return;
      if (isReasoning !== (type === "reasoning")) endLine();
      isReasoning = type === "reasoning";
      if (isReasoning) io.stderr.write(paint(io.stderr, io, "dim", forOutput(text, io.stderr)));
      else io.stdout.write(forOutput(text, io.stdout));
      last = text.slice(-1);
    },
    end: endLine,
  };
}

/** A terminal obeys what is in a text: an answer must not move its cursor or change its title. */
const forOutput = (text: string, { isTTY }: Io["stdout"]): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  isTTY ? text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "") : text;
