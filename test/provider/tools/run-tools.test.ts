import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";
import * as mini from "zod/mini";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { JsonObject, Message } from "../../../src/provider/base/types.ts";
import {
  conversationOf,
  type RunToolsEvent,
  type RunToolsOptions,
  runTools,
  runToolsStream,
} from "../../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../../src/provider/tools/tools.ts";
import { call, ScriptedProvider } from "./scripted-provider.ts";

const question: Message[] = [{ role: "user", content: "How warm is it in Oslo and in Rome?" }];

const weather = defineTool({
  name: "weather",
  description: "The temperature in a city",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: city === "Rome" ? 21 : 4 }),
});

const boom = defineTool({
  name: "boom",
  parameters: z.object({}),
  execute: () => {
    throw new Error("the pipe burst");
  },
});

const rejections: unknown[] = [];
const onRejection = (reason: unknown) => void rejections.push(reason);
beforeEach(() => {
  rejections.length = 0;
  process.on("unhandledRejection", onRejection);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off("unhandledRejection", onRejection);
  expect(rejections).toEqual([]);
});

async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!LlmError.is(error)) throw new Error(`expected an LlmError, got ${inspect(error)}`);
  return error;
}

describe("runTools", () => {
  it("runs what the model calls until it answers", async () => {
    const provider = new ScriptedProvider(
      {
        toolCalls: [call("weather", { city: "Oslo" }, "a"), call("weather", { city: "Rome" }, "b")],
        reasoning: "two cities",
        usage: { promptTokens: 10, completionTokens: 5, totalTokens: 15, cachedTokens: 3 },
      },
      {
        content: "4 and 21 degrees",
        usage: { promptTokens: 30, completionTokens: 6, totalTokens: 36, reasoningTokens: 2 },
      },
    );
    const result = await runTools(provider, question, { tools: [weather], temperature: 0, maxTurns: 3 });
    expect(result.response.content).toBe("4 and 21 degrees");
    expect(result.turns).toBe(2);
    expect(result.usage).toEqual({
      promptTokens: 40,
      completionTokens: 11,
      totalTokens: 51,
      cachedTokens: 3,
      reasoningTokens: 2,
    });
    expect(result.messages).toEqual([
      ...question,
      {
        role: "assistant",
        reasoning: "two cities",
        toolCalls: [call("weather", { city: "Oslo" }, "a"), call("weather", { city: "Rome" }, "b")],
      },
      { role: "tool", toolCallId: "a", content: '{"city":"Oslo","celsius":4}' },
      { role: "tool", toolCallId: "b", content: '{"city":"Rome","celsius":21}' },
      { role: "assistant", content: "4 and 21 degrees" },
    ]);
    expect(result.toolResults.map(({ outcome, value }) => [outcome, value])).toEqual([
      ["done", { city: "Oslo", celsius: 4 }],
      ["done", { city: "Rome", celsius: 21 }],
    ]);
    expect(question).toHaveLength(1);
  });

  it("sends the tools and the chat's options, and none of its own", async () => {
    const provider = new ScriptedProvider({ content: "hello" });
    await runTools(provider, question, {
      tools: [weather, { type: "browser_search" }],
      maxTurns: 2,
      onToolError: "throw",
      onInvalidArguments: "throw",
      approve: () => true,
      temperature: 0.5,
    });
    const { options } = provider.asked[0] ?? {};
    expect(options).toEqual({
      temperature: 0.5,
      toolChoice: undefined,
      signal: expect.any(AbortSignal),
      tools: [
        {
          type: "function",
          function: {
            name: "weather",
            description: "The temperature in a city",
            parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          },
        },
        { type: "browser_search" },
      ],
    });
  });

  it("sends no tools where there are none", async () => {
    const provider = new ScriptedProvider({ content: "hello" });
    await runTools(provider, question, { tools: [] });
    expect(provider.asked[0]?.options).not.toHaveProperty("tools");
  });

  it("runs parallel calls together, and keeps their order", async () => {
    const running: string[] = [];
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const meet = defineTool({
      name: "meet",
      parameters: z.object({ who: z.string(), wait: z.number() }),
      execute: async ({ who, wait }) => {
        running.push(who);
        if (running.length === 2) release();
        await both;
        for (let i = 0; i < wait; i++) await Promise.resolve();
        return who;
      },
    });
    const provider = new ScriptedProvider(
      {
        toolCalls: [
          call("meet", { who: "slow", wait: 50 }, "1"),
          call("meet", { who: "fast", wait: 0 }, "2"),
        ],
      },
      { content: "met" },
    );
    const { messages } = await runTools(provider, question, { tools: [meet] });
    expect(messages.slice(2, 4)).toEqual([
      { role: "tool", toolCallId: "1", content: "slow" },
      { role: "tool", toolCallId: "2", content: "fast" },
    ]);
  });

  it("bears many parallel calls without a warning of leaked listeners", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on("warning", onWarning);
    const calls = Array.from({ length: 50 }, (_, i) => call("weather", { city: "Oslo" }, String(i)));
    const provider = new ScriptedProvider({ toolCalls: calls }, { content: "ok" });
    const { messages } = await runTools(provider, question, { tools: [weather] });
    await new Promise((resolve) => setTimeout(resolve, 0));
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
    expect(messages).toHaveLength(53);
  });

  it.each<[string, () => unknown, string]>([
    ["a text as it is", () => "warm", "warm"],
    ["an object as JSON", () => ({ a: [1] }), '{"a":[1]}'],
    ["a promise's value", async () => 4, "4"],
    ["nothing as null", () => undefined, "null"],
    ["a thrown error", () => Promise.reject(new Error("no route")), 'Error: "any" failed: no route'],
    ["a thrown text", () => Promise.reject("no"), 'Error: "any" failed: no'],
    ["what JSON can't hold", () => 1n, expect.stringContaining('Error: "any" failed: ')],
  ])("tells the model %s", async (_name, execute, content) => {
    const provider = new ScriptedProvider({ toolCalls: [call("any", {})] }, { content: "ok" });
    const { messages } = await runTools(provider, question, { tools: [{ name: "any", execute }] });
    expect(messages[2]).toEqual({ role: "tool", toolCallId: "call_any", content });
  });

  it.each([
    [
      "an unknown tool",
      call("wether", { city: "Oslo" }),
      "unknownTool",
      'there is no tool "wether". The tools are: weather',
    ],
    ["an inherited name", call("__proto__", {}), "unknownTool", 'there is no tool "__proto__"'],
    [
      "missing arguments",
      call("weather", {}),
      "invalidArguments",
      'the arguments of "weather" do not fit its schema. $.city: ',
    ],
    [
      "arguments that are no JSON",
      call("weather", '{"city": '),
      "invalidArguments",
      'expected a JSON object, got {"city": ',
    ],
  ])("gives %s back to the model, or out", async (_name, faulty, outcome, text) => {
    const provider = new ScriptedProvider({ toolCalls: [faulty] }, { content: "sorry" });
    const { messages, toolResults } = await runTools(provider, question, { tools: [weather] });
    expect(messages[2]).toMatchObject({ role: "tool", content: expect.stringContaining(text) });
    expect(toolResults[0]?.outcome).toBe(outcome);

    const strict = new ScriptedProvider({ toolCalls: [faulty] });
    const error = await failure(
      runTools(strict, question, { tools: [weather], onInvalidArguments: "throw" }),
    );
    expect(error).toMatchObject({
      kind: "GenerationFailed",
      retryable: false,
      failedGeneration: faulty.function.rawArguments,
      message: expect.stringContaining(text),
    });
  });

  describe("a call that the server itself refused", () => {
    const refused = new LlmError("GenerationFailed", "The call does not fit (400)", {
      code: "tool_use_failed",
      failedGeneration: '{"name":"weather","arguments":{"city":1}}',
    });

    it("goes back to the model, and is asked for again", async () => {
      const script = [refused, { toolCalls: [call("weather", { city: "Oslo" })] }, { content: "4" }];
      const provider = new ScriptedProvider(...script);
      const options = { tools: [weather], toolChoice: "required" as const };
      const result = await runTools(provider, question, options);
      expect(result.turns).toBe(3);
      expect(result.messages.slice(1, 3)).toEqual([
        { role: "assistant", content: '{"name":"weather","arguments":{"city":1}}' },
        { role: "user", content: expect.stringContaining("The call does not fit (400)") },
      ]);
      expect(provider.asked.map(({ options: { toolChoice } }) => toolChoice)).toEqual([
        "required",
        "required",
        "auto",
      ]);

      const events: string[] = [];
      for await (const event of runToolsStream(new ScriptedProvider(...script), question, options)) {
        events.push(event.type);
      }
      expect(events.slice(0, 2)).toEqual(["turnFailed", "toolCall"]);
    });

    it("goes out when asked to, and when turns are over", async () => {
      const strict = { tools: [weather], onInvalidArguments: "throw" as const };
      expect(await failure(runTools(new ScriptedProvider(refused), question, strict))).toBe(refused);
      const provider = new ScriptedProvider(refused, refused, refused);
      expect(await failure(runTools(provider, question, { tools: [weather], maxTurns: 2 }))).toBe(refused);
      expect(provider.asked).toHaveLength(2);
    });
  });

  it("validates plain JSON Schemas too", async () => {
    const add = defineTool<{ a: number; b: number }>({
      name: "add",
      parameters: {
        type: "object",
        properties: { a: { type: "number" }, b: { type: "number" } },
        required: ["a", "b"],
      },
      execute: ({ a, b }) => a + b,
    });
    const provider = new ScriptedProvider(
      { toolCalls: [call("add", { a: 1, b: "2" })] },
      { toolCalls: [call("add", { a: 1, b: 2 })] },
      { content: "3" },
    );
    const { messages } = await runTools(provider, question, { tools: [add] });
    expect(messages[2]).toMatchObject({
      content: expect.stringContaining('$.b: expected number, got string "2"'),
    });
    expect(messages[4]).toMatchObject({ content: "3" });
  });

  it("gives a function what the schema makes of the arguments", async () => {
    const seen: unknown[] = [];
    const tool = defineTool({
      name: "t",
      parameters: z.object({
        when: z.string().transform((text) => new Date(text)),
        n: z.number().default(5),
      }),
      execute: (args) => void seen.push(args),
    });
    const provider = new ScriptedProvider(
      { toolCalls: [call("t", { when: "2026-01-02" })] },
      { content: "ok" },
    );
    await runTools(provider, question, { tools: [tool] });
    expect(seen).toEqual([{ when: new Date("2026-01-02"), n: 5 }]);
  });

  it("lets a thrown error out when asked to, and keeps what was done", async () => {
    const provider = new ScriptedProvider({
      toolCalls: [call("weather", { city: "Oslo" }), call("boom", {})],
    });
    const error = await failure(
      runTools(provider, question, { tools: [weather, boom], onToolError: "throw" }),
    );
    expect(error).toMatchObject({ kind: "ToolFailed", message: '"boom" failed: the pipe burst' });
    expect(error.cause).toEqual(new Error("the pipe burst"));
    const messages = conversationOf(error)?.messages ?? [];
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);

    const mended = defineTool({ name: "boom", execute: () => "mended" });
    const later = new ScriptedProvider({ content: "all well" });
    const result = await runTools(later, messages, { tools: [weather, mended] });
    expect(result.messages.slice(2)).toEqual([
      { role: "tool", toolCallId: "call_weather", content: '{"city":"Oslo","celsius":4}' },
      { role: "tool", toolCallId: "call_boom", content: "mended" },
      { role: "assistant", content: "all well" },
    ]);
  });

  it("ends after maxTurns, and can be taken up there", async () => {
    const again = { toolCalls: [call("weather", { city: "Oslo" })] };
    const error = await failure(
      runTools(new ScriptedProvider(again, again, again), question, { tools: [weather], maxTurns: 2 }),
    );
    expect(error).toMatchObject({
      kind: "GenerationFailed",
      message: expect.stringContaining("after 2 turns"),
    });
    const conversation = conversationOf(error);
    expect(conversation?.turns).toBe(2);
    expect(conversation?.toolResults).toHaveLength(2);
    const provider = new ScriptedProvider({ content: "4" });
    const result = await runTools(provider, conversation?.messages ?? [], { tools: [weather] });
    expect(result.messages.map(({ role }) => role).join()).toBe(
      "user,assistant,tool,assistant,tool,assistant",
    );
  });

  it("keeps the conversation of a chat that failed, beside the error and not in it", async () => {
    const fault = new LlmError("RateLimitExceeded", "wait", { retryable: true });
    const provider = new ScriptedProvider({ toolCalls: [call("weather", { city: "Oslo" })] }, fault);
    const error = await failure(runTools(provider, question, { tools: [weather] }));
    expect(error).toBe(fault);
    expect(conversationOf(error)?.messages).toHaveLength(3);
    expect(inspect(error, { showHidden: true, depth: 9 }) + JSON.stringify(error)).not.toContain("Oslo");
    expect(conversationOf(new Error("other"))).toBeUndefined();
  });

  it("forces a call in the first turn only", async () => {
    const provider = new ScriptedProvider(
      { toolCalls: [call("weather", { city: "Oslo" })] },
      { content: "4" },
    );
    await runTools(provider, question, { tools: [weather], toolChoice: "required" });
    expect(provider.asked.map(({ options }) => options.toolChoice)).toEqual(["required", "auto"]);
  });

  it.each([
    ["a name", { tools: [{ name: "get weather", execute: () => 1 }] }, "tools[0].name"],
    ["a name twice", { tools: [weather, weather] }, 'tools[1].name: expected another name than "weather"'],
    [
      "a schema",
      { tools: [{ name: "t", parameters: { type: "text" }, execute: () => 1 }] },
      "tools[0].parameters: $",
    ],
    ["no tools", {}, "tools: expected a list of tools, got undefined"],
    ["a tool without a function", { tools: [{ name: "t" }] }, "tools[0].execute: expected a function"],
    ["maxTurns", { tools: [], maxTurns: 0 }, "maxTurns: expected a whole number above 0, got 0"],
    [
      "a schema that JSON Schema can't say",
      { tools: [{ name: "t", parameters: z.object({ d: z.date() }), execute: () => 1 }] },
      "tools[0].parameters: its zod schema has no JSON Schema: Date",
    ],
    [
      "a schema that does not tell its JSON Schema",
      {
        tools: [
          {
            name: "t",
            parameters: { "~standard": { version: 1, vendor: "mine", validate: () => ({ value: 1 }) } },
            execute: () => 1,
          },
        ],
      },
      "give one as jsonSchema beside it",
    ],
  ])("refuses %s before any call", async (_name, options, message) => {
    const provider = new ScriptedProvider();
    const error = await failure(runTools(provider, question, options as RunToolsOptions));
    expect(error).toMatchObject({ kind: "InvalidRequest", message: expect.stringContaining(message) });
    expect(provider.asked).toEqual([]);
  });

  it("takes a JSON Schema beside a schema that does not tell its own", async () => {
    const tool = defineTool({
      name: "t",
      parameters: mini.object({ city: mini.string() }),
      jsonSchema: { type: "object", properties: { city: { type: "string" } } },
      execute: ({ city }) => city.length,
    });
    const provider = new ScriptedProvider({ toolCalls: [call("t", { city: 1 })] }, { content: "ok" });
    const { toolResults } = await runTools(provider, question, { tools: [tool] });
    expect(toolResults[0]?.outcome).toBe("invalidArguments");
    expect(provider.asked[0]?.options.tools?.[0]).toMatchObject({
      function: { parameters: tool.jsonSchema },
    });
  });
});

