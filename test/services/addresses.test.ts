/** Where requests go: base URLs as people write them, and the services that are told by them. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ConnectionConfig, ModelConfig } from "../../src/provider/base/model-config.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { OllamaProvider } from "../../src/provider/ollama-provider.ts";
import { completion, json, stubbed } from "../provider/support.ts";

const configured = (provider: string, config: ConnectionConfig): ModelConfig => ({
  name: "t",
  provider,
  model: "m/one",
  supported_endpoints: ["chat", "completion", "embedding"],
  config: { api_key: "key-0123456789", max_retries: 0, ...config },
});

/** The URLs of a chat, a list of models, one model, and embeddings. */
async function asked(provider: string, base_url: string): Promise<string[]> {
  const answers = [
    completion("Hi"),
    { data: [], models: [] },
    { id: "m" },
    { data: [{ index: 0, embedding: [1] }] },
  ];
  const made = stubbed(() => json(answers.shift()), configured(provider, { base_url }));
  await made.provider.chat([{ role: "user", content: "Hi" }]);
  await made.provider.listModels();
  await made.provider.retrieveModel("m");
  await made.provider.embed(["a"]);
  return made.sent.map(({ url }) => url);
}

describe("Azure's forms", () => {
  test.each<[base: string, chat: string, models: string]>([
    [
      "https://r.openai.azure.com/openai/v1?api-version=preview",
      "https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview",
      "https://r.openai.azure.com/openai/v1/models?api-version=preview",
    ],
    [
      "https://r.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
      "https://r.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
      "https://r.openai.azure.com/openai/models?api-version=2024-10-21",
    ],
    [
      "https://r.openai.azure.com/openai/deployments/gpt?api-version=2024-10-21",
      "https://r.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
      "https://r.openai.azure.com/openai/models?api-version=2024-10-21",
    ],
    [
      "https://r.services.ai.azure.com/models?api-version=2024-05-01-preview",
      "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
      "https://r.services.ai.azure.com/models?api-version=2024-05-01-preview",
    ],
    [
      "https://r.services.ai.azure.com/models/",
      "https://r.services.ai.azure.com/models/chat/completions",
      "https://r.services.ai.azure.com/models",
    ],
    [
      "https://r.openai.azure.com",
      "https://r.openai.azure.com/openai/v1/chat/completions",
      "https://r.openai.azure.com/openai/v1/models",
    ],
    [
      "https://r.eastus.models.ai.azure.com",
      "https://r.eastus.models.ai.azure.com/chat/completions",
      "https://r.eastus.models.ai.azure.com/models",
    ],
  ])("%s", async (base, chat, models) => {
    const [path = "", query = ""] = models.split(/(?=\?)/);
    const embeddings = chat.replace("/chat/completions", "/embeddings");
    const all = [chat, models, `${path}/m${query}`, embeddings];
    expect(await asked("azure", base)).toEqual(all);
    expect(await asked("openai-compatible", base)).toEqual(all);
  });

  test("a query goes along with streams, and what is no version in it is told to nobody", async () => {
    const secret = "sig-0123456789abcdef";
    const base_url = `https://gateway.example/v1?subscription=${secret}`;
    const { provider, sent } = stubbed(
      (request) => {
        throw new TypeError(`failed to fetch ${request.url}`);
      },
      configured("openai-compatible", { base_url }),
    );
    const error: unknown = await provider
      .chatStream([{ role: "user", content: "Hi" }])
      .text()
      .catch((fault: unknown) => fault);
    expect(sent[0]?.url).toBe(`https://gateway.example/v1/chat/completions?subscription=${secret}`);
    expect(JSON.stringify([error, String(error)])).not.toContain(secret);
  });
});

describe("a host alone gets the path of its service", () => {
  test.each<[provider: string, base: string, expected: string]>([
    ["mistral", "https://api.mistral.ai", "https://api.mistral.ai/v1"],
    ["openai-compatible", "https://api.mistral.ai/", "https://api.mistral.ai/v1"],
    ["openai", "https://api.openai.com", "https://api.openai.com/v1"],
    ["openai-compatible", "https://eu.api.openai.com", "https://eu.api.openai.com/v1"],
    ["xai", "https://api.x.ai", "https://api.x.ai/v1"],
    ["openrouter", "https://openrouter.ai", "https://openrouter.ai/api/v1"],
    [
      "gemini",
      "https://generativelanguage.googleapis.com",
      "https://generativelanguage.googleapis.com/v1beta/openai",
    ],
    ["deepseek", "https://api.deepseek.com", "https://api.deepseek.com"],
    [
      "snowflake",
      "https://acc.snowflakecomputing.com",
      "https://acc.snowflakecomputing.com/api/v2/cortex/v1",
    ],
    ["heroku", "https://eu.inference.heroku.com", "https://eu.inference.heroku.com/v1"],
    ["lmstudio", "http://localhost:1234", "http://localhost:1234/v1"],
    ["lmstudio", "https://gpu.example:1234", "https://gpu.example:1234/v1"],
    ["vllm", "http://localhost:8000", "http://localhost:8000/v1"],
    ["llamacpp", "http://localhost:8080/", "http://localhost:8080/v1"],
    ["ollama", "https://gpu.example", "https://gpu.example/v1"],
    // A proxy has paths of its own, and a path that is there was meant.
    ["mistral", "https://proxy.example", "https://proxy.example"],
    ["openai-compatible", "https://proxy.example", "https://proxy.example"],
    ["vllm", "http://localhost:8000/api", "http://localhost:8000/api"],
  ])("%s at %s", async (provider, base_url, expected) => {
    const made = stubbed(() => json(completion("Hi")), configured(provider, { base_url }));
    await made.provider.chat([{ role: "user", content: "Hi" }]);
    expect(made.sent[0]?.url).toBe(`${expected}/chat/completions`);
  });
});

