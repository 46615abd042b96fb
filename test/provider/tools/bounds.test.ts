/** What an application, a model or a tool can do to a conversation, and what it may not. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { LlmProvider } from "../../../src/provider/base/llm-provider.ts";
import type { Message, ToolCall } from "../../../src/provider/base/types.ts";
import {
  conversationOf,
  type RunToolsOptions,
  runTools,
  runToolsStream,
} from "../../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../../src/provider/tools/tools.ts";
import { growth, LINEAR } from "../growth.ts";
import { call, ScriptedProvider } from "./scripted-provider.ts";

const question: Message[] = [{ role: "user", content: "How warm is it in Oslo?" }];
const weather = defineTool({ name: "weather", execute: () => 4 });
const calling = { toolCalls: [call("weather", {})] };

async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!LlmError.is(error)) throw new Error("expected an LlmError");
  return error;
}

describe("a tool that gives nothing", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  let signal: AbortSignal | undefined;
  const silent = (timeoutMs?: number) =>
    defineTool({
      name: "weather",
      timeoutMs,
      execute: (_args, context) => {
        signal = context.signal;
        return new Promise(() => {});
      },
    });

  it.each([
    ["ten minutes by default", silent(), undefined, 600_000],
    ["as long as the conversation says", silent(), 50, 50],
    ["as long as it says itself", silent(20), 50, 20],
  ])("is waited for %s, then its signal aborts and the model is told", async (_name, tool, ms, expected) => {
    const provider = new ScriptedProvider(calling, { content: "I don't know" });
    const running = runTools(provider, question, { tools: [tool], toolTimeoutMs: ms });
    await vi.advanceTimersByTimeAsync(expected - 1);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const { messages, toolResults } = await running;
    expect(signal?.aborted).toBe(true);
    expect(messages[2]).toEqual({
      role: "tool",
      toolCallId: "call_weather",
      content: `Error: "weather" failed: it gave no result within ${expected} ms`,
    });
    expect(toolResults[0]).toMatchObject({ outcome: "failed", error: { kind: "Timeout", timeout: "tool" } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends the conversation where the options say so", async () => {
    const options = { tools: [silent()], toolTimeoutMs: 50, onToolError: "throw" as const };
    const running = failure(runTools(new ScriptedProvider(calling), question, options));
    await vi.advanceTimersByTimeAsync(50);
    expect(await running).toMatchObject({ kind: "ToolFailed", cause: { kind: "Timeout" } });
  });

  it("keeps no other call from its result", async () => {
    const provider = new ScriptedProvider(
      { toolCalls: [call("weather", {}, "1"), call("quick", {}, "2")] },
      { content: "ok" },
    );
    const quick = defineTool({ name: "quick", execute: () => "done" });
    const running = runTools(provider, question, { tools: [silent(), quick], toolTimeoutMs: 50 });
    await vi.advanceTimersByTimeAsync(50);
    expect((await running).toolResults.map(({ outcome }) => outcome)).toEqual(["failed", "done"]);
  });

  it("may be waited for without end, and leaves no timer", async () => {
    const tool = defineTool({ name: "weather", execute: () => "4" });
    const running = runTools(new ScriptedProvider(calling, { content: "4" }), question, {
      tools: [tool],
      toolTimeoutMs: Number.POSITIVE_INFINITY,
    });
    await vi.advanceTimersByTimeAsync(0);
    expect((await running).response.content).toBe("4");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is bounded by the caller's signal too", async () => {
    const controller = new AbortController();
    const running = failure(
      runTools(new ScriptedProvider(calling), question, { tools: [silent()], signal: controller.signal }),
    );
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    expect((await running).kind).toBe("Cancelled");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("in approve ends the conversation", async () => {
    const running = failure(
      runTools(new ScriptedProvider(calling), question, {
        tools: [weather],
        toolTimeoutMs: 50,
        approve: () => new Promise(() => {}),
      }),
    );
    await vi.advanceTimersByTimeAsync(50);
    expect(await running).toMatchObject({
      kind: "ToolFailed",
      message: 'approve failed for "weather": it gave no answer within 50 ms',
    });
  });

  it("in a schema is a misfit", async () => {
    const never = {
      "~standard": { version: 1 as const, vendor: "mine", validate: () => new Promise<never>(() => {}) },
    };
    const tool = defineTool({ name: "weather", parameters: never, jsonSchema: {}, execute: () => 1 });
    const running = runTools(new ScriptedProvider(calling, { content: "ok" }), question, { tools: [tool] });
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await running).toolResults[0]).toMatchObject({
      outcome: "invalidArguments",
      content: expect.stringContaining("within 60000 ms"),
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("deadlineMs", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("is for the whole conversation: functions, questions and chats", async () => {
    const slow = defineTool({
      name: "weather",
      execute: () => new Promise((resolve) => setTimeout(resolve, 40, "4")),
    });
    const provider = new ScriptedProvider(calling, calling, calling, calling);
    const running = failure(runTools(provider, question, { tools: [slow], deadlineMs: 100 }));
    await vi.advanceTimersByTimeAsync(100);
    const error = await running;
    expect(error).toMatchObject({
      kind: "Timeout",
      timeout: "deadline",
      message: "The conversation took longer than 100 ms (deadlineMs)",
    });
    expect(conversationOf(error)?.toolResults).toHaveLength(2);
    expect(provider.asked.map(({ options }) => options.deadlineMs)).toEqual([100, 60, 20]);
    await vi.advanceTimersByTimeAsync(40);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no timer behind where it is kept", async () => {
    const options = { tools: [weather], deadlineMs: 100 };
    const running = runTools(new ScriptedProvider(calling, { content: "4" }), question, options);
    await vi.advanceTimersByTimeAsync(0);
    expect((await running).turns).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("whatever is thrown", () => {
  const broken = new Proxy(
    {},
    {
      get: () => {
        throw new Error("never readable");
      },
    },
  );
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const getter = Object.defineProperty(new Error(), "message", {
    get: () => {
      throw new Error("no message");
    },
  });

  it.each<[string, unknown, string]>([
    ["an error", new Error("no route"), "no route"],
    ["a text", "no", "no"],
    ["undefined", undefined, "undefined"],
    ["a symbol", Symbol("odd"), "Symbol(odd)"],
    ["an object without a prototype", Object.create(null), "it threw an object without a message"],
    ["an object with a message", { message: "refused" }, "refused"],
    ["an error without a message", new TypeError(), "TypeError"],
    ["an error whose message can't be read", getter, "Error"],
    ["an object that can't be read", broken, "it threw an object without a message"],
    ["an object that is no more", revoked, "it threw an object without a message"],
    ["a function", () => 1, "it threw a function"],
  ])("by a tool is told to the model, or is a ToolFailed: %s", async (_name, thrown, message) => {
    const execute = () => {
      throw thrown;
    };
    const tool = defineTool({ name: "weather", execute });
    const { messages } = await runTools(new ScriptedProvider(calling, { content: "ok" }), question, {
      tools: [tool],
    });
    expect(messages[2]).toMatchObject({ content: `Error: "weather" failed: ${message}` });
    const options = { tools: [tool], onToolError: "throw" as const };
    const error = await failure(runTools(new ScriptedProvider(calling), question, options));
    expect([error.kind, error.message]).toEqual(["ToolFailed", `"weather" failed: ${message}`]);
  });

  it("by approve is a ToolFailed", async () => {
    const approve = () => {
      throw Object.create(null);
    };
    const options = { tools: [weather], approve };
    expect(await failure(runTools(new ScriptedProvider(calling), question, options))).toMatchObject({
      kind: "ToolFailed",
      message: 'approve failed for "weather": it threw an object without a message',
    });
  });

  it.each<[string, () => unknown, string]>([
    [
      "a circle",
      () => Object.assign([], { 0: {} }).map((item, _, all) => Object.assign(item, { all })),
      "circular",
    ],
    ["5,000 levels and more", () => nested(20_000), "nested too deep for JSON"],
    [
      "a toJSON that throws",
      () => ({
        toJSON: () => {
          throw Object.create(null);
        },
      }),
      "without a message",
    ],
  ])("by what JSON makes of a result is told to the model: %s", async (_name, execute, message) => {
    const tool = defineTool({ name: "weather", execute });
    const provider = new ScriptedProvider(calling, { content: "ok" });
    const { toolResults } = await runTools(provider, question, { tools: [tool] });
    expect(toolResults[0]).toMatchObject({ outcome: "failed", content: expect.stringContaining(message) });
  });

  it("an approve that says what it may not say has refused", async () => {
    for (const verdict of [undefined, null, 1, {}, Object.create(null)]) {
      const { toolResults } = await runTools(new ScriptedProvider(calling, { content: "ok" }), question, {
        tools: [weather],
        approve: (() => verdict) as never,
      });
      expect(toolResults[0]).toMatchObject({
        outcome: "refused",
        content: 'This call of "weather" was not approved.',
      });
    }
  });
});

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

describe("wrong arguments are InvalidRequest, before anything is asked", () => {
  const provider = new ScriptedProvider();
  const tools = [weather];
  const assistant = (toolCalls: unknown) => [...question, { role: "assistant", toolCalls }];

  it.each<[string, unknown[], string]>([
    ["no provider", [undefined, question, { tools }], "provider: expected an LlmProvider, got undefined"],
    [
      "a provider that is a text",
      ["groq", question, { tools }],
      "provider: expected an LlmProvider, got string",
    ],
    ["no messages", [provider, undefined, { tools }], "messages: expected a list of messages, got undefined"],
    [
      "a text as messages",
      [provider, "hello", { tools }],
      "messages: expected a list of messages, got string",
    ],
    ["a message that is none", [provider, [null], { tools }], "messages[0]: expected a message, got null"],
    [
      "toolCalls that are none",
      [provider, assistant(5), { tools }],
      "messages[1].toolCalls: expected a list of tool calls, got 5",
    ],
    [
      "a call of the wire",
      [
        provider,
        assistant([{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }]),
        { tools },
      ],
      "messages[1].toolCalls[0]: expected a tool call",
    ],
    [
      "a call without a function",
      [provider, assistant([{ id: "1" }]), { tools }],
      "messages[1].toolCalls[0]: expected a tool call",
    ],
    ["no options", [provider, question, undefined], "options: expected an object, got undefined"],
    ["null as options", [provider, question, null], "options: expected an object, got null"],
    ["a list as options", [provider, question, [weather]], "0: unknown option"],
    [
      "a tool that is none",
      [provider, question, { tools: [undefined] }],
      "tools[0]: expected a tool, got undefined",
    ],
    [
      "a tool that is a function",
      [provider, question, { tools: [() => 1] }],
      "tools[0]: expected a tool, got function",
    ],
    [
      "a tool without a name",
      [provider, question, { tools: [{ execute: () => 1 }] }],
      "tools[0].name: expected 1 to 64 letters",
    ],
    [
      "a tool of the wire",
      [provider, question, { tools: [{ type: "function", function: { name: "f" } }] }],
      "tools[0]: expected { name, description, parameters, execute }",
    ],
    [
      "a mistyped member",
      [provider, question, { tools: [{ ...weather, desciption: "x" }] }],
      'tools[0].desciption: unknown member of a tool; did you mean "description"?',
    ],
    [
      "a description that is none",
      [provider, question, { tools: [{ ...weather, description: 5 }] }],
      "tools[0].description: expected a text, got 5",
    ],
    [
      "a strict that is none",
      [provider, question, { tools: [{ ...weather, strict: "yes" }] }],
      "tools[0].strict: expected true or false, got string",
    ],
    [
      "a time of a tool",
      [provider, question, { tools: [{ ...weather, timeoutMs: 0 }] }],
      "tools[0].timeoutMs: expected milliseconds above 0, got 0",
    ],
    [
      "a schema that is null",
      [provider, question, { tools: [{ ...weather, parameters: null }] }],
      "tools[0].parameters: expected a Standard Schema",
    ],
    [
      "a mistyped option",
      [provider, question, { tools, maxTurn: 3 }],
      'maxTurn: unknown option; did you mean "maxTurns"?',
    ],
    [
      "an option of the wire",
      [provider, question, { tools, max_tokens: 3 }],
      'max_tokens: unknown option; did you mean "maxTokens"?',
    ],
    ["n", [provider, question, { tools, n: 1 }], "n: unknown option"],
    [
      "a time",
      [provider, question, { tools, toolTimeoutMs: Number.NaN }],
      "toolTimeoutMs: expected milliseconds above 0, got NaN",
    ],
    [
      "turns",
      [provider, question, { tools, maxTurns: "3" }],
      "maxTurns: expected a whole number above 0, got string",
    ],
    [
      "a reaction",
      [provider, question, { tools, onToolError: "retry" }],
      'onToolError: expected "reply" or "throw", got string',
    ],
    [
      "an approve that is none",
      [provider, question, { tools, approve: true }],
      "approve: expected a function, got boolean",
    ],
    [
      "a signal that is none",
      [provider, question, { tools, signal: {} }],
      "signal: expected an AbortSignal, got object",
    ],
  ])("%s", async (_name, args, message) => {
    // As code without types calls it.
    const [providerGiven, messages, options] = args as [LlmProvider, Message[], RunToolsOptions];
    const expected = { kind: "InvalidRequest", message: expect.stringContaining(message) };
    expect(await failure(runTools(providerGiven, messages, options))).toMatchObject(expected);
    const stream = runToolsStream(providerGiven, messages, options);
    const loop = async () => {
      for await (const _ of stream);
    };
    expect(await failure(loop())).toMatchObject(expected);
    expect(await failure(stream.result)).toMatchObject(expected);
    expect(provider.asked).toEqual([]);
  });

  it("an object of a class may have members of its own", async () => {
    class Weather {
      readonly name = "weather";
      readonly station = "Oslo";
      execute() {
        return this.station;
      }
    }
    const scripted = new ScriptedProvider(calling, { content: "ok" });
    const { toolResults } = await runTools(scripted, question, { tools: [new Weather()] });
    expect(toolResults[0]?.value).toBe("Oslo");
  });
});

describe("what a model writes", () => {
  it("may be nested deeper than code can walk", async () => {
    const args = { a: nested(5000) };
    const deep: ToolCall = {
      id: "1",
      type: "function",
      function: { name: "weather", arguments: args as never, rawArguments: "…" },
    };
    const tool = defineTool({
      name: "weather",
      parameters: { type: "object", properties: { a: { uniqueItems: true, const: 1 } } },
      execute: () => 1,
    });
    const provider = new ScriptedProvider({ toolCalls: [deep] }, { content: "ok" });
    const { toolResults } = await runTools(provider, question, { tools: [tool] });
    expect(toolResults[0]).toMatchObject({
      outcome: "invalidArguments",
      content: expect.stringContaining("nested deeper than 400 levels"),
    });
  });

  it("may be thousands of calls, which cost as many times what one costs", async () => {
    const run = async (calls: number) => {
      const toolCalls = Array.from({ length: calls }, (_, i) => call("weather", {}, `call_${i}`));
      const provider = new ScriptedProvider({ toolCalls }, { content: "ok" });
      const { toolResults } = await runTools(provider, question, { tools: [weather] });
      expect(toolResults).toHaveLength(calls);
    };
    expect(await growth(run, 100)).toBeLessThan(LINEAR);
  });

  it("keeps the conversation beside an error that can't hold it", async () => {
    const frozen = Object.freeze(new LlmError("ServiceUnavailable", "away"));
    const error = await failure(runTools(new ScriptedProvider(frozen), question, { tools: [weather] }));
    expect(conversationOf(error)?.messages).toEqual(question);
  });
});