describe("approve", () => {
  const twice = {
    toolCalls: [call("weather", { city: "Oslo" }, "a"), call("weather", { city: "Rome" }, "b")],
  };

  it.each<[string, boolean | string, string]>([
    ["false", false, 'This call of "weather" was not approved.'],
    ["a reason", "too far", 'This call of "weather" was not approved: too far'],
    ["an empty reason", "", 'This call of "weather" was not approved.'],
  ])("%s refuses a call, and the model is told", async (_name, verdict, content) => {
    const provider = new ScriptedProvider(twice, { content: "ok" });
    const { toolResults } = await runTools(provider, question, {
      tools: [weather],
      approve: async ({ function: { arguments: args } }) => args.city === "Oslo" || verdict,
    });
    expect(toolResults.map(({ outcome }) => outcome)).toEqual(["done", "refused"]);
    expect(toolResults[1]?.content).toBe(content);
  });

  it("is asked one call at a time, before any runs, and only for calls that could run", async () => {
    const log: string[] = [];
    const tool = defineTool({
      name: "weather",
      parameters: z.object({ city: z.string().toUpperCase() }),
      execute: ({ city }) => void log.push(`run ${city}`),
    });
    const provider = new ScriptedProvider(
      { toolCalls: [...twice.toolCalls, call("weather", {}), call("other", {})] },
      { content: "ok" },
    );
    await runTools(provider, question, {
      tools: [tool],
      approve: async (toolCall, context) => {
        log.push(`ask ${toolCall.id} ${JSON.stringify(context.arguments)} ${context.messages.length}`);
        await Promise.resolve();
        log.push(`told ${toolCall.id}`);
        return true;
      },
    });
    expect(log).toEqual([
      'ask a {"city":"OSLO"} 2',
      "told a",
      'ask b {"city":"ROME"} 2',
      "told b",
      "run OSLO",
      "run ROME",
    ]);
  });

  it("that throws ends the conversation, and nothing runs", async () => {
    let ran = 0;
    const tool = defineTool({ name: "weather", execute: () => ran++ });
    const error = await failure(
      runTools(new ScriptedProvider(twice), question, {
        tools: [tool],
        approve: ({ id }) => {
          if (id === "b") throw new Error("no terminal");
          return true;
        },
      }),
    );
    expect(error).toMatchObject({ kind: "ToolFailed", message: 'approve failed for "weather": no terminal' });
    expect(ran).toBe(0);
  });
});

