import { describe, expect, test } from "vitest";
import type { LlmProvider } from "../../src/provider/base/llm-provider.ts";
import type { PullProgress } from "../../src/provider/base/types.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { OllamaProvider } from "../../src/provider/ollama-provider.ts";
import { groqConfig } from "../provider/support.ts";
import { type OllamaOptions, startOllama } from "./ollama-server.ts";

const question = [{ role: "user" as const, content: "Weather?" }];

async function served(options: OllamaOptions = {}, config: object = {}) {
  const server = await startOllama(options);
  const provider = createProvider({
    name: "local",
    provider: "ollama",
    model: "llama3.2",
    supported_endpoints: ["chat", "completion", "embedding"],
    config: { api_key: "ollama", base_url: server.url, max_retries: 0, ...config },
  });
  return { server, provider };
}

describe("the compatible endpoint", () => {
  test("chat, its length, reasoning", async () => {
    const { provider } = await served({ models: ["llama3.2:latest"] });
    expect(provider).toBeInstanceOf(OllamaProvider);
    expect(await provider.chat(question)).toMatchObject({ content: "It rains in Riga", reasoning: "Look." });
    expect((await provider.chat(question, { maxTokens: 2 })).content).toBe("It rains");
  });

  test("a stream", async () => {
    const { provider } = await served({ models: ["llama3.2:latest"] });
    const response = await provider.chatStream(question).response;
    expect(response).toMatchObject({
      content: "It rains in Riga",
      reasoning: "Look.",
      usage: { promptTokens: 5, completionTokens: 4, totalTokens: 9 },
    });
  });

  test("embeddings", async () => {
    const { provider } = await served();
    expect(await provider.embed(["a"])).toMatchObject({
      embeddings: [[0.5, 0.25]],
      usage: { totalTokens: 2 },
    });
  });

  test("a model that is not there", async () => {
    const { provider } = await served();
    await expect(provider.chat(question)).rejects.toMatchObject({ kind: "ModelNotFound", status: 404 });
  });
});

