/** What is handed in looks right, and fails deeper: options, messages, tools and providers of another make. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import { createGroq, createProvider } from "../../src/provider/create-provider.ts";
import { createRateLimiter } from "../../src/provider/limits/create-rate-limiter.ts";
import { chatObject, chatObjectStream } from "../../src/provider/object/chat-object.ts";
import { runTools, runToolsStream } from "../../src/provider/tools/run-tools.ts";
import { createRouter } from "../../src/router/index.ts";
import { completion, groqConfig, json, stubbed } from "../provider/support.ts";

const messages = [{ role: "user" as const, content: "Hi" }];
const schema = { type: "object" } as const;
const provider = stubbed(() => json(completion("{}")), groqConfig({ max_retries: 0 })).provider;
const THEN = "then";

function throwing(fault: unknown = new Error("it can't be read")): () => never {
  return () => {
    throw fault;
  };
}

function revoked(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const failing = (member: string) => Object.defineProperty({}, member, { enumerable: true, get: throwing() });

/** What it ends with; "HANG" for what does not. */
async function endOf(run: () => unknown): Promise<unknown> {
  let stop: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<unknown[]>((resolve) => {
    stop = setTimeout(resolve, 5000, ["HANG"]);
  });
  const work = (async () => run())().then(
    () => [undefined],
    // In a list, as some of them can't be what a promise gives.
    (error: unknown) => [error],
  );
  const [end] = await Promise.race([work, late]);
  clearTimeout(stop);
  return end;
}

async function expectLlmError(runs: Record<string, () => unknown>): Promise<void> {
  for (const [name, run] of Object.entries(runs)) {
    const end = await endOf(run);
    expect(end === undefined || LlmError.is(end), `${name}: ${describeEnd(end)}`).toBe(true);
  }
}

const describeEnd = (end: unknown) => (end instanceof Error ? String(end.stack) : typeof end);

const unheard: unknown[] = [];
const hear = (fault: unknown) => void unheard.push(fault);
beforeEach(() => void process.on("unhandledRejection", hear));
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off("unhandledRejection", hear);
  expect(unheard.splice(0).length).toBe(0);
});

describe("options of calls", () => {
  test.each<[string, object]>([
    ["extra is revoked", { extra: revoked() }],
    ["extra's member fails", { extra: failing("a") }],
    ["tools are revoked", { tools: revoked([]) }],
    ["a tool is revoked", { tools: [revoked()] }],
    ["a tool's member fails", { tools: [failing("type")] }],
    ["toolChoice is revoked", { toolChoice: revoked() }],
    ["responseFormat is revoked", { responseFormat: revoked() }],
    [
      "responseFormat's schema is revoked",
      { responseFormat: { type: "json_schema", jsonSchema: revoked() } },
    ],
    ["signal is revoked", { signal: revoked() }],
    ["signal can't be heard", { signal: { addEventListener: throwing(), removeEventListener: throwing() } }],
    ["signal can't be left", { signal: { addEventListener: () => {}, removeEventListener: throwing() } }],
  ])("%s", async (_, options) => {
    const given = options as never;
    const router = createRouter([provider]);
    await expectLlmError({
      chat: () => provider.chat(messages, given),
      chatStream: () => provider.chatStream(messages, given).response,
      complete: () => provider.complete("Hi", given),
      embed: () => provider.embed(["Hi"], given),
      runTools: () => runTools(provider, messages, Object.assign({ tools: [] }, given)),
      chatObject: () => chatObject(provider, messages, Object.assign({ schema }, given)),
      router: () => router.chat(messages, given),
      "router's stream": () => router.chatStream(messages, given).response,
      limiter: () => createRateLimiter().acquire(given),
    });
  });

  test.each<[string, () => unknown]>([
    ["a revoked proxy", revoked],
    ["a symbol", () => Symbol("x")],
    ["an object of nothing", () => Object.create(null)],
  ])("a signal that was aborted with %s", async (_, reason) => {
    const controller = new AbortController();
    controller.abort(reason());
    const { signal } = controller;
    await expectLlmError({
      chat: () => provider.chat(messages, { signal }),
      chatStream: () => provider.chatStream(messages, { signal }).response,
      runTools: () => runTools(provider, messages, { tools: [], signal }),
      chatObjectStream: () => chatObjectStream(provider, messages, { schema, signal }).object,
      router: () => createRouter([provider]).chat(messages, { signal }),
      listModels: () => createRouter([provider]).listModels({ signal }),
      limiter: () => createRateLimiter().acquire({ signal }),
    });
  });
});

test.each<[string, unknown]>([
  ["a message is revoked", [revoked()]],
  ["a message's member fails", [failing("role")]],
  ["a content is revoked", [{ role: "user", content: revoked([]) }]],
  ["a part is revoked", [{ role: "user", content: [revoked()] }]],
  ["an image is revoked", [{ role: "user", content: [{ type: "image", image: revoked() }] }]],
  ["calls are revoked", [{ role: "assistant", content: "", toolCalls: revoked([]) }]],
  ["a call is revoked", [{ role: "assistant", content: "", toolCalls: [revoked()] }]],
])("messages where %s", async (_, odd) => {
  const given = odd as typeof messages;
  const router = createRouter([provider], { budget: { maxCostUsd: 1, unknownPrice: "ignore" } });
  await expectLlmError({
    chat: () => provider.chat(given),
    chatStream: () => provider.chatStream(given).response,
    runTools: () => runTools(provider, given, { tools: [] }),
    runToolsStream: () => runToolsStream(provider, given, { tools: [] }).result,
    chatObject: () => chatObject(provider, given, { schema }),
    chatObjectStream: () => chatObjectStream(provider, given, { schema }).object,
    router: () => router.chat(given),
  });
});

