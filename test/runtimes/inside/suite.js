/**
 * The conformance suite: what a call does, told the same way in every runtime. A case is given `library`, what
 * `groq-provider` exports, `configuration`, what `groq-provider/config` does, and `connect(scenario, parts)`: a provider of that scenario's Groq, and what that Groq saw.
 */
import { equal, eventually, ok, rejects } from "./expect.js";
import { TEXT } from "./scenarios.js";

const ask = (content) => [{ role: "user", content }];
const HELLO = ask("Hello?");

export const cases = {
  async "chat: text, reasoning, usage, headers"({ connect }) {
    const { provider } = await connect("text");
    const response = await provider.chat(HELLO);
    equal(response.content, TEXT, "content");
    equal(response.reasoning, "Say hello.", "reasoning");
    equal([response.finishReason, response.rawFinishReason], ["stop", "stop"], "finish reason");
    ok(response.usage?.totalTokens > 0, "total tokens");
    ok(response.timing?.totalMs > 0, "timing");
    ok(response.requestId?.startsWith("req_"), "request id");
  },

  async "chat: texts of four bytes a letter go out whole"({ connect }) {
    const { provider } = await connect("plain");
    equal((await provider.chat(ask(TEXT))).content, `You said: ${TEXT}`, "content");
  },

  async "models: listed, found, not found"({ connect, library }) {
    const { provider } = await connect("plain");
    ok((await provider.listModels()).length > 3, "several models");
    equal(await provider.modelExists("openai/gpt-oss-20b"), true, "modelExists");
    await rejects(provider.ensureModel("no/such-model"), "ModelNotFound", library.LlmError);
    equal(await provider.checkService(), true, "checkService");
  },

  async "stream: letters cut by packets, usage, the whole response"({ connect }) {
    const { provider } = await connect("split");
    const stream = provider.chatStream(HELLO);
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");
    equal(text, TEXT, "text of the chunks");
    ok(
      chunks.some(({ type }) => type === "finish"),
      "a finish chunk",
    );
    const response = await stream.response;
    equal([response.content, response.finishReason], [TEXT, "stop"], "response");
    ok(response.usage?.completionTokens > 0, "usage");
  },

  async "stream: ends at [DONE] though the connection stays open"({ connect }) {
    const { provider, openAnswers } = await connect("openAfterDone");
    ok((await provider.chatStream(HELLO).text()).endsWith("ten."), "the whole text");
    await eventually(async () => (await openAnswers()) === 0, "connection closed");
  },

  async "stream: cut short is an error that has the text so far"({ connect, library }) {
    const { provider } = await connect("cut");
    const error = await rejects(provider.chatStream(HELLO).text(), "InvalidResponse", library.LlmError);
    ok(error.partial?.startsWith("One two"), "partial text");
  },

  async "stream: an error event within"({ connect, library }) {
    const { provider } = await connect("errorEvent");
    const error = await rejects(provider.chatStream(HELLO).text(), "GenerationFailed", library.LlmError);
    equal(error.code, "tool_use_failed", "code");
  },

  async "stream: left early, the connection closes"({ connect }) {
    const { provider, openAnswers } = await connect("stalled");
    for await (const chunk of provider.chatStream(HELLO)) {
      if (chunk.type === "text") break;
    }
    await eventually(async () => (await openAnswers()) === 0, "connection closed");
  },

  async "tools: runTools to the final answer"({ connect, library }) {
    const { provider, asked } = await connect("tool");
    const result = await library.runTools(provider, ask("Sums?"), { tools: [adder(library)] });
    equal(result.response.content, "42, and 2.", "answer");
    equal(result.turns, 2, "turns");
    equal(
      result.toolResults.map(({ outcome, value }) => [outcome, value]),
      [
        ["done", { sum: 42 }],
        ["done", { sum: 2 }],
      ],
      "results",
    );
    equal(
      result.messages.map(({ role }) => role),
      ["user", "assistant", "tool", "tool", "assistant"],
      "conversation",
    );
    equal(await asked(), 2, "requests");
  },

  async "tools: runToolsStream tells each step"({ connect, library }) {
    const { provider } = await connect("tool");
    const stream = library.runToolsStream(provider, ask("Sums?"), { tools: [adder(library)] });
    const types = new Set();
    for await (const { type } of stream) types.add(type);
    for (const type of ["toolCall", "toolStart", "toolResult", "turn", "text"]) ok(types.has(type), type);
    equal((await stream.result).response.content, "42, and 2.", "answer");
  },

  async "chatObject: by JSON Schema and by Standard Schema"({ connect, library }) {
    const { provider } = await connect("object");
    for (const schema of [PLACE, { schema: standardPlace, jsonSchema: PLACE }]) {
      const options = schema === PLACE ? { schema } : schema;
      const { object } = await library.chatObject(provider, ask("Where?"), options);
      equal(object, { city: "Łódź", people: 2 }, "object");
    }
    const stream = library.chatObjectStream(provider, ask("Where?"), { schema: PLACE });
    let last;
    for await (const snapshot of stream) last = snapshot;
    equal(last, await stream.object, "last snapshot");
  },

  async "chatObject: an answer that does not fit"({ connect, library }) {
    const { provider } = await connect("noObject");
    const wanted = { schema: standardPlace, jsonSchema: PLACE };
    const promise = library.chatObject(provider, ask("Where?"), wanted);
    const error = await rejects(promise, "GenerationFailed", library.LlmError);
    ok(error.failedGeneration?.includes("two"), "failedGeneration");
  },

  async "errors: wrong key, unknown model, HTML, a wrong configuration"({ connect, library }) {
    const { LlmError } = library;
    const locked = await connect("locked");
    const error = await rejects(locked.provider.chat(HELLO), "Authentication", LlmError);
    equal([error.status, error.retryable], [401, false], "status");
    ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes("secret"), "the key stays out");
    equal(await locked.asked(), 1, "requests");
    const plain = await connect("plain");
    await rejects(plain.provider.chat(HELLO, { model: "no/such-model" }), "ModelNotFound", LlmError);
    const html = await connect("html", { config: { max_retries: 0 } });
    await rejects(html.provider.chat(HELLO), "InvalidResponse", LlmError);
    await rejects(connect("plain", { config: { timeout_ms: "soon" } }), "ConfigError", LlmError);
  },

  async "errors: tried again, and told by events"({ connect }) {
    const types = [];
    const onEvent = ({ type }) => types.push(type);
    const { provider, asked } = await connect("busyOnce", { dependencies: { onEvent } });
    equal((await provider.chat(HELLO)).content, "Back again.", "content");
    equal(await asked(), 2, "requests");
    ok(types.includes("retry"), `a retry event among ${types}`);
  },

  async "errors: a connection that breaks"({ connect, library }) {
    const { provider } = await connect("reset", { config: { max_retries: 0 } });
    const { LlmError } = library;
    const error = await rejects(provider.chat(HELLO), "ServiceUnavailable", LlmError);
    equal(error.retryable, true, "retryable");
    await rejects(provider.chatStream(HELLO).text(), "ServiceUnavailable", LlmError);
  },

  async "limits: of the configuration"({ connect, library }) {
    const limit = { renewal_period: "hours", calls: 1 };
    const { provider, asked } = await connect("plain", { limit, on_limit: "error" });
    await provider.chat(HELLO);
    const error = await rejects(provider.chat(HELLO), "RateLimitExceeded", library.LlmError);
    ok(error.retryAfterMs > 0, "retryAfterMs");
    equal(await asked(), 1, "requests");
  },

  async "limits: calls wait for their turn"({ connect }) {
    const { provider, asked } = await connect("plain", { limit: { renewal_period: "seconds", calls: 2 } });
    const answers = await Promise.all([0, 1, 2, 3].map((i) => provider.chat(ask(`${i}`))));
    equal(
      answers.map(({ content }) => content),
      answers.map((_, i) => `You said: ${i}`),
      "answers",
    );
    equal(await asked(), 4, "requests");
  },

  async "limits: a refusal is waited for and tried again"({ connect }) {
    const { provider, asked } = await connect("refusedOnce");
    equal((await provider.chat(HELLO)).content, "After the wait.", "content");
    equal(await asked(), 2, "requests");
  },

  async "limits: a wait of hours fails at once"({ connect, library }) {
    const { provider, asked } = await connect("hopeless");
    const error = await rejects(provider.chat(HELLO), "RateLimitExceeded", library.LlmError);
    equal([error.status, error.retryAfterMs], [429, 7_200_000], "status and wait");
    equal(await asked(), 1, "requests");
  },

  async "abort: before, while waiting, in a stream"({ connect, library }) {
    const { LlmError } = library;
    const silent = await connect("silent");
    await rejects(silent.provider.chat(HELLO, { signal: AbortSignal.abort() }), "Cancelled", LlmError);
    equal(await silent.asked(), 0, "requests of a call that was aborted before");
    const controller = new AbortController();
    const waiting = silent.provider.chat(HELLO, { signal: controller.signal });
    await eventually(async () => (await silent.asked()) === 1, "request sent");
    controller.abort();
    await rejects(waiting, "Cancelled", LlmError);
    await eventually(async () => (await silent.openAnswers()) === 0, "connection closed");
    const stalled = await connect("stalled");
    const stream = stalled.provider.chatStream(HELLO);
    const read = async () => {
      for await (const chunk of stream) if (chunk.type === "text") stream.cancel("enough");
    };
    await rejects(read(), "Cancelled", LlmError);
    await eventually(async () => (await stalled.openAnswers()) === 0, "connection of the stream closed");
  },

  async "timeouts: of an answer, of a stream's next event"({ connect, library }) {
    const { LlmError } = library;
    const silent = await connect("silent", { config: { timeout_ms: 150, max_retries: 0 } });
    await rejects(silent.provider.chat(HELLO), "Timeout", LlmError);
    const stalled = await connect("stalled", { config: { stall_timeout_ms: 150 } });
    const error = await rejects(stalled.provider.chatStream(HELLO).text(), "Timeout", LlmError);
    equal(error.timeout, "stall", "which timeout");
    await eventually(async () => (await stalled.openAnswers()) === 0, "connection closed");
  },

  "configuration: read from YAML"({ library, configuration }) {
    const yaml =
      "name: a\nprovider: groq\nmodel: openai/gpt-oss-20b\nconfig:\n  api_key: k\nlimit:\n  renewal_period: minutes\n  calls: 30\n";
    const config = configuration.parseModelConfig(yaml);
    equal([config.model, config.limit.calls], ["openai/gpt-oss-20b", 30], "configuration");
    equal(library.createProvider(config).supportsEndpoint("chat"), true, "supportsEndpoint");
  },

  async "drift: told by a provider that is given a check"({ connect, inApp }) {
    const events = [];
    const { provider } = await connect("text", {
      dependencies: {
        drift: inApp.createDriftChecker({ sample: 1 }),
        onEvent: (event) => events.push(event),
      },
    });
    await provider.chat(HELLO);
    equal(
      events.filter(({ type }) => type === "drift"),
      [],
      "no drift in an answer of our own",
    );
  },
};

const adder = (library) =>
  library.defineTool({
    name: "add",
    description: "Adds two numbers",
    parameters: {
      type: "object",
      properties: { a: { type: "number" }, b: { type: "number" } },
      required: ["a", "b"],
    },
    execute: ({ a, b }) => ({ sum: a + b }),
  });

const PLACE = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer" } },
  required: ["city", "people"],
  additionalProperties: false,
};

const standardPlace = {
  "~standard": {
    version: 1,
    vendor: "runtimes",
    validate: (value) =>
      typeof value?.people === "number"
        ? { value }
        : { issues: [{ message: "expected a number", path: ["people"] }] },
  },
};