describe("cancelling", () => {
  it("reaches a function through its signal, and does not wait for one that does not heed it", async () => {
    const controller = new AbortController();
    let aborted = false;
    const quick = defineTool({ name: "quick", execute: () => "done" });
    const deaf = defineTool({ name: "deaf", execute: () => new Promise(() => {}) });
    const good = defineTool({
      name: "good",
      execute: (_args, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            reject(signal.reason);
          });
          setTimeout(() => controller.abort(new Error("enough")));
        }),
    });
    const provider = new ScriptedProvider({
      toolCalls: [call("quick", {}), call("deaf", {}), call("good", {})],
    });
    const error = await failure(
      runTools(provider, question, { tools: [quick, deaf, good], signal: controller.signal }),
    );
    expect(error.kind).toBe("Cancelled");
    expect(aborted).toBe(true);
    expect(conversationOf(error)?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  });

  it("stops the other calls when one fails for good", async () => {
    let stopped = false;
    const slow = defineTool({
      name: "slow",
      execute: (_args, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            stopped = true;
            reject(new Error("stopped"));
          });
        }),
    });
    const provider = new ScriptedProvider({ toolCalls: [call("slow", {}), call("boom", {})] });
    const error = await failure(runTools(provider, question, { tools: [slow, boom], onToolError: "throw" }));
    expect(error.kind).toBe("ToolFailed");
    expect(stopped).toBe(true);
  });

  it("by a signal aborted before: nothing is asked", async () => {
    const provider = new ScriptedProvider({ content: "hello" });
    const error = await failure(
      runTools(provider, question, { tools: [weather], signal: AbortSignal.abort() }),
    );
    expect(error.kind).toBe("Cancelled");
    expect(provider.asked).toEqual([]);
  });

  it("while approval is awaited", async () => {
    const controller = new AbortController();
    const provider = new ScriptedProvider({ toolCalls: [call("weather", { city: "Oslo" })] });
    const running = runTools(provider, question, {
      tools: [weather],
      signal: controller.signal,
      approve: () => {
        controller.abort();
        return new Promise(() => {});
      },
    });
    expect((await failure(running)).kind).toBe("Cancelled");
  });

  it("leaves no listener on the caller's signal", async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 100; i++) {
      const script = [{ toolCalls: [call("weather", { city: "Oslo" })] }, { content: "4" }];
      await runTools(new ScriptedProvider(...script), question, { tools: [weather], signal });
      await runToolsStream(new ScriptedProvider(...script), question, { tools: [weather], signal }).result;
      for await (const _ of runToolsStream(new ScriptedProvider(...script), question, {
        tools: [weather],
        signal,
      }))
        break;
      await failure(runTools(new ScriptedProvider(), question, { tools: [weather, weather], signal }));
      runToolsStream(new ScriptedProvider(), question, { tools: [], signal });
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("runToolsStream", () => {
  const script = [
    { content: "Let me see. ", toolCalls: [call("weather", { city: "Oslo" })] },
    { content: "It is 4." },
  ];

  it("tells text, calls, results and turns as they come", async () => {
    const stream = runToolsStream(new ScriptedProvider(...script), question, { tools: [weather] });
    const events: RunToolsEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map((event) => event.type).join(" ")).toBe(
      "text text text toolCall finish turn toolStart toolResult text text finish turn",
    );
    expect(events.find((event) => event.type === "toolStart")).toMatchObject({ arguments: { city: "Oslo" } });
    expect(events.find((event) => event.type === "toolResult")).toMatchObject({
      outcome: "done",
      value: { city: "Oslo", celsius: 4 },
    });
    const result = await stream.result;
    expect(result).toEqual(await runTools(new ScriptedProvider(...script), question, { tools: [weather] }));
  });

  it("tells results in the order in which they end", async () => {
    const wait = defineTool({
      name: "wait",
      parameters: z.object({ ticks: z.number() }),
      execute: async ({ ticks }) => {
        for (let i = 0; i < ticks; i++) await Promise.resolve();
        return ticks;
      },
    });
    const provider = new ScriptedProvider(
      { toolCalls: [call("wait", { ticks: 90 }, "1"), call("wait", { ticks: 1 }, "2")] },
      { content: "ok" },
    );
    const values: unknown[] = [];
    const stream = runToolsStream(provider, question, { tools: [wait] });
    for await (const event of stream) if (event.type === "toolResult") values.push(event.value);
    expect(values).toEqual([1, 90]);
    expect((await stream.result).toolResults.map(({ value }) => value)).toEqual([90, 1]);
  });

  it("starts when it is awaited or iterated, and is read once", async () => {
    const provider = new ScriptedProvider(...script);
    const stream = runToolsStream(provider, question, { tools: [weather] });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(provider.asked).toEqual([]);
    expect((await stream.result).turns).toBe(2);
    expect(() => stream[Symbol.asyncIterator]()).toThrow("can be read once");
  });

  it("can be awaited beside the loop", async () => {
    const stream = runToolsStream(new ScriptedProvider(...script), question, { tools: [weather] });
    const read = async () => {
      let text = "";
      for await (const event of stream) if (event.type === "text") text += event.text;
      return text;
    };
    const [result, text] = await Promise.all([stream.result, read()]);
    expect(text).toBe("Let me see. It is 4.");
    expect(result.response.content).toBe("It is 4.");
  });

  it("is stopped by a break: the answer is closed, functions are told", async () => {
    const provider = new ScriptedProvider(...script);
    const stream = runToolsStream(provider, question, { tools: [weather] });
    for await (const event of stream) if (event.type === "text") break;
    expect(provider.closed).toBe(1);
    const left = await failure(stream.result);
    expect(left.kind).toBe("Cancelled");
    expect(conversationOf(left)).toMatchObject({ turns: 0, messages: question });

    let told = false;
    const endless = defineTool({
      name: "weather",
      execute: (_args, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => (told = true))),
    });
    for await (const event of runToolsStream(new ScriptedProvider(...script), question, {
      tools: [endless],
    })) {
      if (event.type === "toolStart") break;
    }
    expect(told).toBe(true);
  });

  it("is stopped by cancel(), while a function runs and before the start", async () => {
    const endless = defineTool({ name: "weather", execute: () => new Promise(() => {}) });
    const stream = runToolsStream(new ScriptedProvider(...script), question, { tools: [endless] });
    const read = async () => {
      for await (const event of stream)
        if (event.type === "toolStart") setTimeout(() => stream.cancel("enough"));
    };
    expect(await failure(read())).toMatchObject({
      kind: "Cancelled",
      message: "The stream was cancelled: enough",
    });
    expect((await failure(stream.result)).kind).toBe("Cancelled");

    const unread = runToolsStream(new ScriptedProvider(...script), question, { tools: [weather] });
    unread.cancel();
    expect((await failure(unread.result)).kind).toBe("Cancelled");
  });

  it("throws from the loop what it rejects the result with, and rejects nothing unheard", async () => {
    const fault = new LlmError("InvalidResponse", "cut off", { partial: "It" });
    const stream = runToolsStream(new ScriptedProvider(fault), question, { tools: [weather] });
    const read = async () => {
      for await (const _ of stream);
    };
    expect(await failure(read())).toBe(fault);
    expect(await failure(stream.result)).toBe(fault);

    const unheard = runToolsStream(new ScriptedProvider(fault), question, { tools: [weather] });
    await expect(unheard[Symbol.asyncIterator]().next()).rejects.toBe(fault);
  });
});

describe("types", () => {
  it("of arguments follow the schema", () => {
    defineTool({
      name: "zod",
      parameters: z.object({ city: z.string(), days: z.number().optional() }),
      execute: (args, { signal }) => {
        expectTypeOf(args).toEqualTypeOf<{ city: string; days?: number | undefined }>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      },
    });
    defineTool({
      name: "transforms",
      parameters: z.object({ when: z.string().transform((text) => new Date(text)) }),
      execute: (args) => expectTypeOf(args).toEqualTypeOf<{ when: Date }>(),
    });
    defineTool({
      name: "plain",
      parameters: { type: "object" },
      execute: (args) => expectTypeOf(args).toEqualTypeOf<JsonObject>(),
    });
    defineTool<{ a: number }>({
      name: "told",
      parameters: { type: "object" },
      execute: (args) => expectTypeOf(args).toEqualTypeOf<{ a: number }>(),
    });
    defineTool({ name: "none", execute: (args) => expectTypeOf(args).toEqualTypeOf<JsonObject>() });
  });
});