test.each<[string, object]>([
  ["a limit's member fails", { limit: failing("calls") }],
  ["limits are revoked", { limit: revoked([]) }],
  ["compat is revoked", { compat: revoked() }],
  ["layers are revoked", { layers: revoked() }],
  ["a list of layers is revoked", { layers: { call: revoked([]) } }],
  ["a header fails", { headers: failing("x") }],
  ["headers are revoked", { headers: revoked() }],
  ["a header is a symbol", { headers: { a: Symbol("x") } }],
  ["the clock is revoked", { clock: revoked() }],
  ["fetch is revoked", { fetch: revoked(() => {}) }],
  ["the agent is revoked", { fetch: undefined, agent: revoked() }],
  ["the limiter is revoked", { rateLimiter: revoked() }],
  ["the store is revoked", { limitStore: revoked() }],
  ["drift is revoked", { drift: revoked() }],
  ["stop is a list of symbols", { stop: [Symbol("x")] }],
  ["the model is no text", { model: Object.create(null) }],
  ["the key's function is revoked", { apiKey: revoked(() => {}) }],
  ["the key is revoked", { apiKey: async () => revoked() }],
  ["onEvent is revoked", { onEvent: revoked(() => {}) }],
  ["random is revoked", { random: revoked(() => 1) }],
])("a provider where %s", async (_, odd) => {
  const options = { apiKey: "gsk_test", model: "m", fetch: async () => json(completion("Hello")), ...odd };
  await expectLlmError({
    createProvider: () => createProvider({ provider: "groq", ...options } as never).chat(messages),
    createGroq: () => createGroq(options as never).chat(messages),
  });
});

/** What a function of the application may do. */
const WORKS: readonly [string, () => unknown][] = [
  ["gives undefined", () => undefined],
  ["gives a number", () => 5],
  ["gives an empty object", () => ({})],
  ["gives a revoked proxy", () => revoked()],
  ["rejects with undefined", () => Promise.reject(undefined)],
  ["rejects with a revoked proxy", () => Promise.reject(revoked())],
  ["throws a symbol", throwing(Symbol("x"))],
  ["throws a revoked proxy", throwing(revoked())],
  ["gives a broken thenable", () => Object.defineProperty({}, THEN, { value: throwing(revoked()) })],
  ["gives what JSON can't hold", () => ({ toJSON: throwing() })],
];

describe.each(WORKS)("a function that %s", (_, work) => {
  test("as a tool, its approval or its schema", async () => {
    const call = { id: "a", type: "function", function: { name: "look", arguments: "{}" } };
    const calling = completion("", {
      choices: [
        {
          ...{ index: 0, finish_reason: "tool_calls" },
          message: { role: "assistant", content: null, tool_calls: [call] },
        },
      ],
    });
    const ask = (tool: object, options: object) => {
      const { provider } = stubbed((_, count) => json(count === 1 ? calling : completion("done")));
      const all = { tools: [{ name: "look", execute: () => "x", ...tool }], ...options };
      return runTools(provider, messages, all);
    };
    const parameters = { "~standard": { version: 1, vendor: "odd", validate: work } };
    await expectLlmError({
      tool: () => ask({ execute: work }, {}),
      "tool that ends it": () => ask({ execute: work }, { onToolError: "throw" }),
      approve: () => ask({}, { approve: work }),
      schema: () => ask({ parameters, jsonSchema: schema }, {}),
    });
  });

  test("as a provider of another make", async () => {
    const made = {
      ...{ chat: work, chatStream: work, complete: work, embed: work, listModels: work },
      ...{ pullModel: work, checkService: work, checkRateLimit: work },
      config: { name: "odd", provider: "odd", model: "m", config: {} },
      supportsEndpoint: () => true,
      rateLimitState: { nextInMs: 0, active: 0, waiting: 0, windows: [] },
    };
    const odd = made as never;
    const router = createRouter([odd]);
    await expectLlmError({
      runTools: () => runTools(odd, messages, { tools: [] }),
      runToolsStream: () => runToolsStream(odd, messages, { tools: [] }).result,
      chatObject: () => chatObject(odd, messages, { schema }),
      chatObjectStream: () => chatObjectStream(odd, messages, { schema }).object,
      "router.chat": () => router.chat(messages),
      "router.chatStream": () => router.chatStream(messages).response,
      "router.complete": () => router.complete("Hi"),
      "router.embed": () => router.embed(["Hi"]),
      "router.listModels": () => router.listModels(),
      "router.ensureModel": () => router.ensureModel("m"),
      "router.pullModel": () => router.pullModel("m"),
      "router.checkService": () => router.checkService(),
      "router.checkRateLimit": () => router.checkRateLimit(),
    });
  });
});