describe("Ollama, as its address is written", () => {
  test.each(["ollama", "openai-compatible"])("%s", async (provider) => {
    for (const end of ["", "/", "/v1", "/v1/", "/api", "/api/", "/api/chat", "/v1/chat/completions"]) {
      expect((await asked(provider, `http://localhost:11434${end}`)).slice(0, 2), end).toEqual([
        "http://localhost:11434/v1/chat/completions",
        "http://localhost:11434/api/tags",
      ]);
    }
  });

  test.each(["http://localhost:11434/v1", "http://127.0.0.1:11434", "http://[::1]:11434/v1"])(
    "%s is one under openai-compatible too, and needs no key",
    (base_url) => {
      const config = { name: "n", provider: "openai-compatible", model: "m", config: { base_url } };
      expect(createProvider(config)).toBeInstanceOf(OllamaProvider);
      const options = { provider: "openai-compatible", model: "m", baseUrl: base_url } as const;
      expect(createProvider(options)).toBeInstanceOf(OllamaProvider);
    },
  );

  test("a configuration without a key, and with embeddings", async () => {
    const { provider, sent } = stubbed(() => json({ data: [{ embedding: [1] }] }), {
      name: "n",
      provider: "ollama",
      model: "m",
      config: {},
    });
    expect(await provider.embed(["a"])).toMatchObject({ embeddings: [[1]] });
    expect(sent[0]?.headers.get("authorization")).toBe("Bearer none");
    expect(provider.supportsEndpoint("embedding")).toBe(true);
  });

  test("elsewhere a key must be there", () => {
    const config = { base_url: "https://llm.example/v1" };
    expect(() => createProvider({ name: "n", provider: "openai-compatible", model: "m", config })).toThrow(
      /^config\.api_key: expected/,
    );
  });
});

describe("services are recognised by more hosts", () => {
  test.each<[string, string]>([
    ["https://api.inference.crusoecloud.com/v1", "max_tokens"],
    ["https://us.inference.heroku.com/v1", "max_tokens"],
    ["https://acc.snowflakecomputing.com/api/v2/cortex/v1", "max_tokens"],
    ["https://dashscope-hk.aliyuncs.com/compatible-mode/v1", "max_tokens"],
    ["HTTPS://API.DeepSeek.com", "max_tokens"],
    ["https://api.deepseek.com./v1", "max_tokens"],
    ["http://[::1]:1234/v1", "max_tokens"],
    // Many servers listen here.
    ["http://localhost:8080/v1", "max_completion_tokens"],
    ["http://localhost:8000/v1", "max_completion_tokens"],
  ])("%s: %s", async (base_url, field) => {
    const made = stubbed(() => json(completion("Hi")), configured("openai-compatible", { base_url }));
    await made.provider.chat([{ role: "user", content: "Hi" }], { maxTokens: 5 });
    expect(made.sent[0]?.body).toHaveProperty(field, 5);
  });

  test("Azure's serverless models take the key in its header", async () => {
    const base_url = "https://r.eastus.inference.ai.azure.com/v1";
    const made = stubbed(() => json(completion("Hi")), configured("openai-compatible", { base_url }));
    await made.provider.chat([{ role: "user", content: "Hi" }]);
    expect(made.sent[0]?.headers.get("api-key")).toBe("key-0123456789");
  });
});

describe("keys come from the environment", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test.each([
    ["zai", "ZAI_API_KEY"],
    ["moonshot", "MOONSHOT_API_KEY"],
    ["alibaba", "DASHSCOPE_API_KEY"],
    ["perplexity", "PERPLEXITY_API_KEY"],
    ["huggingface", "HF_TOKEN"],
    ["crusoe", "CRUSOE_API_KEY"],
    ["heroku", "INFERENCE_KEY"],
    ["azure", "AZURE_OPENAI_API_KEY"],
    ["snowflake", "SNOWFLAKE_TOKEN"],
  ] as const)("%s: %s", async (provider, variable) => {
    vi.stubEnv(variable, "from-the-environment");
    const sent: string[] = [];
    const made = createProvider({
      provider,
      model: "m",
      ...(provider === "azure" && { baseUrl: "https://r.openai.azure.com/openai/v1" }),
      ...(provider === "snowflake" && { baseUrl: "https://acc.snowflakecomputing.com" }),
      fetch: async (_, { headers }) => {
        sent.push(headers.authorization ?? headers["api-key"] ?? "");
        return json(completion("Hi"));
      },
    });
    await made.chat([{ role: "user", content: "Hi" }]);
    expect(sent[0]).toContain("from-the-environment");
  });
});