describe("models", () => {
  test("are listed with their sizes", async () => {
    const { provider, server } = await served({ models: ["llama3.2:latest", "qwen3:8b"] });
    expect(await provider.listModels()).toEqual([
      { id: "llama3.2:latest", name: "llama3.2:latest", sizeBytes: 3000, created: 1_795_510_800 },
      { id: "qwen3:8b", name: "qwen3:8b", sizeBytes: 3000, created: 1_795_510_800 },
    ]);
    expect(server.asked).toEqual(["GET /api/tags"]);
    expect(await provider.checkService()).toBe(true);
  });

  test.each([
    ["llama3.2", true],
    ["llama3.2:latest", true],
    ["qwen3", false],
    ["qwen3:8b", true],
    ["registry.example:5000/me/llama3.2", false],
    ["Llama3.2", true],
    ["QWEN3:8B", true],
    ["library/llama3.2", true],
    ["registry.ollama.ai/library/llama3.2:latest", true],
    ["me/llama3.2", false],
  ])("%s is there: %s", async (name, there) => {
    const { provider } = await served({ models: ["llama3.2:latest", "qwen3:8b"] });
    expect(await provider.modelExists(name)).toBe(there);
  });

  test("a missing one is pulled, and its progress told", async () => {
    const { provider, server } = await served({ library: ["llama3.2:latest"] });
    const told: PullProgress[] = [];
    await provider.ensureModel("llama3.2", { onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([
      { status: "pulling manifest" },
      { status: "pulling abc123", digest: "sha256:abc123", total: 3000, completed: 1000 },
      { status: "pulling abc123", digest: "sha256:abc123", total: 3000, completed: 2000 },
      { status: "pulling abc123", digest: "sha256:abc123", total: 3000, completed: 3000 },
      { status: "verifying sha256 digest" },
      { status: "success" },
    ]);
    expect(server.asked).toEqual(["GET /api/tags", "POST /api/pull"]);
    await provider.ensureModel("llama3.2");
    expect(server.asked.filter((one) => one.startsWith("POST"))).toHaveLength(1);
  });

  test("one that nobody has", async () => {
    const { provider } = await served({}, { max_retries: 2 });
    await expect(provider.pullModel("no/such")).rejects.toMatchObject({
      kind: "ModelPullFailed",
      retryable: false,
      message: expect.stringContaining("pull model manifest: file does not exist"),
      body: { error: "pull model manifest: file does not exist" },
    });
  });

  test.each<[string, OllamaOptions, object]>([
    [
      "no room",
      { refuses: { status: 507, body: { error: "no space left on device" } } },
      { status: 507, retryable: false, message: expect.stringContaining("no space left on device") },
    ],
    [
      "no permission",
      { refuses: { status: 403, body: { error: "forbidden" } } },
      { status: 403, retryable: false, cause: expect.objectContaining({ kind: "PermissionDenied" }) },
    ],
    [
      "a busy server",
      { refuses: { status: 503, body: { error: "busy" } } },
      { status: 503, retryable: true },
    ],
    [
      "a model that nobody has, told by a status of 500",
      { refuses: { status: 500, body: { error: "pull model manifest: file does not exist" } } },
      {
        status: 500,
        retryable: false,
        message: 'The model "m" could not be pulled: pull model manifest: file does not exist',
      },
    ],
    ["a connection that breaks", { library: ["m:latest"], breaksAfter: 2 }, { retryable: true }],
    ["words that end too early", { refuses: { status: 200, body: {} } }, { retryable: true }],
    [
      "a failure told as a status",
      { refuses: { status: 200, body: { status: "error", message: "disk full" } } },
      { message: expect.stringContaining("disk full") },
    ],
  ])("%s is ModelPullFailed, with its cause", async (_, options, expected) => {
    const { provider } = await served(options);
    const error: unknown = await provider.pullModel("m").catch((fault: unknown) => fault);
    expect(error).toMatchObject({ kind: "ModelPullFailed", ...expected });
    expect(error).toHaveProperty("cause.kind");
  });

  test("no server at all", async () => {
    const { provider } = await served({}, { base_url: "http://127.0.0.1:1" });
    await expect(provider.pullModel("m")).rejects.toMatchObject({
      kind: "ModelPullFailed",
      retryable: true,
      cause: { kind: "ServiceUnavailable", code: "ECONNREFUSED" },
    });
  });

  test.each<[string, object[]]>([
    ["the connection stays open", []],
    ["more is said", [{ status: "removing unused layers" }]],
    ["an error comes after it", [{ error: "could not tidy up" }]],
  ])("success is the end, also where %s", async (_, saysAfter) => {
    const { provider } = await served({ library: ["m:latest"], saysAfter });
    await provider.pullModel("m");
  });

  test("a disk with no models, and an error in an answer of success", async () => {
    const { provider } = await served({ tags: { models: null } });
    expect(await provider.listModels()).toEqual([]);
    const failing = await served({ tags: { error: "the disk is gone" } });
    await expect(failing.provider.listModels()).rejects.toMatchObject({
      message: expect.stringContaining("the disk is gone"),
    });
  });

  test("a connection that breaks is tried again, and the pull goes on", async () => {
    const { provider, server } = await served(
      { library: ["llama3.2:latest"], breaksAfter: 2 },
      { max_retries: 1 },
    );
    await provider.pullModel("llama3.2");
    expect(server.asked).toEqual(["POST /api/pull", "POST /api/pull"]);
    expect(server.models.has("llama3.2:latest")).toBe(true);
  });

  test("words that end too early", async () => {
    const { provider } = await served({ library: ["m:latest"], stopsAfter: 2 });
    await expect(provider.pullModel("m", { stallTimeoutMs: 50 })).rejects.toMatchObject({
      kind: "Timeout",
      timeout: "stall",
    });
  });

  test.each([
    ["its signal", () => ({ signal: AbortSignal.timeout(200) }), "Cancelled"],
    ["a deadline", () => ({ deadlineMs: 200 }), "Timeout"],
  ])("%s ends it, and closes the connection", async (_, optionsNow, kind) => {
    const { provider, server } = await served({ library: ["m:latest"], stopsAfter: 2 });
    await expect(provider.pullModel("m", optionsNow())).rejects.toMatchObject({ kind });
    await expect.poll(() => server.closed).toBe(1);
  });

  test("a listener that throws ends it with a fault of the application", async () => {
    const { provider } = await served({ library: ["m:latest"] });
    const onProgress = () => {
      throw new Error("no");
    };
    await expect(provider.pullModel("m", { onProgress })).rejects.toMatchObject({ kind: "ConfigError" });
  });

  test("events tell of it as of any call", async () => {
    const server = await startOllama({ library: ["m:latest"] });
    const told: string[] = [];
    const provider = createProvider(
      { name: "local", provider: "ollama", model: "m", config: { api_key: "ollama", base_url: server.url } },
      { onEvent: (event) => "operation" in event && told.push(`${event.operation} ${event.type}`) },
    );
    await provider.pullModel("m");
    expect(told).toEqual(
      expect.arrayContaining(["pullModel request", "pullModel response", "pullModel end"]),
    );
  });

  test.each<[string, object]>([
    ["an option that is not known", { onProgres: () => {} }],
    ["a listener that is none", { onProgress: 5 }],
  ])("%s", async (_, options) => {
    const { provider, server } = await served();
    await expect(provider.pullModel("m", options)).rejects.toMatchObject({ kind: "InvalidRequest" });
    expect(server.asked).toEqual([]);
  });
});

test("a cloud and a local provider behind one type", async () => {
  const { provider: local } = await served({ models: ["llama3.2:latest"] });
  const cloud = createProvider(groqConfig());
  const both: LlmProvider[] = [local, cloud];
  const outcomes = await Promise.allSettled(both.map((provider) => provider.pullModel("x")));
  expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.kind)).toEqual([
    "ModelPullFailed",
    "NotSupported",
  ]);
});
